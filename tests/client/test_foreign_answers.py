"""What answers at the address may be another server, or the address or the key none at all."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator

import pandas as pd
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from forecast_client import (
    AsyncForecastClient,
    ConfigurationError,
    DataError,
    ForecastClient,
    UnreachableError,
)
from forecast_client.cli.main import main
from tests.support.service_thread import app_thread

SERIES = {"id": "a", "values": [1.0, 2.0, 3.0]}
FRAME = pd.DataFrame({"unique_id": "a", "ds": pd.date_range("2024", periods=9), "y": range(9)})
asked: list[str] = []


async def page(request: Request) -> Response:
    asked.append(request.scope["raw_path"].decode())
    return HTMLResponse("<html>Hello</html>")


async def document(request: Request) -> Response:
    return JSONResponse({"a": 1})


@pytest.fixture(scope="module")
def other() -> Iterator[str]:
    methods = ["GET", "POST", "PUT", "DELETE"]
    routes = [
        Route(f"/{name}/{{path:path}}", answer, methods=methods)
        for name, answer in (("page", page), ("document", document))
    ]
    with app_thread(Starlette(routes=routes)) as client:
        yield str(client.base_url).rstrip("/")


CALLS: list[Callable[[ForecastClient], object]] = [
    lambda client: client.predict(SERIES),
    lambda client: client.predict(FRAME),
    lambda client: client.backtest(SERIES),
    lambda client: client.anomalies(SERIES),
    lambda client: client.inspect(SERIES),
    lambda client: client.actuals(SERIES),
    lambda client: client.performance("zero-shot", 1),
    lambda client: client.train(SERIES, "sales"),
    lambda client: client.jobs(),
    lambda client: client.job("7"),
    lambda client: client.logs("7"),
    lambda client: client.cancel("7"),
    lambda client: client.result("7"),
    lambda client: client.wait("7"),
    lambda client: client.models(),
    lambda client: client.version("zero-shot", 1),
    lambda client: client.promote("zero-shot", 1),
    lambda client: client.rollback("zero-shot"),
    lambda client: client.delete("zero-shot", 1),
    lambda client: client.health(),
    lambda client: client.answer("predict", SERIES, "application/json"),
    lambda client: client.answer("predict", SERIES, "text/csv"),
]


@pytest.mark.parametrize("server", ["page", "document"])
def test_no_answer_of_another_server_is_taken_for_one(other: str, server: str) -> None:
    with ForecastClient(f"{other}/{server}", progress=False) as client:
        for call in CALLS:
            with pytest.raises(UnreachableError, match=f"{other}/{server}/.*right address"):
                call(client)

    async def follow() -> None:
        async with AsyncForecastClient(f"{other}/{server}", progress=False) as client:
            await client.wait("7")

    with pytest.raises(UnreachableError, match="right address"):
        asyncio.run(follow())


def test_a_name_leads_to_no_other_path(other: str) -> None:
    asked.clear()
    with ForecastClient(f"{other}/page") as client:
        for model, version in (("../x", 2), ("zero-shot", "2/../1")):
            with pytest.raises(UnreachableError):
                client.performance(model, version)  # type: ignore[arg-type]
        for call in (
            lambda: client.version("..", 1),
            lambda: client.job("."),
            lambda: client.logs(""),
        ):
            with pytest.raises(DataError, match="has the name"):
                call()
    assert asked == [
        "/page/models/..%2Fx/versions/2/performance",
        "/page/models/zero-shot/versions/2%2F..%2F1/performance",
    ]


@pytest.mark.parametrize("url", ["http://[::1", "ftp://x", "http://", "http://x:port"])
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(ConfigurationError, match="no address"):
        ForecastClient(url)


def test_a_key_is_stripped_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    ForecastClient(api_key=" fk_1\n").close()
    for key in ("fk_\u00e9", "fk_1\nfk_2"):
        with pytest.raises(ConfigurationError, match="Copy it again") as refused:
            ForecastClient(api_key=key)
        assert "fk_" not in str(refused.value)


@pytest.mark.parametrize(("url", "code"), [("ftp://x", 2), ("http://[::1", 2), ("{other}/page", 3)])
def test_how_commands_end_then(
    other: str,
    url: str,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["forecast", "models", "--url", url.format(other=other)])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == code
    assert "address" in capsys.readouterr().err

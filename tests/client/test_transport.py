"""Keys, retries and errors, against real servers."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Iterator

import pandas as pd
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from forecast_client import (
    AccessError,
    AsyncForecastClient,
    DataError,
    ForecastClient,
    NotFoundError,
    OverloadedError,
    ProblemError,
    UnreachableError,
)
from tests.support.service import Service
from tests.support.service_thread import app_thread

BUSY = {"status": 429, "code": "rate_limited", "detail": "Come back later.", "errors": []}
seen: list[str | None] = []


async def busy_at_first(request: Request) -> Response:
    """Refuse two requests, then answer."""
    seen.append(request.headers.get("x-api-key"))
    if len(seen) % 3:
        return JSONResponse(BUSY, 429, {"Retry-After": "0"})
    return JSONResponse({"models": []})


async def always_busy(request: Request) -> Response:
    seen.append("busy")
    return JSONResponse(BUSY | {"status": 503}, 503, {"Retry-After": "0"})


async def a_page(request: Request) -> Response:
    return PlainTextResponse("Hello", 404)


async def no_access(request: Request) -> Response:
    return JSONResponse(BUSY | {"status": 401, "code": "key_missing", "detail": "No key."}, 401)


async def events(request: Request) -> Response:
    """Stop in the middle, as a service does that is started anew."""
    after = request.headers.get("last-event-id")
    seen.append(after)
    job = {"id": "7", "kind": "training", "state": "succeeded", "model": "m", "created_at": ""}
    if after is None:
        return PlainTextResponse(
            'id: 1\nevent: state\ndata: {"state": "running"}\n\n: still there\n\n',
            media_type="text/event-stream",
        )
    if len(seen) == 2:
        return JSONResponse(BUSY, 503)
    data = json.dumps(job)
    return PlainTextResponse(f"id: 2\nevent: end\ndata: {data}\n\n", media_type="text/event-stream")


@pytest.fixture(scope="module")
def moody() -> Iterator[str]:
    routes = [
        Route("/models", busy_at_first),
        Route("/jobs", always_busy),
        Route("/health", a_page),
        Route("/predict", no_access, methods=["POST"]),
        Route("/jobs/7/events", events),
    ]
    with app_thread(Starlette(routes=routes)) as client:
        yield str(client.base_url)


def test_a_busy_service_is_asked_again_with_the_key(
    moody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORECAST_API_KEY", "fk_1")
    monkeypatch.setenv("FORECAST_URL", moody)
    seen.clear()
    with ForecastClient() as client:
        assert client.models() == []
    assert seen == ["fk_1"] * 3


def test_in_the_end_it_is_given_up(moody: str) -> None:
    seen.clear()
    with ForecastClient(moody, retries=2) as client, pytest.raises(OverloadedError, match="later"):
        client.jobs()
    assert seen == ["busy"] * 3


def test_the_asynchronous_client_asks_again_too(moody: str) -> None:
    async def ask() -> None:
        async with AsyncForecastClient(moody) as client:
            assert await client.models() == []

    seen.clear()
    asyncio.run(ask())
    assert len(seen) == 3


def test_events_go_on_where_they_stopped(moody: str) -> None:
    seen.clear()
    with ForecastClient(moody) as client:
        assert [event.kind for event in client.follow("7")] == ["state", "end"]
    assert seen == [None, "1", "1"]

    async def follow() -> list[str]:
        async with AsyncForecastClient(moody, progress=False) as client:
            return [event.kind async for event in client.follow("7")]

    seen.clear()
    assert asyncio.run(follow()) == ["state", "end"]


def test_errors_have_kinds(moody: str) -> None:
    with ForecastClient(moody) as client:
        with pytest.raises(NotFoundError, match="Is it the right address"):
            client.health()
        with pytest.raises(AccessError, match="No key"):
            client.predict([1, 2, 3])
    with ForecastClient("http://127.0.0.1:9") as client, pytest.raises(UnreachableError):
        client.models()

    async def ask() -> None:
        async with AsyncForecastClient("http://127.0.0.1:9") as client:
            await client.models()

    with pytest.raises(UnreachableError):
        asyncio.run(ask())


def test_errors_name_the_place(forecasting: ForecastClient) -> None:
    with pytest.raises(ProblemError, match=r"#/series/1: .*number") as refused:
        forecasting.predict([1, "x", 3])
    assert refused.value.errors[0].pointer == "#/series/1"
    assert refused.value.request_id
    with pytest.raises(ProblemError, match="Did you mean 'levels'"):
        forecasting.predict([1, 2, 3], levles=[80])  # type: ignore[call-arg]
    with pytest.raises(NotFoundError, match="no model 'nothing'"):
        forecasting.predict([1, 2, 3], model="nothing")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([1, float("inf")], "infinite"),
        ("missing.csv", "missing.csv cannot be read"),
        (3, "not int"),
        ([1, {2}], "set"),
        (pd.DataFrame([[1, 2]], columns=["y", "y"]), "unique column names"),
        (pd.DataFrame({"y": [object()]}), "cannot be written as Arrow"),
    ],
)
def test_what_cannot_be_sent(forecasting: ForecastClient, data: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        forecasting.predict(data)


def test_the_asynchronous_client_is_the_same(
    shipped_service: Service, forecasting: ForecastClient, airline: list[float]
) -> None:
    async def ask() -> list[float]:
        async with AsyncForecastClient(shipped_service.url) as client:
            forecasts = await asyncio.gather(*[client.predict(airline, horizon=2)] * 1)
            return forecasts[0].point

    assert asyncio.run(ask()) == forecasting.predict(airline, horizon=2).point


def test_both_clients_have_the_same_methods() -> None:
    for name, method in inspect.getmembers(ForecastClient, inspect.isfunction):
        if name.startswith("_"):
            continue
        other = inspect.signature(getattr(AsyncForecastClient, name))
        assert other.parameters == inspect.signature(method).parameters, name

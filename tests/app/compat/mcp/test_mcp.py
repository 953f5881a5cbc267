"""An agent's client gets from the tools what the operations answer, in words, and as a picture."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from app.access.keys import add_key
from app.access.scopes import Scope
from app.predict.examples import PASSENGERS_TABLE
from app.settings.settings import Settings
from tests.support.other_clients import run_client
from tests.support.service import Service
from tests.support.service_thread import service_thread
from tests.support.tiny_models import PASSENGERS

Found = dict[str, Any]
Call = Callable[..., Found]

MONTHS = {"id": "air", "values": PASSENGERS, "start": "1949-01-01", "frequency": "MS"}
SPOILED = MONTHS | {"values": [*PASSENGERS[:40], 90, *PASSENGERS[41:]]}
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
HEADERS = {"accept": "application/json, text/event-stream"}


@pytest.fixture
def call(service: Service, tmp_path: Path) -> Call:
    def call(*calls: tuple[str, Found]) -> Found:
        path = tmp_path / "calls.json"
        path.write_text(json.dumps(calls))
        script = Path(__file__).parent / "calls.py"
        found: Found = run_client(script, f"{service.url}/mcp", str(path))
        return found

    return call


def text_of(answer: Found) -> str:
    text: str = answer["content"][0]["text"]
    return text


def test_the_tools_answer_what_the_operations_do(client: httpx.Client, call: Call) -> None:
    null = {"series": None, "calendar": None, "picture": None}
    table = {"table": PASSENGERS_TABLE, "horizon": 3, "levels": [50, 90], **null}
    told = call(
        ("forecast", {"series": [MONTHS], "horizon": 3, "picture": True}),
        ("forecast", table),
        ("backtest", {"series": [MONTHS], "windows": 2}),
        ("anomalies", {"series": json.dumps([SPOILED]), "model": "zero-shot"}),
        ("inspect", {"table": PASSENGERS_TABLE}),
        ("list_models", {}),
    )
    assert told["server"]["title"] == "Forecasting service"
    assert "Intervals" in told["instructions"]
    assert [tool["name"] for tool in told["tools"]] == [
        *("forecast", "backtest", "anomalies", "inspect", "list_models")
    ]
    forecast, of_table, backtest, anomalies, inspection, models = told["answers"]
    csv = {"content-type": "text/csv"}
    asked: list[tuple[Found, httpx.Response]] = [
        (forecast, client.post("/predict", json={"series": [MONTHS], "horizon": 3})),
        (
            of_table,
            client.post("/predict?horizon=3&levels=50,90", content=PASSENGERS_TABLE, headers=csv),
        ),
        (
            backtest,
            client.post("/backtest", json={"series": [MONTHS], "windows": 2, "forecasts": False}),
        ),
        (anomalies, client.post("/anomalies", json={"series": [SPOILED], "model": "zero-shot"})),
        (inspection, client.post("/inspect", content=PASSENGERS_TABLE, headers=csv)),
        (models, client.get("/models")),
    ]
    for answer, expected in asked:
        assert expected.status_code == 200
        assert not answer["isError"]
        assert_near(answer["structuredContent"], expected.json())
    for tool in told["tools"]:
        jsonschema.Draft202012Validator.check_schema(tool["inputSchema"])
        jsonschema.Draft202012Validator.check_schema(tool["outputSchema"])
        assert tool["annotations"]["readOnlyHint"]
        assert len(json.dumps(tool["inputSchema"])) < 4_000
    text, picture = forecast["content"]
    assert (picture["type"], picture["mimeType"]) == ("image", "image/png")
    assert base64.b64decode(picture["data"]).startswith(b"\x89PNG")
    point = forecast["structuredContent"]["forecasts"][0]["point"]
    assert text["text"].startswith("tiny 2\nair: 3 steps\ntime | forecast | 80% interval\n")
    assert f"1953-01-01 | {point[0]:.6g} | " in text["text"]
    assert "seasonal_naive | " in text_of(backtest)
    assert "1952-05-01: 90, where " in text_of(anomalies)
    assert "48 values, 0 missing" in text_of(inspection)
    assert "tiny, the default: versions 1, 2" in text_of(models)


def assert_near(found: Any, expected: Any) -> None:
    """Check that numbers in two documents differ by no more than 1e-6, and nothing else does."""
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for name in expected:
            assert_near(found[name], expected[name])
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_near(one, other)
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, abs=1e-6)
    else:
        assert found == expected


def test_errors_say_the_place_and_the_cure(call: Call) -> None:
    series = [{"values": PASSENGERS}]
    cases: list[tuple[str, Found, str]] = [
        ("forecast", {}, "#/series: give series, such as"),
        ("forecast", {"serie": series}, "Did you mean 'series'?"),
        ("forecast", {"series": [{"values": [1, "x"]}]}, "#/series/0/values/1: "),
        ("forecast", {"series": series, "horizon": "soon"}, "#/horizon: "),
        ("forecast", {"series": series, "horizon": 10**30}, "#/horizon: "),
        ("forecast", {"series": series, "model": "nothing"}, "no model 'nothing'"),
        ("forecast", {"series": series, "picture": "please"}, "#/picture: should be true"),
        ("forecast", {"series": series * 2, "picture": True}, "one series, with one target"),
        ("forecast", {"series": series, "table": "x"}, "#/table: give either"),
        ("forecast", {"table": 3}, "#/table: should be a text"),
        ("forecast", {"table": "no table"}, "#/table: the file has no rows"),
        ("anomalies", {"series": series, "picture": True}, "'picture' is not known here"),
        ("backtest", {"series": series, "windows": 40}, "What would fit"),
        ("list_models", {"of": "me"}, "'of' is not known here"),
    ]
    answers = call(*[(name, arguments) for name, arguments, _ in cases], ("nothing", {}))["answers"]
    for (name, arguments, text), answer in zip(cases, answers, strict=False):
        assert answer["isError"], (name, arguments, answer)
        assert text in text_of(answer), (name, arguments, answer)
    assert "There is no tool 'nothing'" in answers[-1]["refused"]


def test_many_rows_and_series_are_told_in_short(call: Call) -> None:
    many = [{"id": f"shop {number}", "values": PASSENGERS} for number in range(30)]
    (long,) = call(("forecast", {"series": many, "horizon": 4}))["answers"]
    assert len(long["structuredContent"]["forecasts"]) == 30
    assert "… 15 more series are in the structured content." in text_of(long)
    assert len(text_of(long).splitlines()) < 110


def test_long_arguments_reach_the_tool_and_nothing_else_is_long(
    client: httpx.Client, call: Call
) -> None:
    series = [{"id": "long", "values": [step % 7 + 0.123456 for step in range(20_000)]}]
    (long,) = call(("forecast", {"series": series, "horizon": 4, "model": "zero-shot"}))["answers"]
    asked = {"series": series, "horizon": 4, "model": "zero-shot"}
    assert long["structuredContent"] == client.post("/predict", json=asked).json()
    message = INITIALIZE | {"id": "x" * 70_000}
    for body, status in ((json.dumps(message), 413), ("[" * 70_000, 400), ("x" * 70_000, 400)):
        headers = HEADERS | {"content-type": "application/json"}
        refused = client.post("/mcp", content=body, headers=headers)
        assert (refused.status_code, refused.json()["jsonrpc"]) == (status, "2.0")


def test_names_keys_and_limits(trained_store: Path, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    key = add_key(keys, "agent", [Scope.PREDICT])
    settings = Settings(
        model_store=str(trained_store),
        jobs_dir=tmp_path,
        default_model="tiny",
        mcp_hosts="forecasts.example, other.example",
        max_body_bytes=1_024,
    )
    with service_thread(settings) as client:
        client.headers.update(HEADERS)
        client.headers["host"] = "forecasts.example"
        assert client.post("/mcp", json=INITIALIZE).status_code == 200
        own = {"origin": "https://forecasts.example"}
        assert client.post("/mcp", json=INITIALIZE, headers=own).status_code == 200
        foreign = client.post("/mcp", json=INITIALIZE, headers={"origin": "https://evil.example"})
        assert (foreign.status_code, foreign.json()["error"]["data"]["code"]) == (
            403,
            "origin_forbidden",
        )
        client.headers["host"] = "localhost:8000"
        elsewhere = client.post("/mcp", json=INITIALIZE)
        assert elsewhere.status_code == 421
        assert "FORECAST_MCP_HOSTS" in elsewhere.json()["error"]["message"]
        client.headers["host"] = "other.example:443"
        long = client.post("/mcp", content=b" " * 2_000)
        assert long.status_code == 413
        assert "bytes were sent" in long.json()["error"]["message"]
        assert client.get("/mcp").status_code == 405
        broken = client.post("/mcp", content=b"{", headers={"content-type": "application/json"})
        assert broken.status_code == 400
        metrics = client.get("/metrics").text
        assert 'operation="mcp"' in metrics
    with service_thread(
        settings.model_copy(update={"mcp_hosts": None, "api_keys_file": keys})
    ) as client:
        client.headers.update(HEADERS | {"host": "anything.example"})
        refused = client.post("/mcp", json=INITIALIZE)
        assert (refused.status_code, refused.json()["jsonrpc"]) == (401, "2.0")
        bearer = {"authorization": f"Bearer {key}"}
        assert client.post("/mcp", json=INITIALIZE, headers=bearer).status_code == 200

"""KServe's own models take our answers, which are those of `/predict`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.other_clients import run_client
from tests.support.service import Service
from tests.support.tiny_models import PASSENGERS

VALUES = [float(value) for value in PASSENGERS]
SERIES = {
    "type": "univariate_time_series",
    "name": "a",
    "series": [1, 2, 3, 4],
    "frequency": "D",
    "start_timestamp": "2024-01-01",
}


@pytest.fixture(scope="module")
def got(service: Service, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    file = tmp_path_factory.mktemp("kserve") / "values.json"
    file.write_text(json.dumps(VALUES))
    found: dict[str, Any] = run_client(Path(__file__).parent / "calls.py", service.url, str(file))
    return found


def test_the_answer_is_what_predict_answers(client: httpx.Client, got: dict[str, Any]) -> None:
    answer = got["answer"]
    assert (answer["status"], answer["model"], answer["error"]) == ("completed", "tiny", None)
    assert answer["usage"]["prompt_tokens"] == 16 * len(VALUES)
    by_name = {output["content"][0]["name"]: output for output in answer["outputs"]}
    assert len(by_name) == 16
    series = {"values": VALUES, "start": "2025-01-31T13:10:00Z", "frequency": "ME"}
    body = {"series": series, "horizon": 3, "quantiles": [0.1, 0.9]}
    (expected,) = client.post("/predict", json=body).json()["forecasts"]
    (found,) = by_name["M"]["content"]
    assert found["mean_forecast"] == pytest.approx(expected["point"], rel=1e-6)
    assert found["quantiles"] == {
        name: pytest.approx(values, rel=1e-6) for name, values in expected["quantiles"].items()
    }


def test_forecasts_begin_where_kserve_says(got: dict[str, Any]) -> None:
    assert got["starts"]
    assert all(found == expected for found, expected in got["starts"].values())


def test_errors_are_kserves(got: dict[str, Any]) -> None:
    assert got["errors"]["model"]["code"] == "404"
    assert got["errors"]["horizon"]["param"] == "#/options/horizon"
    assert got["errors"]["type"]["type"] == "unsupported_time_series_type"
    assert got["errors"]["type"]["param"] == "#/inputs/0/type"


def test_quantiles_may_be_left_out_and_models_are_listed(got: dict[str, Any]) -> None:
    (content,) = got["plain"]["outputs"][0]["content"]
    assert (len(content["mean_forecast"]), content["quantiles"]) == (2, {})
    assert got["none"] == []
    assert got["models"] == ["plain", "tiny", "zero-shot"]


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"series": [1, "x"]}, "#/inputs/0/series/1"),
        ({"series": [[1, 2]]}, "#/inputs/0/series/0"),
        ({"series": []}, "#/inputs/0/series"),
        ({"frequency": "MS"}, "#/inputs/0/frequency"),
        ({"start_timestamp": None}, "#/inputs/0/start_timestamp"),
        ({"start_timestamp": "soon", "frequency": "M"}, "#/inputs/0/start_timestamp"),
        ({"name": 5}, "#/inputs/0/name"),
    ],
)
def test_a_mistake_is_named_by_its_place(
    client: httpx.Client, changes: dict[str, Any], param: str
) -> None:
    body = {"model": "tiny", "inputs": [SERIES | changes], "options": {"horizon": 2}}
    refused = client.post("/v1/timeseries/forecast", json=body)
    assert refused.status_code == 422
    assert refused.json()["error"]["param"] == param


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000, b"[]", b"NaN"])
def test_no_body_is_a_fault_of_the_service(client: httpx.Client, content: bytes) -> None:
    refused = client.post("/v1/timeseries/forecast", content=content)
    assert refused.status_code in {400, 422}
    assert set(refused.json()["error"]) == {"code", "message", "param", "type"}

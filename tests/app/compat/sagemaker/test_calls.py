"""What boto3 and GluonTS get from a running service is what `/predict` answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.access.keys import add_key
from app.access.scopes import Scope
from app.settings.settings import Settings
from tests.support.other_clients import run_client
from tests.support.service import Service
from tests.support.service_thread import service_thread
from tests.support.tiny_models import PASSENGERS

VALUES = [float(value) for value in PASSENGERS]


@pytest.fixture(scope="module")
def got(
    service: Service, trained_store: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What the clients got."""
    folder = tmp_path_factory.mktemp("calls")
    (folder / "values.json").write_text(json.dumps(VALUES))
    keys = folder / "keys.json"
    settings = Settings(
        model_store=str(trained_store), jobs_dir=folder, default_model="tiny", api_keys_file=keys
    )
    key = add_key(keys, "reader", [Scope.PREDICT])
    with service_thread(settings) as guarded:
        script = Path(__file__).parent / "calls.py"
        arguments = (str(guarded.base_url), key, service.url, str(folder / "values.json"))
        found: dict[str, Any] = run_client(script, *arguments)
    return found


def predict(client: httpx.Client, series: dict[str, Any], horizon: int = 6) -> dict[str, Any]:
    body = {"series": series, "horizon": horizon, "quantiles": [0.1, 0.5, 0.9]}
    answer = client.post("/predict", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["forecasts"][0]  # type: ignore[no-any-return]


def test_boto3_gets_what_predict_answers(client: httpx.Client, got: dict[str, Any]) -> None:
    monthly = {"values": VALUES, "start": "1949-01-01", "frequency": "MS"}
    expected = predict(client, monthly)
    assert got["chronos"]["predictions"] == [
        {
            "mean": pytest.approx(expected["point"], rel=1e-6),
            **{name: pytest.approx(v, rel=1e-6) for name, v in expected["quantiles"].items()},
            "item_id": "a",
            "start": expected["timestamps"][0],
        }
    ]
    (deepar,) = got["deepar"]["predictions"]
    assert deepar["mean"] == pytest.approx(predict(client, monthly, 4)["point"], rel=1e-6)


def test_boto3_is_told_of_mistakes(got: dict[str, Any]) -> None:
    assert got["mistake"]["Kind"] == "ModelError"
    assert got["mistake"]["OriginalStatusCode"] == 422
    assert got["mistake"]["OriginalMessage"].startswith("#/inputs/0/target/0: ")
    assert got["mistake"]["OriginalMessage"] in got["mistake"]["Message"]
    assert (got["no_endpoint"]["Kind"], got["no_endpoint"]["Code"]) == ("ValidationError",) * 2
    assert got["no_key"]["Code"] == "AccessDeniedException"
    assert "key is not valid" in got["no_key"]["Message"]


def test_gluonts_gets_what_predict_answers(client: httpx.Client, got: dict[str, Any]) -> None:
    assert got["ping"] is True
    assert set(got["parameters"]) == {"BatchStrategy", "MaxConcurrentTransforms", "MaxPayloadInMB"}
    assert got["none"] == []
    monthly = {
        "values": [*VALUES, None, 150.0],
        "start": "1949-01-01",
        "frequency": "MS",
    }
    weekly = {"values": VALUES, "start": "1949-01-03", "frequency": "W-MON"}
    for name, series in (("monthly", monthly), ("weekly", weekly)):
        expected = predict(client, series)
        (found,) = got[name]
        assert found["mean"] == pytest.approx(expected["point"], rel=1e-6)
        for quantile, values in expected["quantiles"].items():
            assert found["quantiles"][quantile] == pytest.approx(values, rel=1e-6)
    assert [len(sample) for sample in got["monthly"][0]["samples"]] == [6] * 5
    assert [line.get("item_id") for line in got["lines"]] == ["a", None]
    assert got["lines"][1]["mean"] == pytest.approx(predict(client, monthly, 4)["point"], rel=1e-6)

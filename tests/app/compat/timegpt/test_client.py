"""TimeGPT's own client gets from a running service what the service's own operations answer."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from tests.support.other_clients import run_client
from tests.support.service import Service

N, SPOILED = 60, 58
PROMO = [float(step % 5 == 0) for step in range(N + 3)]
PLAIN = {
    "a": [100.0 + step % 7 for step in range(N)],
    "b": [200.0 - step + step % 7 for step in range(N)],
}
DATA: dict[str, Any] = {
    "starts": {
        **dict.fromkeys(("D", "h", "min", "15min", "W-MON", "MS", "B"), "2001-01-01"),
        "QE-DEC": "2001-03-31",
        "YE-DEC": "1901-12-31",
    },
    "plain": PLAIN,
    "spoiled": {name: [*v[:SPOILED], 500.0, *v[SPOILED + 1 :]] for name, v in PLAIN.items()},
    "promoted": {
        name: [y + 50 * promo for y, promo in zip(values, PROMO, strict=False)]
        for name, values in PLAIN.items()
    },
    "features": {
        "promo": PROMO,
        "temperature": [step % 9 / 2 for step in range(N)],
        "kind": [("even", "odd")[step % 2] for step in range(N)],
    },
}


@pytest.fixture(scope="module")
def service(trained_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("timegpt")
    with Service(shutil.copytree(trained_store, folder / "store"), folder) as running:
        yield running


@pytest.fixture(scope="module")
def got(service: Service, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the client got by each of its methods."""
    data = tmp_path_factory.mktemp("data") / "data.json"
    data.write_text(json.dumps(DATA))
    script = Path(__file__).parent / "calls.py"
    found: dict[str, Any] = run_client(script, service.url, str(data))
    return found


def series(kind: str = "plain", freq: str = "D", **more: Any) -> list[dict[str, Any]]:
    dates = {"start": DATA["starts"][freq], "frequency": freq} if freq != "1" else {}
    return [{"values": values, **dates, **more} for values in DATA[kind].values()]


def ask(service: Service, path: str, **body: Any) -> Any:
    """Return what the service answers for each series."""
    answer = httpx.post(service.url + path, json=body, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.json()["forecasts" if path == "/predict" else "series"]


def same(found: list[float], ours: list[list[float]]) -> None:
    np.testing.assert_allclose(found, np.concatenate(ours), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("freq", [*DATA["starts"], "1"])
def test_forecasts_are_those_of_predict(service: Service, got: dict[str, Any], freq: str) -> None:
    found = got["forecasts"]["frequencies"][freq]
    ours = ask(service, "/predict", series=series(freq=freq), horizon=5, levels=[80, 99.5])
    same(found["TimeGPT"], [item["point"] for item in ours])
    for level in ("80", "99.5"):
        intervals = [item["intervals"][level] for item in ours]
        same(found[f"TimeGPT-lo-{level}"], [interval["lower"] for interval in intervals])
        same(found[f"TimeGPT-hi-{level}"], [interval["upper"] for interval in intervals])
    if freq != "1":
        stamps = [stamp[:10] for item in ours for stamp in item["timestamps"]]
        assert [stamp[:10] for stamp in found["ds"]] == stamps


def test_quantiles_partitions_and_jobs_are_those_of_predict(
    service: Service, got: dict[str, Any]
) -> None:
    found = got["forecasts"]["quantiles"]
    ours = ask(service, "/predict", series=series(), horizon=3, quantiles=[0.1, 0.75])
    for quantile, name in (("0.1", "TimeGPT-q-10"), ("0.75", "TimeGPT-q-75")):
        same(found[name], [item["quantiles"][quantile] for item in ours])
    points = [item["point"] for item in ours]
    same(found["TimeGPT-q-50"], points)
    same(got["forecasts"]["partitions"]["TimeGPT"], points)
    same(got["jobs"]["forecast"]["TimeGPT"], points)
    assert got["forecasts"]["packed"] == 1_500


def test_exogenous_features_are_covariates(service: Service, got: dict[str, Any]) -> None:
    features = DATA["features"]
    past = {"x1": features["temperature"], "x2": features["kind"]}
    with_features = series("promoted", future_covariates={"x0": PROMO}, past_covariates=past)
    ours = ask(service, "/predict", series=with_features, horizon=3)
    points = [item["point"] for item in ours]
    same(got["forecasts"]["exogenous"]["TimeGPT"], points)
    found = got["forecasts"]["contributions"]
    added = [found[name] for name in ("promo", "temperature", "kind", "base_value")]
    same(np.sum(added, axis=0).tolist(), points)
    assert any(found["promo"])
    without = ask(service, "/predict", series=series("promoted"), horizon=3)
    assert points != [item["point"] for item in without]


def test_the_history_is_what_anomalies_expects(service: Service, got: dict[str, Any]) -> None:
    found = got["forecasts"]["history"]
    ours = ask(service, "/anomalies", series=series(), level=90)
    ahead = ask(service, "/predict", series=series(), horizon=3, levels=[90])
    pairs = list(zip(ours, ahead, strict=True))
    same(found["TimeGPT"], [past["expected"] + future["point"] for past, future in pairs])
    lower = [past["lower"] + future["intervals"]["90"]["lower"] for past, future in pairs]
    same(found["TimeGPT-lo-90"], lower)


def test_cross_validation_is_a_backtest(service: Service, got: dict[str, Any]) -> None:
    ours = ask(service, "/backtest", series=series(), horizon=3, windows=2, step=2, levels=[80])
    windows = [window for item in ours for window in item["windows"]]
    forecasts = [window["forecasts"]["model"] for window in windows]
    for found in (got["pasts"]["windows"], got["jobs"]["windows"]):
        same(found["TimeGPT"], [forecast["point"] for forecast in forecasts])
        upper = [forecast["intervals"]["80"]["upper"] for forecast in forecasts]
        same(found["TimeGPT-hi-80"], upper)
        same(found["y"], [window["actual"] for window in windows])
        cutoffs = [window["cutoff_timestamp"][:10] for window in windows for _ in range(3)]
        assert [stamp[:10] for stamp in found["cutoff"]] == cutoffs
        assert found["unique_id"] == ["a"] * 6 + ["b"] * 6


def test_cross_validation_takes_exogenous_features(service: Service, got: dict[str, Any]) -> None:
    known = {"x0": PROMO[:N]}
    past = {"x1": DATA["features"]["temperature"]}
    with_features = series("promoted", future_covariates=known, past_covariates=past)
    ours = ask(service, "/backtest", series=with_features, horizon=3, windows=2)
    windows = [window for item in ours for window in item["windows"]]
    points = [window["forecasts"]["model"]["point"] for window in windows]
    same(got["pasts"]["windows_exogenous"]["TimeGPT"], points)


def test_anomalies_are_those_of_the_service(service: Service, got: dict[str, Any]) -> None:
    found = got["pasts"]["anomalies"]
    ours = ask(service, "/anomalies", series=series("spoiled"), level=99)
    same(found["TimeGPT"], [item["expected"] for item in ours])
    same(found["TimeGPT-hi-99"], [item["upper"] for item in ours])
    outside = [is_outside for item in ours for is_outside in item["outside"]]
    assert found["anomaly"] == outside
    assert any(outside)


def test_the_latest_anomalies_are_those_of_windows(service: Service, got: dict[str, Any]) -> None:
    spoiled = series("spoiled")
    ours = ask(service, "/backtest", series=spoiled, horizon=4, windows=2, levels=[99])
    forecasts = [[window["forecasts"]["model"] for window in item["windows"]] for item in ours]
    points = [np.concatenate([window["point"] for window in item])[-6:] for item in forecasts]
    for found in (got["pasts"]["latest"], got["jobs"]["latest"]):
        same(found["TimeGPT"], [item.tolist() for item in points])
        assert found["y"] == [value for item in spoiled for value in item["values"][-6:]]
        assert found["anomaly"] == [y == 500 for y in found["y"]]
    together = got["pasts"]["together"]
    one_step = ask(service, "/anomalies", series=spoiled, level=99, last=6)
    same(together["TimeGPT"], [item["expected"] for item in one_step])
    same(together["anomaly_score"], [item["score"] for item in one_step])
    accumulated = together["accumulated_anomaly_score"]
    assert accumulated[:6] == accumulated[6:]
    assert together["anomaly"][4]
    assert not any(together["anomaly"][:4])


def test_jobs_that_are_done_say_so(got: dict[str, Any]) -> None:
    assert got["jobs"]["status"] == "succeeded"
    assert got["jobs"]["cancel"]["status"] == 409


def test_models_are_trained_listed_used_and_deleted(service: Service, got: dict[str, Any]) -> None:
    (job,) = httpx.get(f"{service.url}/jobs").json()["jobs"]
    assert (job["model"], job["state"]) == ("daily", "succeeded")
    assert got["valid"]
    assert got["models"] == ["plain", "tiny", "zero-shot"]
    found = got["finetuning"]
    assert found["made"] == ["daily", "daily"]
    assert found["listed"] == [found["shown"]]
    about = {
        "id": "daily",
        "steps": 1,
        "model": "zero-shot/1",
        "base_model_id": "None",
        "freq": "D",
    }
    assert about.items() <= found["shown"].items()
    assert np.isfinite(found["forecast"]["TimeGPT"]).all()
    assert found["deleted"]
    assert found["left"] == []


def test_what_is_not_done_is_refused_with_the_reason(got: dict[str, Any]) -> None:
    found = got["refusals"]
    assert found.pop("model")["status"] == 404
    for name, refused in found.items():
        assert refused["status"] == 422, name
        assert len(refused["detail"]) > 40, name
    assert found["infinite"]["code"] == "value_too_large"
    assert "finetuned_model_id" in found["finetune_steps"]["detail"]

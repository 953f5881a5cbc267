"""`"calibrate": true`, by a real service."""

from typing import Any

import httpx
import numpy as np
import pytest

from tests.support.service import Service
from tests.support.tiny_models import PASSENGERS

STEEPER = [(100 + n % 4) * 1.001**n for n in range(60)]


def ask(client: httpx.Client, **body: Any) -> list[dict[str, Any]]:
    answer = client.post("/predict", json={"calibrate": True, **body})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["forecasts"]
    return found


def notes(forecast: dict[str, Any]) -> dict[str, int]:
    return {note["code"]: note["count"] for note in forecast["notes"]}


@pytest.mark.parametrize("model", ["tiny", "zero-shot"])
def test_intervals_change_and_the_point_does_not(client: httpx.Client, model: str) -> None:
    body = {"series": PASSENGERS, "model": model, "horizon": 6, "levels": [50, 80, 99]}
    (before,) = ask(client, **body, calibrate=False)
    (after,) = ask(client, **body)
    assert notes(after) == {"calibrated": 20}
    assert after["point"] == pytest.approx(before["point"], rel=1e-6)
    assert after["intervals"]["80"]["lower"] != pytest.approx(before["intervals"]["80"]["lower"])
    rows = [
        *(after["intervals"][level]["lower"] for level in ("99", "80", "50")),
        after["point"],
        *(after["intervals"][level]["upper"] for level in ("50", "80", "99")),
    ]
    assert (np.diff(np.array(rows), axis=0) >= 0).all()


def test_a_series_whose_past_was_missed_gets_wider_intervals(client: httpx.Client) -> None:
    body = {"series": STEEPER, "model": "zero-shot", "horizon": 4, "season_length": 4}
    (before,) = ask(client, **body, calibrate=False)
    (after,) = ask(client, **body)
    width = [
        sum(one["intervals"]["80"]["upper"]) - sum(one["intervals"]["80"]["lower"])
        for one in (before, after)
    ]
    assert width[1] > width[0]


def test_each_series_is_calibrated_alone_and_short_ones_are_not(client: httpx.Client) -> None:
    many = [
        {"id": "long", "values": PASSENGERS},
        {"id": "short", "values": PASSENGERS[:8]},
        {"id": "constant", "values": [3] * 50},
        {"id": "one", "values": [3]},
        {"id": "steeper", "values": STEEPER},
    ]
    found = ask(client, series=many, model="zero-shot", horizon=5)
    assert [one["id"] for one in found] == [one["id"] for one in many]
    assert [list(notes(one)) for one in found] == [
        ["calibrated"],
        ["calibration_skipped"],
        ["calibration_skipped", "fallback_constant"],
        ["calibration_skipped", "fallback_constant"],
        ["calibrated"],
    ]
    for one, series in zip(found, many, strict=True):
        (alone,) = ask(client, series=series, model="zero-shot", horizon=5)
        assert one["intervals"]["80"]["upper"] == pytest.approx(
            alone["intervals"]["80"]["upper"], rel=1e-5
        )
    (plain,) = ask(client, series=many[1], model="zero-shot", horizon=5, calibrate=False)
    assert found[1]["intervals"]["80"]["upper"] == pytest.approx(
        plain["intervals"]["80"]["upper"], rel=1e-5
    )


def test_many_series_and_a_long_horizon(client: httpx.Client) -> None:
    many = [{"values": [n + value for value in PASSENGERS]} for n in range(120)]
    assert len(ask(client, series=many)) == 120
    (far,) = ask(client, series=PASSENGERS, horizon=500)
    assert len(far["point"]) == 500
    assert np.isfinite(far["intervals"]["80"]["upper"]).all()


def test_a_model_without_quantiles_is_told_so(client: httpx.Client) -> None:
    body = {"series": PASSENGERS, "model": "plain", "calibrate": True}
    answer = client.post("/predict", json=body)
    assert answer.status_code == 422
    assert answer.json()["code"] == "quantiles_not_available"
    assert answer.json()["errors"][0]["pointer"] == "#/calibrate"


def test_what_would_cost_too_much_is_refused(service: Service, client: httpx.Client) -> None:
    body = {"series": [{"values": PASSENGERS}] * 500, "horizon": 400, "calibrate": True}
    answer = client.post("/predict", json=body)
    assert answer.status_code == 422
    assert answer.json()["code"] == "calibration_too_large"
    assert answer.json()["errors"][0]["pointer"] == "#/calibrate"


@pytest.mark.parametrize("calibrate", [1, "yes", None, []])
def test_nonsense_is_refused(client: httpx.Client, calibrate: Any) -> None:
    body = {"series": PASSENGERS, "calibrate": calibrate}
    assert client.post("/predict", json=body).status_code == 422


def test_a_table_can_be_calibrated_and_bounds_hold_after_it(client: httpx.Client) -> None:
    rows = "".join(f"a,{n},{value}\n" for n, value in enumerate(PASSENGERS))
    answer = client.post(
        "/predict",
        files={"file": ("data.csv", "unique_id,ds,y\n" + rows, "text/csv")},
        data={"calibrate": "true", "integer": "true", "upper": "250"},
    )
    assert answer.status_code == 200, answer.text
    (forecast,) = answer.json()["forecasts"]
    assert notes(forecast)["calibrated"] == 20
    upper = forecast["intervals"]["80"]["upper"]
    assert max(upper) <= 250
    assert upper == [round(value) for value in upper]

"""The season length of a forecast: given, from the frequency, or detected."""

from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest

from forecasting.networks.signature import Signature
from forecasting.prediction.seasons.notes import note_unused_season
from forecasting.series.series import Series
from tests.support.tiny_models import PASSENGERS

QUARTERS = [10.0, 20.0, 40.0, 30.0] * 8


def point(client: httpx.Client, series: Any, **body: Any) -> list[float]:
    asked = {"series": series, "model": "zero-shot", "horizon": 8, **body}
    answer = client.post("/predict", json=asked)
    assert answer.status_code == 200, answer.text
    found: list[float] = answer.json()["forecasts"][0]["point"]
    return found


def swing(points: list[float], season_length: int) -> float:
    """How much of the range of a season the forecast has."""
    return float(np.ptp(points[:season_length]))


def test_given(client: httpx.Client) -> None:
    assert swing(point(client, QUARTERS, season_length=4), 4) == pytest.approx(30, rel=0.1)
    assert swing(point(client, QUARTERS, season_length=1), 4) < 20


def test_from_the_frequency(client: httpx.Client) -> None:
    def dated(frequency: str) -> dict[str, Any]:
        return {"values": QUARTERS, "start": "2000-01-01", "frequency": frequency}

    assert point(client, dated("QS")) == point(client, QUARTERS, season_length=4)
    assert point(client, dated("YS")) == point(client, QUARTERS, season_length=1)
    assert point(client, dated("YS"), season_length=4) == point(client, QUARTERS, season_length=4)


def test_detected(client: httpx.Client) -> None:
    assert point(client, QUARTERS) == point(client, QUARTERS, season_length=4)
    assert point(client, list(range(20))) == point(client, list(range(20)), season_length=1)


def test_series_of_many_season_lengths_go_together(client: httpx.Client) -> None:
    months = [float(value) for value in PASSENGERS]
    many = [
        {"values": months, "start": "1949-01-01", "frequency": "MS"},
        {"values": QUARTERS},
        {"values": months},
    ]
    body = {"series": many, "model": "zero-shot", "horizon": 8}
    together = client.post("/predict", json=body).json()["forecasts"]
    for one, series in zip(together, many, strict=True):
        assert one["point"] == pytest.approx(point(client, series), rel=1e-5)


@pytest.mark.parametrize("season_length", [0, -1, 10_001, 1.5, "12"])
def test_nonsense_is_refused(client: httpx.Client, season_length: Any) -> None:
    body = {"series": QUARTERS, "season_length": season_length}
    answer = client.post("/predict", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/season_length"


WEEK = [60.0, 140, 90, 120, 70, 150, 100]
noise = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("pattern", "frequency"),
    [
        ([100, 98, 101, 99, 102, 100, 97, 101, 99, 100, 140, 250], "MS"),
        ([60, 100, 140, 90], "QS"),
        ([50 + 30 * np.sin(hour / 3.82) for hour in range(24)], "h"),
    ],
)
def test_two_seasons_of_any_length_are_enough(
    client: httpx.Client, pattern: list[float], frequency: str
) -> None:
    values = (np.tile(pattern, 2) + noise.normal(0, 1, 2 * len(pattern))).tolist()
    dated = {"values": values, "start": "2022-01-01", "frequency": frequency}
    for series in (dated, values):
        found = np.array(point(client, series, horizon=len(pattern)))
        assert np.abs(found - pattern).mean() < 2.5


def test_smooth_and_short_seasons_are_detected(client: httpx.Client) -> None:
    time = np.arange(72)
    wave = 100 + 20 * np.sin(2 * np.pi * time / 12)
    found = point(client, (wave[:60] + noise.normal(0, 1, 60)).tolist(), horizon=12)
    assert np.abs(found - wave[60:]).mean() < 2
    assert point(client, WEEK * 3, horizon=7) == pytest.approx(WEEK, abs=1)


@pytest.mark.parametrize("share", [0.1, 0.2, 0.4])
def test_missing_values_leave_the_season_as_it_is(client: httpx.Client, share: float) -> None:
    values = np.tile(WEEK, 26) + noise.normal(0, 2, 182)
    missing = noise.random(182) < share
    given = [None if gone else value for value, gone in zip(values, missing, strict=True)]
    given[-3:] = [None] * 3
    for series in (given, {"values": given, "start": "2024-01-01", "frequency": "D"}):
        assert point(client, series, horizon=7) == pytest.approx(WEEK, abs=4)


def test_what_is_sold_in_winter_only_is_forecast_for_winter_only(client: httpx.Client) -> None:
    year = np.array([200, 10, 0, 0, 0, 0, 0, 0, 0, 0, 40, 300])
    values = np.concatenate([noise.poisson(year * 1.3**number) for number in range(4)])
    series = {"values": values.tolist(), "start": "2018-01-01", "frequency": "MS"}
    found = np.array(point(client, series, horizon=12))
    assert found[2:10].max() < 3
    assert found[11] == pytest.approx(300 * 1.3**4, rel=0.25)


def test_hours_go_by_the_clock_of_the_time_zone(client: httpx.Client) -> None:
    hours = pd.date_range("2024-03-03", periods=24 * 31, freq="h", tz="UTC")
    clock = hours.tz_convert("Europe/Berlin").hour.to_numpy()
    day = np.where((clock >= 8) & (clock < 18), 100.0, 20.0)
    values = (day + noise.normal(0, 0.5, hours.size)).round(2).tolist()
    series = {"values": values[:-24], "start": "2024-03-03T00:00:00Z", "frequency": "h"}
    found = point(client, series | {"timezone": "Europe/Berlin"}, horizon=24)
    assert found == pytest.approx(day[-24:].tolist(), abs=5)


def test_years_are_found_in_days(client: httpx.Client) -> None:
    days = np.arange(365 * 4)
    wave = 100 + 30 * np.cos(2 * np.pi * days / 365.2425) + 5 * (days % 7 < 5)
    values = (wave + noise.normal(0, 1, days.size)).round(2).tolist()
    series = {"values": values[:-60], "start": "2020-01-01", "frequency": "D"}
    found = np.array(point(client, series, horizon=60))
    assert np.abs(found - wave[-60:]).mean() < 5


def notes(client: httpx.Client, path: str, **body: Any) -> list[str]:
    answer = client.post(path, json={"model": "zero-shot", **body})
    assert answer.status_code == 200, answer.text
    (found,) = answer.json()["forecasts" if path == "/predict" else "series"]
    return [note["code"] for note in found["notes"]]


@pytest.mark.parametrize(
    ("path", "options"),
    [("/predict", {}), ("/anomalies", {"warm_up": 20}), ("/backtest", {"horizon": 2})],
)
def test_a_season_length_that_is_not_used_is_noted(
    client: httpx.Client, path: str, options: dict[str, int]
) -> None:
    asked = {"series": [1000 + value for value in QUARTERS]} | options
    assert notes(client, path, **asked, season_length=17) == ["season_length_not_used"]
    assert notes(client, path, **asked, season_length=4) == []
    assert notes(client, path, **asked, season_length=1) == []
    assert notes(client, path, **asked) == []


def test_a_model_that_takes_no_seasons_out_says_so(client: httpx.Client) -> None:
    asked = {"model": "tiny", "series": PASSENGERS}
    assert notes(client, "/predict", **asked, season_length=12) == ["season_length_not_used"]
    assert notes(client, "/predict", **asked) == []


@pytest.mark.parametrize(
    ("path", "late", "early"),
    [
        ("/backtest", {"windows": 2}, {"windows": 3}),
        ("/anomalies", {"warm_up": 24}, {"warm_up": 23}),
    ],
)
def test_a_season_that_the_first_forecast_cannot_know_is_noted(
    client: httpx.Client, path: str, late: dict[str, int], early: dict[str, int]
) -> None:
    asked = {"series": PASSENGERS, "season_length": 12} | (
        {"horizon": 12} if path == "/backtest" else {}
    )
    assert notes(client, path, **asked, **late) == []
    assert notes(client, path, **asked, **early) == ["season_length_not_used"]


def test_a_season_longer_than_what_is_looked_at_is_noted() -> None:
    series = Series(np.arange(150_000.0))
    signature = Signature(
        context_length=256,
        horizon=64,
        inputs=("value", "observed", "season"),
        quantiles=(0.1, 0.5, 0.9),
        shortest_context=3,
    )
    (note,) = note_unused_season(series, 60_000, signature).notes
    assert note.code == "season_length_not_used"
    assert "100000" in note.message
    assert note_unused_season(series, 50_000, signature).notes == ()


def test_a_day_of_minutes_is_used(client: httpx.Client) -> None:
    minutes = np.arange(1440 * 3)
    values = (50 + 40 * (minutes % 1440 < 720) + noise.normal(0, 1, minutes.size)).round(1)
    found = point(client, values.tolist(), season_length=1440, horizon=1440)
    assert np.mean(found[100:600]) == pytest.approx(90, abs=6)
    assert np.mean(found[900:1400]) == pytest.approx(50, abs=6)

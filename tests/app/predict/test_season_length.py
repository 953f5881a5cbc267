"""The season length of a forecast: given, from the frequency, or detected."""

from typing import Any

import httpx
import numpy as np
import pytest

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

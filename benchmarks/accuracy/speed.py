"""The speed of the Forecaster: the time for one series, and the series per second in a batch."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

import numpy as np

from benchmarks.accuracy.scores import QUANTILES
from forecasting.prediction.forecaster import Forecaster
from forecasting.types import Floats

POINTS, HORIZON, BATCH, SEASON_LENGTH = 100, 12, 1_000, 12
DETECTED = 0
"""This season length makes the Forecaster detect the season length."""
_REPEATS_ONE, _REPEATS_BATCH = 2_000, 30


@dataclass(frozen=True)
class Speed:
    """Medians of the processor time on one core."""

    milliseconds_one: float
    series_per_second: float


def measure(forecaster: Forecaster, season_length: int) -> Speed:
    """Measure series of 100 points, horizon 12, nine quantiles; season length 12 or DETECTED."""
    assert season_length in {SEASON_LENGTH, DETECTED}
    rng = np.random.default_rng(0)
    season = 10 * np.sin(2 * np.pi * np.arange(POINTS) / SEASON_LENGTH)
    series = list(100 + season + rng.normal(0, 1, (BATCH, POINTS)).cumsum(axis=1))
    one = _median_seconds(forecaster, series[:1], season_length, _REPEATS_ONE)
    batch = _median_seconds(forecaster, series, season_length, _REPEATS_BATCH)
    return Speed(milliseconds_one=1000 * one, series_per_second=BATCH / batch)


def _median_seconds(
    forecaster: Forecaster, series: list[Floats], season_length: int, repeats: int
) -> float:
    seconds = []
    for _ in range(repeats):
        started = time.process_time()
        forecaster.forecast(series, HORIZON, QUANTILES, [season_length] * len(series))
        seconds.append(time.process_time() - started)
    return statistics.median(seconds)

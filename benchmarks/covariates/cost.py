"""What covariates cost in a batch of short series."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from benchmarks.covariates.methods import forecast_series
from forecasting.prediction.forecaster import Forecaster
from forecasting.series.covariates import Covariates
from forecasting.series.series import Series

_BATCH, _POINTS, _HORIZON, _SEASON = 1_000, 100, 12, 7
_NAMES = ("price", "temperature", "promotion")
_ROUNDS = 9


def cost_table(forecaster: Forecaster) -> Iterator[str]:
    """Yield a table of series a second without covariates and with them, taking turns."""
    with_covariates = [_sales(np.random.default_rng(seed)) for seed in range(_BATCH)]
    without = [replace(series, covariates=None) for series in with_covariates]
    seconds: dict[str, list[float]] = {"none": [], "three": []}
    for _ in range(_ROUNDS):
        for covariates, batch in zip(seconds, (without, with_covariates), strict=True):
            started = time.process_time()
            forecast_series(batch, _HORIZON, _SEASON, forecaster)
            seconds[covariates].append(time.process_time() - started)
    yield f"| covariates | series a second, {_BATCH:,} of {_POINTS} points in a batch | ratio |"
    yield "| --- | ---: | ---: |"
    for covariates, taken in seconds.items():
        pairs = zip(seconds["none"], taken, strict=True)
        ratio = statistics.median(none / some for none, some in pairs)
        yield f"| {covariates} | {_BATCH / statistics.median(taken):,.0f} | {ratio:.2f} |"


def _sales(rng: np.random.Generator) -> Series:
    """Return daily sales that follow price and promotion, and a temperature that they do not."""
    steps = _POINTS + _HORIZON
    price, temperature = rng.normal(10, 1, steps), rng.normal(15, 5, steps)
    promotion = (rng.random(steps) < 0.1).astype(float)
    week = 10 * np.sin(2 * np.pi * np.arange(steps) / _SEASON)
    sales = 100 + week - 5 * price + 20 * promotion + rng.normal(0, 5, steps)
    columns = {
        name: column.tolist()
        for name, column in zip(_NAMES, (price, temperature, promotion), strict=True)
    }
    covariates = Covariates.from_columns(columns, {name: [] for name in _NAMES}).split(_POINTS)
    return replace(Series.from_values(sales[:_POINTS]), covariates=covariates)

"""Anomalies: values outside the band that was expected one step before them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecasting.errors import SeriesError
from forecasting.prediction.forecaster import Forecast
from forecasting.types import Floats


@dataclass(frozen=True, slots=True)
class AnomalyScores:
    """n values, each beside the forecast that was made one step before it; every array is (n,)."""

    actual: Floats
    """The values; NaN where one is missing."""
    expected: Floats
    """The median forecasts."""
    lower: Floats
    upper: Floats
    outside: npt.NDArray[np.bool_]
    """Whether each value lies outside [lower, upper]; a missing value does not."""
    score: Floats
    """The distance of each value from `expected`, measured in the distance of the band's edge on
    that side: 1 is the upper edge, -1 the lower. NaN if the value is missing or the band has no
    width on that side."""


def scored_positions(count: int, warm_up: int, last: int | None = None) -> range:
    """Return which of `count` values are scored: those after the first `warm_up` ≥ 1.

    If `last` is given, only that many values at the end are scored. Raises SeriesError if no value
    comes after the warm-up.
    """
    if count <= warm_up:
        raise SeriesError(
            f"the series has {count} values, and the warm-up takes {warm_up}: none is left to "
            "judge. Give more values, or a shorter warm_up.",
            code="series_too_short",
        )
    return range(warm_up if last is None else max(warm_up, count - last), count)


def score_anomalies(actual: Floats, forecast: Forecast) -> AnomalyScores:
    """Score values (n,) against one-step forecasts, whose quantiles (n, 1, 2) are the band."""
    expected = forecast.point[:, 0]
    lower = np.minimum(forecast.quantiles[:, 0, 0], expected)
    upper = np.maximum(forecast.quantiles[:, 0, 1], expected)
    distance = actual - expected
    width = np.where(distance > 0, upper - expected, expected - lower)
    without_width = np.where(distance == 0, 0.0, np.nan)
    with np.errstate(over="ignore"):
        score = np.divide(distance, width, out=without_width, where=width > 0)
    outside = (actual < lower) | (actual > upper)
    return AnomalyScores(
        actual, expected, lower, upper, outside, np.where(np.isfinite(score), score, np.nan)
    )

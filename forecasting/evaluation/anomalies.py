"""Anomalies: values outside what was to be expected one step before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecasting.errors import SeriesError
from forecasting.prediction.forecaster import Forecast, Forecaster
from forecasting.prediction.pipeline import hindcast
from forecasting.prediction.quantiles import interval_quantiles
from forecasting.series.series import Series
from forecasting.types import Floats


@dataclass(frozen=True, slots=True)
class Judgement:
    """Of n values, each against the forecast made one step before it."""

    actual: Floats
    """(n,), NaN where a value was missing."""
    expected: Floats
    lower: Floats
    upper: Floats
    outside: npt.NDArray[np.bool_]
    """Whether the value is outside [lower, upper]; not where it is missing."""
    score: Floats
    """(n,): distance from `expected`, in distances from there to the band's edge on that side; 1 is
    the upper edge, -1 the lower. NaN where the value is missing, or the band has no width there."""


def judged_places(count: int, warm_up: int, last: int | None = None) -> range:
    """Which of `count` values are judged: those after the first `warm_up` ≥ 1, of them the `last`
    ones alone where that is given.

    Raises SeriesError where nothing comes after the warm-up.
    """
    if count <= warm_up:
        raise SeriesError(
            f"the series has {count} values, and the warm-up takes {warm_up}: none is left to "
            "judge. Give more values, or a shorter warm_up.",
            code="series_too_short",
        )
    return range(warm_up if last is None else max(warm_up, count - last), count)


def judge(actual: Floats, forecast: Forecast) -> Judgement:
    """Values (n,) against one-step forecasts of them, whose quantiles (n, 1, 2) are the band."""
    expected = forecast.point[:, 0]
    lower = np.minimum(forecast.quantiles[:, 0, 0], expected)
    upper = np.maximum(forecast.quantiles[:, 0, 1], expected)
    distance = actual - expected
    width = np.where(distance > 0, upper - expected, expected - lower)
    on_the_spot = np.where(distance == 0, 0.0, np.nan)
    with np.errstate(over="ignore"):
        score = np.divide(distance, width, out=on_the_spot, where=width > 0)
    outside = (actual < lower) | (actual > upper)
    return Judgement(
        actual, expected, lower, upper, outside, np.where(np.isfinite(score), score, np.nan)
    )


def find_anomalies(
    forecaster: Forecaster,
    series: Series,
    *,
    level: float,
    warm_up: int,
    last: int | None = None,
    season_length: int = 0,
) -> Judgement:
    """Judge the values of a series after the warm-up, each by a forecast from those before it.

    `level`, in percent, is the share of values that the band should hold where nothing is wrong.
    Raises SeriesError where nothing comes after the warm-up, RequestError where the model predicts
    no quantiles.
    """
    places = judged_places(series.values.size, warm_up, last)
    pasts: Sequence[Series] = [series.before(place) for place in places]
    forecast = hindcast(
        forecaster, pasts, [season_length] * len(pasts), 1, interval_quantiles(level)
    )
    return judge(series.observed()[places.start :], forecast)

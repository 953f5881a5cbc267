"""Backtests with a rolling origin: forecasts of what is known by now, from what was known before.

Tashman (2000), Out-of-sample tests of forecasting accuracy: an analysis and review.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.errors import SeriesError
from forecasting.evaluation.baselines import seasonal_naive_forecast
from forecasting.evaluation.metrics import seasonal_naive_scale
from forecasting.evaluation.scores import WQL_QUANTILES, MethodScores, score
from forecasting.evaluation.theta import LONGEST_PAST, theta_forecast
from forecasting.networks.signature import Signature
from forecasting.prediction.forecaster import Forecast, Forecaster
from forecasting.prediction.pipeline import hindcast
from forecasting.prediction.seasonality import detect_season_length
from forecasting.series.series import Series
from forecasting.types import Floats

MODEL, SEASONAL_NAIVE, THETA = "model", "seasonal_naive", "theta"
METHODS = (MODEL, SEASONAL_NAIVE, THETA)


@dataclass(frozen=True, slots=True)
class Plan:
    """The last of `windows` targets, `horizon` values each, ends where a series does; the one
    before it `step` values earlier."""

    horizon: int
    windows: int
    step: int

    @property
    def tested(self) -> int:
        """Values at the end of a series that lie after the first cutoff."""
        return self.horizon + self.step * (self.windows - 1)

    def cutoffs(self, count: int) -> list[int]:
        """How many of `count` values lie before each target, rising."""
        first = count - self.tested
        return [first + self.step * window for window in range(self.windows)]

    def most_windows(self, count: int, shortest: int) -> int:
        """How many windows fit into `count` values, `shortest` of them before the first target."""
        return max(0, (count - shortest - self.horizon) // self.step + 1)

    def check(self, count: int, shortest: int) -> None:
        """Raises SeriesError where fewer than `shortest` values lie before the first target."""
        if count - self.tested >= shortest:
            return
        windows = self.most_windows(count, shortest)
        horizon = count - shortest - self.step * (self.windows - 1)
        fits = [f"{windows} of these windows"] if windows > 0 else []
        fits += [f"a horizon of {horizon}"] if horizon > 0 else []
        raise SeriesError(
            f"the series has {count} values; {self.windows} windows of {self.horizon} steps, "
            f"{self.step} apart, need {shortest + self.tested}, {shortest} of them before the "
            f"first. What would fit: {' or '.join(fits) or 'fewer windows and a shorter horizon'}.",
            code="series_too_short",
        )


@dataclass(frozen=True, slots=True)
class Windows:
    """n windows, those of each series together: what was known, and what came then."""

    series: np.ndarray
    """Which series each is from, (n,)."""
    cutoffs: np.ndarray
    """How many values of it were known, (n,)."""
    pasts: list[Series]
    actual: Floats
    """(n, horizon), NaN where a value was missing."""
    season_lengths: list[int]
    """For the yardsticks and for MASE."""

    def scales(self) -> Floats:
        """MASE's denominator from the past of each window, (n,)."""
        return np.array(
            [
                seasonal_naive_scale(past.values, length)
                for past, length in zip(self.pasts, self.season_lengths, strict=True)
            ]
        )


def cut(
    series: Sequence[Series],
    season_lengths: Sequence[int],
    plans: Sequence[Plan],
    signature: Signature,
) -> Windows:
    """The windows of series by a plan each, which fits, all of one horizon. Where a season length
    is 0, the one that the model was trained on is taken, else the one detected before the series'
    first cutoff."""
    cutoffs = [plan.cutoffs(one.values.size) for one, plan in zip(series, plans, strict=True)]
    counts = [plan.windows for plan in plans]
    pasts = [[one.before(at) for at in places] for one, places in zip(series, cutoffs, strict=True)]
    observed = [one.observed() for one in series]
    actual = [
        values[at : at + plan.horizon]
        for values, plan, places in zip(observed, plans, cutoffs, strict=True)
        for at in places
    ]
    lengths = [
        given or _usual_season_length(own[0].values, signature)
        for given, own in zip(season_lengths, pasts, strict=True)
    ]
    return Windows(
        series=np.repeat(np.arange(len(series)), counts),
        cutoffs=np.concatenate(cutoffs),
        pasts=[past for own in pasts for past in own],
        actual=np.array(actual),
        season_lengths=np.repeat(lengths, counts).tolist(),
    )


def _usual_season_length(past: Floats, signature: Signature) -> int:
    if signature.season_length > 1:
        return signature.season_length
    return detect_season_length(past[-LONGEST_PAST:])


def yardsticks(
    pasts: Sequence[Series], season_lengths: Sequence[int], horizon: int, quantiles: Sequence[float]
) -> dict[str, Forecast]:
    """What any model has to beat, by name, from the same n pasts."""
    values = [past.values for past in pasts]
    return {
        SEASONAL_NAIVE: seasonal_naive_forecast(values, season_lengths, horizon, quantiles),
        THETA: theta_forecast(values, season_lengths, horizon, quantiles),
    }


@dataclass(frozen=True, slots=True)
class Backtest:
    """Forecasts of the windows and their scores, by method."""

    windows: Windows
    forecasts: dict[str, Forecast]
    overall: dict[str, MethodScores]
    by_series: list[dict[str, MethodScores]]


def judge(
    windows: Windows,
    forecasts: dict[str, Forecast],
    quantiles: Sequence[float],
    intervals: dict[str, tuple[float, float]],
) -> Backtest:
    """Score forecasts, which have those quantiles or none, over all windows and by series."""
    scales = windows.scales()

    def scored(rows: np.ndarray | slice) -> dict[str, MethodScores]:
        return {
            method: score(
                windows.actual[rows],
                Forecast(forecast.point[rows], forecast.quantiles[rows]),
                scales[rows],
                quantiles,
                intervals,
            )
            for method, forecast in forecasts.items()
        }

    bounds = np.flatnonzero(np.diff(windows.series, prepend=-1))
    parts = zip(bounds, [*bounds[1:], len(windows.series)], strict=True)
    return Backtest(
        windows, forecasts, scored(slice(None)), [scored(slice(a, b)) for a, b in parts]
    )


def wanted_quantiles(intervals: dict[str, tuple[float, float]]) -> tuple[float, ...]:
    """Rising: those that WQL is taken over, and those that bound the intervals."""
    bounds = (bound for pair in intervals.values() for bound in pair)
    return tuple(sorted({*WQL_QUANTILES, *bounds}))


def backtest(
    forecaster: Forecaster,
    series: Sequence[Series],
    plan: Plan,
    *,
    season_lengths: Sequence[int] | None = None,
    intervals: dict[str, tuple[float, float]] | None = None,
) -> Backtest:
    """Backtest a model on n series beside seasonal naive and Theta on the same windows.

    `season_lengths`: one a series, 0 where it is not known. `intervals`: the quantiles that bound
    those whose coverage is measured, by name. Raises SeriesError, its path a series' place, for one
    that the plan does not fit.
    """
    signature = forecaster.signature
    for place, one in enumerate(series):
        try:
            plan.check(one.values.size, signature.shortest_context)
        except SeriesError as error:
            raise error.under(place) from error
    given = season_lengths or [0] * len(series)
    windows = cut(series, given, [plan] * len(series), signature)
    intervals = intervals or {}
    quantiles = wanted_quantiles(intervals)
    of_windows = [given[place] for place in windows.series]
    known = quantiles if signature.quantiles else ()
    forecasts = {
        MODEL: hindcast(forecaster, windows.pasts, of_windows, plan.horizon, known)
    } | yardsticks(windows.pasts, windows.season_lengths, plan.horizon, quantiles)
    return judge(windows, forecasts, quantiles, intervals)

"""Backtests with a rolling origin: forecasts of known values, from what was known before them.

Tashman (2000), Out-of-sample tests of forecasting accuracy: an analysis and review. The forecasts
themselves take the road of `forecasting.prediction.pipeline`, as those of the future do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.errors import SeriesError
from forecasting.evaluation.baselines import seasonal_naive_forecast
from forecasting.evaluation.metrics import (
    WQL_QUANTILES,
    MethodScores,
    score_forecasts,
    seasonal_naive_scale,
)
from forecasting.networks.signature import Signature
from forecasting.prediction.bounds import Bounds
from forecasting.prediction.effort.best import run_plan
from forecasting.prediction.effort.effort import Effort
from forecasting.prediction.forecaster import Forecast, Forecaster
from forecasting.prediction.pipeline import ForecastPlan, finish, prepare
from forecasting.prediction.seasons.detection import detect_season_length
from forecasting.prediction.theta import LONGEST_THETA_PAST, theta_forecast
from forecasting.series.series import Series
from forecasting.types import Floats

MODEL, SEASONAL_NAIVE, THETA = "model", "seasonal_naive", "theta"
METHODS = (MODEL, SEASONAL_NAIVE, THETA)
_WINDOWS_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class BacktestPlan:
    """Where the windows of a backtest lie in a series.

    The target of the last window, `horizon` values, ends where the series does; the target of each
    window before it ends `step` values earlier.
    """

    horizon: int
    windows: int
    step: int

    @property
    def tested_values(self) -> int:
        """The number of values at the end of a series that lie after the first cutoff."""
        return self.horizon + self.step * (self.windows - 1)

    def cutoffs(self, count: int) -> list[int]:
        """Return, for a series of `count` values, how many lie before each target; they rise."""
        first = count - self.tested_values
        return [first + self.step * window for window in range(self.windows)]

    def most_windows(self, count: int, shortest: int) -> int:
        """Return how many windows fit into `count` values with `shortest` before the first."""
        return max(0, (count - shortest - self.horizon) // self.step + 1)

    def check(self, count: int, shortest: int) -> None:
        """Raise SeriesError if fewer than `shortest` of `count` values precede the first target."""
        if count - self.tested_values >= shortest:
            return
        raise SeriesError(
            f"the series has {count} values; {self.windows} windows of {self.horizon} steps, "
            f"{self.step} apart, need {shortest + self.tested_values}, {shortest} of them before "
            f"the first. {self._fitting(count, shortest)}",
            code="series_too_short",
        )

    def _fitting(self, count: int, shortest: int) -> str:
        """Return what would fit into `count` values with `shortest` before the first window."""
        room = count - shortest
        if room < 1:
            return f"Give so many, or {shortest + 1} for one window with a horizon of 1."
        windows = self.most_windows(count, shortest)
        shorter = room - self.step * (self.windows - 1)
        fits = [f"{windows} of these windows"] if windows else []
        if self.step == self.horizon and 1 < self.windows <= room:
            fits.append(f"a horizon and a step of {room // self.windows}")
        elif shorter > 0:
            fits.append(f"a horizon of {shorter}")
        return f"What would fit: {' or '.join(fits) or f'one window with a horizon of {room}'}."


@dataclass(frozen=True, slots=True)
class BacktestWindows:
    """The n windows of all series, those of each series together: what was known, and what came."""

    series: np.ndarray
    """The index of the series that each window is from, (n,)."""
    cutoffs: np.ndarray
    """How many values of its series were known in each window, (n,)."""
    pasts: list[Series]
    """The series of each window as it was at the cutoff."""
    actual: Floats
    """What came after each cutoff, (n, horizon); NaN where a value is missing."""
    bounds: list[Bounds]
    """The bounds of each window's forecasts."""
    network_season_lengths: list[int]
    """The season length for the network in each window; 0 means that it is detected there."""
    season_lengths: list[int]
    """The season length of each window for the baselines and for MASE."""
    effort: Effort
    """The effort that is made for the model's forecasts."""

    @property
    def horizon(self) -> int:
        """The number of steps that are forecast in each window."""
        return int(self.actual.shape[1])

    def parts(self) -> Iterator[range]:
        """Yield the rows of the windows in parts that are forecast in one go."""
        for start in range(0, len(self.pasts), _WINDOWS_AT_ONCE):
            yield range(start, min(start + _WINDOWS_AT_ONCE, len(self.pasts)))

    def prepare(
        self, rows: Sequence[int], signature: Signature, quantiles: tuple[float, ...]
    ) -> ForecastPlan:
        """Plan the model's forecasts of some windows; quantiles only if the model has them."""
        return prepare(
            [self.pasts[row] for row in rows],
            signature,
            horizon=self.horizon,
            quantiles=quantiles if signature.quantiles else (),
            season_lengths=[self.network_season_lengths[row] for row in rows],
            bounds=[self.bounds[row] for row in rows],
            effort=self.effort,
        )

    def forecast_baselines(
        self, rows: Sequence[int], quantiles: tuple[float, ...]
    ) -> dict[str, Forecast]:
        """Forecast some windows with each baseline, from the same pasts as the model."""
        values = [self.pasts[row].values for row in rows]
        lengths = [self.season_lengths[row] for row in rows]
        return {
            SEASONAL_NAIVE: seasonal_naive_forecast(values, lengths, self.horizon, quantiles),
            THETA: theta_forecast(values, lengths, self.horizon, quantiles),
        }

    def forecast(
        self, rows: Sequence[int], forecaster: Forecaster, quantiles: tuple[float, ...]
    ) -> dict[str, Forecast]:
        """Forecast some windows with the model and with each baseline, by method.

        A service runs the model in its batcher instead, together with the plans of other requests.
        """
        plan = self.prepare(rows, forecaster.signature, quantiles)
        forecasts = {MODEL: finish(*run_plan(plan, forecaster)).forecast}
        return forecasts | self.forecast_baselines(rows, quantiles)

    def mase_scales(self) -> Floats:
        """Return the denominator of MASE from the past of each window, (n,)."""
        return np.array(
            [
                seasonal_naive_scale(past.values, length)
                for past, length in zip(self.pasts, self.season_lengths, strict=True)
            ]
        )


def cut_windows(
    series: Sequence[Series],
    plans: Sequence[BacktestPlan],
    signature: Signature,
    *,
    season_lengths: Sequence[int],
    bounds: Sequence[Bounds],
    effort: Effort,
) -> BacktestWindows:
    """Cut series into windows, each by a plan that fits it; all plans have the same horizon.

    If a season length is 0, the network detects its own in every window, and the baselines go by
    the one that the model was trained on or, if it was trained on many, by the one detected before
    the first cutoff of the series.
    """
    cutoffs = [plan.cutoffs(item.values.size) for item, plan in zip(series, plans, strict=True)]
    pasts = [
        [item.before(cutoff, plan.horizon) for cutoff in item_cutoffs]
        for item, plan, item_cutoffs in zip(series, plans, cutoffs, strict=True)
    ]
    observed = [item.observed() for item in series]
    targets = [
        values[cutoff : cutoff + plan.horizon]
        for values, plan, item_cutoffs in zip(observed, plans, cutoffs, strict=True)
        for cutoff in item_cutoffs
    ]
    baseline_lengths = [
        length or _usual_season_length(item_pasts[0].values, signature)
        for length, item_pasts in zip(season_lengths, pasts, strict=True)
    ]
    counts = [plan.windows for plan in plans]
    index = np.repeat(np.arange(len(series)), counts).tolist()
    return BacktestWindows(
        series=np.array(index),
        cutoffs=np.concatenate(cutoffs),
        pasts=[past for item_pasts in pasts for past in item_pasts],
        actual=np.array(targets),
        bounds=[bounds[position] for position in index],
        network_season_lengths=[season_lengths[position] for position in index],
        season_lengths=[baseline_lengths[position] for position in index],
        effort=effort,
    )


def _usual_season_length(past: Floats, signature: Signature) -> int:
    if signature.season_length > 1:
        return signature.season_length
    return detect_season_length(past[-LONGEST_THETA_PAST:])


def backtest_quantiles(intervals: dict[str, tuple[float, float]]) -> tuple[float, ...]:
    """Return the quantiles that a backtest forecasts, rising: WQL's, and the intervals' bounds."""
    bounds = (bound for pair in intervals.values() for bound in pair)
    return tuple(sorted({*WQL_QUANTILES, *bounds}))


def backtest_values(windows: int, horizon: int, intervals: dict[str, tuple[float, float]]) -> int:
    """Return how many values the forecasts of so many windows hold, those of all methods."""
    return windows * horizon * (len(backtest_quantiles(intervals)) + 1) * len(METHODS)


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """The forecasts of all windows and their scores, by method."""

    windows: BacktestWindows
    forecasts: dict[str, Forecast]
    overall: dict[str, MethodScores]
    """The scores over all windows of all series."""
    by_series: list[dict[str, MethodScores]]
    """The scores of each series over its own windows."""


def score_backtest(
    windows: BacktestWindows,
    forecasts: dict[str, Forecast],
    intervals: dict[str, tuple[float, float]],
) -> BacktestResult:
    """Score the forecasts of all windows, over all series and for each of them.

    A method's forecasts have the quantiles of `backtest_quantiles(intervals)`, or none.
    """
    scales = windows.mase_scales()
    quantiles = backtest_quantiles(intervals)

    def score_rows(rows: slice) -> dict[str, MethodScores]:
        return {
            method: score_forecasts(
                windows.actual[rows],
                Forecast(forecast.point[rows], forecast.quantiles[rows]),
                scales[rows],
                quantiles,
                intervals,
            )
            for method, forecast in forecasts.items()
        }

    starts = np.flatnonzero(np.diff(windows.series, prepend=-1))
    ends = [*starts[1:], len(windows.series)]
    return BacktestResult(
        windows,
        forecasts,
        overall=score_rows(slice(None)),
        by_series=[score_rows(slice(start, end)) for start, end in zip(starts, ends, strict=True)],
    )

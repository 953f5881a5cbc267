"""Scores of forecasts of the past, as POST /backtest gives them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa

from bulk.operations.results import Result, TimeAxis, repeat_ids
from forecasting.evaluation.backtest import (
    METHODS,
    MODEL,
    BacktestPlan,
    BacktestResult,
    backtest_quantiles,
    cut_windows,
    score_backtest,
)
from forecasting.jobs.bulk_task import BulkTask
from forecasting.networks.signature import Signature
from forecasting.prediction.defaults import (
    choose_season_length,
    name_intervals,
    note_unused_effort,
    note_unused_seasons,
)
from forecasting.prediction.effort.effort import usable_effort
from forecasting.prediction.forecaster import Forecaster
from forecasting.prediction.pipeline import join_forecasts
from forecasting.prediction.trained_frequency import note_other_frequency
from forecasting.series.series import Series

_SCORES = ("mase", "smape", "rmse", "wql")


@dataclass(frozen=True, slots=True)
class Backtest:
    """A row for each method and series: `unique_id`, `method`, `season_length` and the scores.

    With `forecasts`, a row for each step of each window instead: `unique_id`, `ds`, `cutoff`, `y`,
    the point forecasts of the methods, and the intervals of the model.
    """

    at_once: ClassVar[int] = 200
    task: BulkTask
    axis: TimeAxis
    signature: Signature
    trained_frequency: str | None

    @property
    def plan(self) -> BacktestPlan:
        """Where the windows lie."""
        task = self.task
        return BacktestPlan(task.horizon, task.windows, task.step or task.horizon)

    def check(self, series: Series) -> None:
        """Raise SeriesError for a series that is too short for the windows."""
        self.plan.check(series.values.size, self.signature.shortest_context)

    def run(self, series: Sequence[Series], forecaster: Forecaster) -> Result:
        """Score the forecasts of n ≥ 1 series. Raises ForecastingError."""
        task, signature = self.task, forecaster.signature
        first = [self.plan.cutoffs(item.values.size)[0] for item in series]
        noted = note_unused_seasons(list(series), task.season_length, signature, first)
        noted = note_unused_effort(noted, task.effort, signature)
        noted = note_other_frequency(noted, self.trained_frequency, signature)
        windows = cut_windows(
            series,
            [self.plan] * len(series),
            signature,
            season_lengths=[choose_season_length(task.season_length, item) for item in series],
            bounds=[task.bounds] * len(series),
            effort=usable_effort(task.effort, signature),
        )
        intervals = name_intervals(task.levels)
        quantiles = backtest_quantiles(intervals)
        parts = [windows.forecast(rows, forecaster, quantiles) for rows in windows.parts()]
        forecasts = {method: join_forecasts([part[method] for part in parts]) for method in METHODS}
        found = score_backtest(windows, forecasts, intervals)
        table = self._forecasts(series, found) if task.forecasts else self._scores(series, found)
        result = Result(table)
        result.count(item.notes for item in noted)
        return result

    def nothing(self, signature: Signature) -> pa.Table:
        """Return the table of no series."""
        ids, levels = pa.array([], pa.string()), name_intervals(self.task.levels)
        floats = pa.array([], pa.float64())
        if self.task.forecasts:
            times = self.axis.column([])
            columns = {"unique_id": ids, "ds": times, "cutoff": times, "y": floats}
            columns |= dict.fromkeys(METHODS, floats)
            for level in levels:
                columns |= {f"lower-{level}": floats, f"upper-{level}": floats}
            return pa.table(columns)
        columns = {"unique_id": ids, "method": ids, "season_length": pa.array([], pa.int64())}
        columns |= dict.fromkeys(_SCORES, floats)
        return pa.table(columns | {f"coverage-{level}": floats for level in levels})

    def _scores(self, series: Sequence[Series], found: BacktestResult) -> pa.Table:
        scores = [by_method[method] for by_method in found.by_series for method in METHODS]
        lengths = found.windows.season_lengths[:: self.task.windows]
        columns = {
            "unique_id": repeat_ids(series, [len(METHODS)] * len(series)),
            "method": pa.array(list(METHODS) * len(series), pa.string()),
            "season_length": np.repeat(lengths, len(METHODS)),
        }
        for name in _SCORES:
            columns[name] = pa.array([getattr(own, name) for own in scores], pa.float64())
        for level in name_intervals(self.task.levels):
            shares = [own.coverage.get(level) for own in scores]
            columns[f"coverage-{level}"] = pa.array(shares, pa.float64())
        return pa.table(columns)

    def _forecasts(self, series: Sequence[Series], found: BacktestResult) -> pa.Table:
        windows, horizon = found.windows, self.task.horizon
        owners = [series[owner] for owner in windows.series.tolist()]
        cutoffs = windows.cutoffs.tolist()
        pairs = list(zip(owners, cutoffs, strict=True))
        last = [np.repeat(self.axis.of(item, at - 1, 1), horizon) for item, at in pairs]
        columns = {
            "unique_id": repeat_ids(series, [self.task.windows * horizon] * len(series)),
            "ds": self.axis.column([self.axis.of(item, at, horizon) for item, at in pairs]),
            "cutoff": self.axis.column(last),
            "y": pa.array(windows.actual.ravel(), from_pandas=True),
        }
        columns |= {method: own.point.ravel() for method, own in found.forecasts.items()}
        intervals = name_intervals(self.task.levels)
        by_quantile = dict(
            zip(
                backtest_quantiles(intervals),
                np.moveaxis(found.forecasts[MODEL].quantiles, 2, 0),
                strict=False,
            )
        )
        for level, (lower, upper) in intervals.items():
            columns[f"lower-{level}"] = by_quantile[lower].ravel()
            columns[f"upper-{level}"] = by_quantile[upper].ravel()
        return pa.table(columns)

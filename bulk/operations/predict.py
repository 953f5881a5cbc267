"""Forecasts of the future, as POST /predict makes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa

from bulk.operations.results import Result, TimeAxis, repeat_ids
from forecasting.jobs.bulk_task import BulkTask
from forecasting.networks.signature import Signature
from forecasting.prediction.defaults import (
    choose_season_length,
    name_quantiles,
    note_unused_effort,
    note_unused_seasons,
)
from forecasting.prediction.effort.best import run_plan
from forecasting.prediction.forecaster import Forecast, Forecaster
from forecasting.prediction.pipeline import finish, prepare
from forecasting.prediction.trained_frequency import note_other_frequency
from forecasting.series.series import Series


@dataclass(frozen=True, slots=True)
class Predict:
    """A row for each step of each series: `unique_id`, `ds`, `point`, quantiles and intervals."""

    at_once: ClassVar[int] = 1000
    task: BulkTask
    axis: TimeAxis
    trained_frequency: str | None
    """The frequency of the series that the version was trained on."""

    def check(self, series: Series) -> None:
        """Raise SeriesError for a series whose future lies past the end of the calendar."""
        self.axis.of(series, series.values.size, self.task.horizon)

    def run(self, series: Sequence[Series], forecaster: Forecaster) -> Result:
        """Forecast n ≥ 1 series. Raises ForecastingError."""
        task, signature = self.task, forecaster.signature
        noted = note_unused_seasons(list(series), task.season_length, signature)
        noted = note_unused_effort(noted, task.effort, signature)
        plan = prepare(
            note_other_frequency(noted, self.trained_frequency, signature),
            signature,
            horizon=task.horizon,
            quantiles=self._names[2],
            season_lengths=[choose_season_length(task.season_length, item) for item in series],
            bounds=[task.bounds] * len(series),
            effort=task.effort,
        )
        plan, predicted = run_plan(plan, forecaster)
        finished = finish(plan, predicted)
        result = Result(self._table(plan.series, finished.forecast))
        result.count(item.notes for item in plan.series)
        result.count((note,) for note in plan.fallbacks.values())
        result.count(finished.bound_notes.values())
        return result

    def nothing(self, signature: Signature) -> pa.Table:
        """Return the table of no series."""
        horizon, quantiles = self.task.horizon, self._names[2]
        empty = Forecast(np.empty((0, horizon)), np.empty((0, horizon, len(quantiles))))
        return self._table([], empty)

    @property
    def _names(
        self,
    ) -> tuple[dict[str, float], dict[str, tuple[float, float]], tuple[float, ...]]:
        return name_quantiles(self.task.levels, self.task.quantiles, ())

    def _table(self, series: Sequence[Series], forecast: Forecast) -> pa.Table:
        horizon = self.task.horizon
        named, intervals, quantiles = self._names
        columns = {
            "unique_id": repeat_ids(series, [horizon] * len(series)),
            "ds": self.axis.column(
                [self.axis.of(item, item.values.size, horizon) for item in series]
            ),
            "point": forecast.point.ravel(),
        }
        by_quantile = dict(zip(quantiles, np.moveaxis(forecast.quantiles, 2, 0), strict=True))
        columns |= {name: by_quantile[quantile].ravel() for name, quantile in named.items()}
        for level, (lower, upper) in intervals.items():
            columns[f"lower-{level}"] = by_quantile[lower].ravel()
            columns[f"upper-{level}"] = by_quantile[upper].ravel()
        return pa.table(columns)

"""Values that were not expected, as POST /anomalies finds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa

from bulk.operations.results import Result, TimeAxis, repeat_ids
from forecasting.evaluation.anomalies import (
    ScoredValues,
    choose_warm_up,
    score_anomalies,
    scored_positions,
)
from forecasting.jobs.bulk_task import BulkTask
from forecasting.networks.signature import Signature
from forecasting.prediction.defaults import choose_season_length, note_unused_seasons
from forecasting.prediction.forecaster import Forecast, Forecaster
from forecasting.prediction.pipeline import finish, join_forecasts, prepare, run_network
from forecasting.prediction.quantiles import interval_quantiles
from forecasting.prediction.trained_frequency import note_other_frequency
from forecasting.series.series import Series

_PASTS_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class SearchForAnomalies:
    """A row for each value that is scored: `unique_id`, `ds`, `y`, `expected`, its band, `outside`
    and `score`."""

    at_once: ClassVar[int] = 20
    task: BulkTask
    axis: TimeAxis
    signature: Signature
    trained_frequency: str | None

    def check(self, series: Series) -> None:
        """Raise SeriesError for a series none of whose values can be scored."""
        self._positions(series)

    def run(self, series: Sequence[Series], forecaster: Forecaster) -> Result:
        """Score the values of n ≥ 1 series. Raises ForecastingError."""
        signature = forecaster.signature
        positions = [self._positions(item) for item in series]
        starts = [of_series.start for of_series in positions]
        noted = note_unused_seasons(list(series), self.task.season_length, signature, starts)
        noted = note_other_frequency(noted, self.trained_frequency, signature)
        values = ScoredValues(series, positions)
        lengths = [choose_season_length(self.task.season_length, item) for item in series]
        of_values = [lengths[owner] for owner in values.owners()]
        pasts = values.pasts()
        parts = [
            self._forecast(pasts[rows], of_values[rows], forecaster) for rows in _parts(len(pasts))
        ]
        scores = score_anomalies(values.actual(), join_forecasts(parts))
        columns = {
            "y": pa.array(scores.actual, from_pandas=True),
            "expected": scores.expected,
            "lower": scores.lower,
            "upper": scores.upper,
            "outside": scores.outside,
            "score": pa.array(scores.score, from_pandas=True),
        }
        result = Result(pa.table(self._where(values) | columns))
        result.count(item.notes for item in noted)
        return result

    def nothing(self, signature: Signature) -> pa.Table:
        """Return the table of no series."""
        columns = {name: np.empty(0) for name in ("y", "expected", "lower", "upper")}
        more = {"outside": np.empty(0, np.bool_), "score": np.empty(0)}
        return pa.table(self._where(ScoredValues([], [])) | columns | more)

    def _positions(self, series: Series) -> range:
        season_length = choose_season_length(self.task.season_length, series)
        warm_up = choose_warm_up(self.task.warm_up, season_length, self.signature)
        return scored_positions(series.values.size, warm_up, self.task.last)

    def _where(self, values: ScoredValues) -> dict[str, pa.Array]:
        pairs = list(zip(values.series, values.positions, strict=True))
        times = [self.axis.of(item, rows.start, len(rows)) for item, rows in pairs]
        ids = repeat_ids(values.series, [len(rows) for rows in values.positions])
        return {"unique_id": ids, "ds": self.axis.column(times)}

    def _forecast(
        self, pasts: Sequence[Series], season_lengths: Sequence[int], forecaster: Forecaster
    ) -> Forecast:
        """Forecast the value after each past."""
        plan = prepare(
            pasts,
            forecaster.signature,
            horizon=1,
            quantiles=interval_quantiles(self.task.levels[0]),
            season_lengths=season_lengths,
            bounds=[self.task.bounds] * len(pasts),
        )
        return finish(plan, run_network(plan, forecaster)).forecast


def _parts(count: int) -> list[slice]:
    return [slice(at, at + _PASTS_AT_ONCE) for at in range(0, count, _PASTS_AT_ONCE)]

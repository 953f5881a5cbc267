"""A backtest that was asked for and checked: what there is to do, wherever it is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from forecasting.evaluation.backtest import (
    BacktestPlan,
    BacktestWindows,
    backtest_quantiles,
    cut_windows,
)
from forecasting.networks.signature import Signature
from forecasting.notes import Note
from forecasting.prediction.bounds import Bounds
from forecasting.prediction.effort.effort import Effort
from forecasting.series.series import Series


@dataclass(frozen=True, slots=True)
class BacktestTask:
    """Which version is tested on which series, and what the answer holds."""

    model: str
    version: int
    series: Sequence[Series]
    season_lengths: Sequence[int]
    """The season length of each series for the network; 0 means that it is detected."""
    bounds: Sequence[Bounds]
    """The bounds of the forecasts of each series."""
    plan: BacktestPlan
    intervals: dict[str, tuple[float, float]]
    """The quantiles that bound each interval whose coverage is measured, by its name."""
    forecasts: bool
    """Whether the answer holds the forecasts of the windows."""
    effort: Effort = "standard"
    """The effort that is made for the model's forecasts."""
    failed: Sequence[tuple[int, dict[str, Any]]] = ()
    """The rising positions of the series that could not be read, each with its entry in the answer.
    `series` leaves them out."""
    notes: Sequence[Note] = ()
    """What was assumed to read the table that the series came in."""

    @property
    def quantiles(self) -> tuple[float, ...]:
        """The quantiles that are forecast, in rising order."""
        return backtest_quantiles(self.intervals)

    def cut_windows(self, signature: Signature) -> BacktestWindows:
        """Cut the series into the windows of the plan."""
        return cut_windows(
            self.series,
            [self.plan] * len(self.series),
            signature,
            season_lengths=self.season_lengths,
            bounds=self.bounds,
            effort=self.effort,
        )

"""A backtest that was asked for and checked: what there is to do, wherever it is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecasting.evaluation.backtest import MODEL, Plan, Windows, cut, wanted_quantiles, yardsticks
from forecasting.networks.signature import Signature
from forecasting.prediction.bounds import Bounds
from forecasting.prediction.forecaster import Forecast, Forecaster
from forecasting.prediction.pipeline import hindcast
from forecasting.series.series import Series


@dataclass(frozen=True, slots=True)
class BacktestTask:
    model: str
    version: int
    series: Sequence[Series]
    season_lengths: Sequence[int]
    """For the network, one a series; 0 has it detected."""
    bounds: Sequence[Bounds]
    """Of each series."""
    plan: Plan
    intervals: dict[str, tuple[float, float]]
    """The quantiles that bound those whose coverage is measured, by name."""
    forecasts: bool
    """Whether the answer holds them."""
    failed: Sequence[tuple[int, dict[str, Any]]] = ()
    """What the answer has for series that `series` leaves out, and where among all; rising."""

    @property
    def quantiles(self) -> tuple[float, ...]:
        return wanted_quantiles(self.intervals)

    def cut(self, signature: Signature) -> Windows:
        return cut(self.series, self.season_lengths, [self.plan] * len(self.series), signature)

    def forecast(
        self, forecaster: Forecaster, windows: Windows, rows: np.ndarray
    ) -> dict[str, Forecast]:
        """The model's forecasts and the yardsticks' of some of its windows, by method."""
        pasts = [windows.pasts[row] for row in rows]
        places = windows.series[rows].tolist()
        known = self.quantiles if forecaster.signature.quantiles else ()
        of_model = hindcast(
            forecaster,
            pasts,
            [self.season_lengths[place] for place in places],
            self.plan.horizon,
            known,
            [self.bounds[place] for place in places],
        )
        lengths = [windows.season_lengths[row] for row in rows]
        return {MODEL: of_model} | yardsticks(pasts, lengths, self.plan.horizon, self.quantiles)

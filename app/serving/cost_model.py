"""What a version's forecasts cost, measured once when it is loaded."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from forecasting.prediction.forecaster import Forecaster

_ROWS = 32
_REPEATS = 5


@dataclass(frozen=True, slots=True)
class CostModel:
    """Seconds that one pass of the network takes, scaling included: so much, and more a series."""

    fixed: float
    per_series: float

    def seconds(self, series: int, passes: int) -> float:
        return passes * (self.fixed + series * self.per_series)


def measure_cost(forecaster: Forecaster) -> CostModel:
    one, many = _best_time(forecaster, 1), _best_time(forecaster, _ROWS)
    per_series = max((many - one) / (_ROWS - 1), 1e-9)
    return CostModel(max(one - per_series, 0.0), per_series)


def _best_time(forecaster: Forecaster, rows: int) -> float:
    series = [np.linspace(0.0, 1.0, forecaster.signature.context_length)] * rows
    horizons = np.full(rows, forecaster.signature.horizon)

    def once() -> float:
        start = time.perf_counter()
        forecaster.predict(series, horizons)
        return time.perf_counter() - start

    return min(once() for _ in range(_REPEATS))

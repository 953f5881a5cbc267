"""A version that is served: in memory, with a measure of what its forecasts cost."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from forecasting.prediction.forecaster import Forecaster
from forecasting.store.manifest import Manifest

_SERIES = 32
_REPEATS = 5

VersionChoice = int | str | None
"""A version's number, an alias, or None for the version that its model serves by default."""


@dataclass(frozen=True, slots=True)
class CostModel:
    """The seconds that one pass of the network takes, scaling included, as a line in the series."""

    fixed: float
    """Seconds a pass, however many series it holds."""
    per_series: float
    """Seconds that each series adds to a pass."""

    def seconds(self, series: int, passes: int) -> float:
        """Return the seconds that forecasts of so many series take in so many passes."""
        return passes * (self.fixed + series * self.per_series)


@dataclass(frozen=True, slots=True, eq=False)
class ServedVersion:
    """A version in memory, and the cost of its forecasts."""

    manifest: Manifest
    forecaster: Forecaster
    cost: CostModel


class VersionSource(Protocol):
    """Where a request gets the version that answers it: the registry, in the service."""

    async def get(self, model: str | None, choice: VersionChoice) -> ServedVersion:
        """Return the version that answers for `model`; None means the default model.

        Raises NotFoundError, BrokenVersionError or NotReadyError if there is none.
        """
        ...


def measure_cost(forecaster: Forecaster) -> CostModel:
    """Fit the line through the times that one series and that many series take."""
    one, many = _best_time(forecaster, 1), _best_time(forecaster, _SERIES)
    per_series = max((many - one) / (_SERIES - 1), 1e-9)
    return CostModel(max(one - per_series, 0.0), per_series)


def _best_time(forecaster: Forecaster, count: int) -> float:
    """Return the least seconds of several runs: other processes can only make a run longer."""
    series = [np.linspace(0.0, 1.0, forecaster.signature.context_length)] * count
    horizons = np.full(count, forecaster.signature.horizon)

    def run() -> float:
        start = time.perf_counter()
        forecaster.predict(series, horizons)
        return time.perf_counter() - start

    return min(run() for _ in range(_REPEATS))

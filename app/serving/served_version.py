"""A version that is served: in memory, with a measure of what its forecasts cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol, Self

import numpy as np

from forecasting.networks.beside import nothing_beside
from forecasting.prediction.forecaster import Forecaster
from forecasting.store.manifest import Manifest
from forecasting.types import Floats

_SERIES = 32
_LONG = 2_000
"""Days in a series that is long enough to have the seasons of a year."""
_REPEATS = 5

VersionChoice = int | str | None
"""A version's number, an alias, or None for the version that its model serves by default."""


@dataclass(frozen=True, slots=True)
class CostModel:
    """What forecasts cost, scaling and seasons included."""

    fixed: float
    """Seconds that a pass of the network takes, however many series it holds."""
    per_series: float
    """Seconds that each series adds to a pass."""
    per_step: float = 0.0
    """Seconds that each value within the context of its series adds to a pass."""
    per_value: float = 0.0
    """Seconds that each value before the context of its series adds, if a year is looked for."""


@dataclass(frozen=True, slots=True, eq=False)
class ServedVersion:
    """A version in memory, and the cost of its forecasts."""

    manifest: Manifest
    forecaster: Forecaster
    cost: CostModel
    load_larger: Callable[[], ServedVersion] | None = None
    """Returns the version with its larger network in the place of the other, which the first call
    loads. None if it has no such network."""

    @classmethod
    def of(cls, manifest: Manifest, forecaster: Forecaster) -> Self:
        """Measure what the forecasts of a version cost."""
        load_larger = forecaster.load_larger
        return cls(
            manifest,
            forecaster,
            measure_cost(forecaster),
            None if load_larger is None else cache(lambda: cls.of(manifest, load_larger())),
        )

    @property
    def frequency(self) -> str | None:
        """The frequency of the series that it was trained on; None if that is not known."""
        data = self.manifest.data
        return None if data is None else data.frequency

    def seconds(self, series: Sequence[Floats], horizon: int) -> float:
        """Return the seconds that forecasts of series (t,) take, which few of them exceed."""
        cost, context_length = self.cost, self.forecaster.signature.context_length
        early = sum([max(values.size - context_length, 0) for values in series])
        steps = sum([values.size for values in series]) - early
        a_pass = cost.fixed + len(series) * cost.per_series + steps * cost.per_step
        return self.forecaster.passes(horizon) * a_pass + early * cost.per_value


class VersionSource(Protocol):
    """Where a request gets the version that answers it: the registry, in the service."""

    async def get(self, model: str | None, choice: VersionChoice) -> ServedVersion:
        """Return the version that answers for `model`; None means the default model.

        Raises NotFoundError, BrokenVersionError or NotReadyError if there is none.
        """
        ...


def measure_cost(forecaster: Forecaster) -> CostModel:
    """Fit lines through the times that one series, many, longer ones and a very long one take."""
    signature = forecaster.signature
    longest = signature.context_length
    shortest = min(signature.input_lengths, default=longest)
    one = _best_time(forecaster, 1, shortest)
    many = _best_time(forecaster, _SERIES, shortest)
    each = (many - one) / (_SERIES - 1)
    per_step = per_value = 0.0
    if shortest < longest:
        longer = _best_time(forecaster, _SERIES, longest)
        per_step = max((longer - many) / (_SERIES * (longest - shortest)), 0.0)
    if signature.takes_season_out:
        long = _best_time(forecaster, 1, longest + _LONG, season_length=7)
        per_value = max((long - one) / _LONG, 0.0)
    per_series = max(each - shortest * per_step, 1e-9)
    return CostModel(max(one - each, 0.0), per_series, per_step, per_value)


def _best_time(forecaster: Forecaster, count: int, length: int, season_length: int = 0) -> float:
    """Return the least processor time of several runs, in seconds.

    A run takes longer by the clock while other processes, such as other workers, start as well.
    """
    steps = np.arange(length, dtype=np.float64)
    series = [steps + np.sin(steps)] * count
    signature = forecaster.signature
    horizons = np.full(count, signature.usual_horizon)
    nothing = nothing_beside(signature, count, signature.usual_horizon)
    beside = list(nothing) if signature.covariates else None

    def run() -> float:
        start = time.process_time()
        forecaster.predict(series, horizons, [season_length] * count, None, beside)
        return time.process_time() - start

    return min(run() for _ in range(_REPEATS))

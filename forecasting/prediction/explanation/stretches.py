"""Which stretches of the past moved a forecast most: each is blanked out, and the forecast made
anew.

This is occlusion: Zeiler and Fergus (2014), Visualizing and understanding convolutional networks,
section 4.2, on stretches of time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from forecasting.networks.signature import Signature
from forecasting.prediction.pipeline import FinishedForecast, ForecastPlan, prepare
from forecasting.prediction.seasons.groups import known_season_lengths
from forecasting.series.series import Series

MOST_STRETCHES = 12
"""The past of a series is cut into so many stretches at most."""
FORECASTS_EACH = 1 + MOST_STRETCHES
"""So many forecasts are made at most to explain one."""
_NAIVE = "fallback_naive"
_SERIES_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the past of a series, and how much it moved the forecast."""

    start: int
    """The position of its first value in `Series.values`."""
    stop: int
    """The position after its last value."""
    effect: float | None
    """The mean absolute change of the point forecast if the stretch is missing, in the units of the
    series, before it is rounded or kept within bounds; None if the rest of the series is too short
    for the model."""


@dataclass(frozen=True, slots=True)
class Occlusion:
    """Some of the series of a plan, and each of them without each of its stretches."""

    plan: ForecastPlan
    """The plan of all their forecasts: first the k series as they are, and then without each of
    their stretches, series after series."""
    stretches: tuple[tuple[slice, ...], ...]
    """The stretches of each of the k series, the earliest first."""

    @classmethod
    def of(cls, plan: ForecastPlan, positions: slice) -> Occlusion:
        """Prepare the forecasts that explain those of some of the series of a plan.

        They are of the standard effort. Season lengths are those of the whole series.
        """
        series = plan.series[positions]
        lengths = _season_lengths(plan)[positions]
        stretches = tuple(
            tuple(_stretches(item, length, plan.signature))
            for item, length in zip(series, lengths, strict=True)
        )
        owners = [place for place, own in enumerate(stretches) for _ in own]
        blanked = [
            item.without(stretch)
            for item, own in zip(series, stretches, strict=True)
            for stretch in own
        ]
        everything = prepare(
            [*series, *blanked],
            plan.signature,
            horizon=plan.horizon,
            season_lengths=[*lengths, *(lengths[place] for place in owners)],
        )
        return cls(everything, stretches)

    def effects(self, finished: FinishedForecast) -> list[tuple[Stretch, ...]]:
        """Return the stretches of each of the k series with what they did to its forecast.

        `finished` are the forecasts of the plan.
        """
        point, fallbacks = finished.unbounded, self.plan.fallbacks
        found = []
        position = len(self.stretches)
        for place, stretches in enumerate(self.stretches):
            own = []
            for stretch in stretches:
                effect: float | None = float(np.abs(point[position] - point[place]).mean())
                too_short = position in fallbacks and fallbacks[position].code == _NAIVE
                if too_short and place not in fallbacks:
                    effect = None
                own.append(Stretch(stretch.start, stretch.stop, effect))
                position += 1
            found.append(tuple(own))
        return found


def parts_of(plan: ForecastPlan) -> Iterator[slice]:
    """Yield which of the series of a plan are explained together, some at a time."""
    for start in range(0, len(plan.series), _SERIES_AT_ONCE):
        yield slice(start, start + _SERIES_AT_ONCE)


def _season_lengths(plan: ForecastPlan) -> list[int]:
    """Return the season length of each of the n series; 0 for those that a fallback forecasts."""
    known = plan.season_lengths
    if plan.signature.takes_season_out:
        known = known_season_lengths(plan.contexts, known, plan.signature)
    of_network = iter(known)
    return [0 if n in plan.fallbacks else next(of_network) for n in range(len(plan.series))]


def _stretches(series: Series, season_length: int, signature: Signature) -> Iterator[slice]:
    """Cut what a network sees of a series into stretches of equal length, but for the first.

    They are of whole seasons if they are longer than one. A stretch without which nothing would be
    left is none.
    """
    count = series.values.size
    seen = min(count, max(signature.spans.values()))
    length = -(-seen // MOST_STRETCHES)
    if length > season_length > 1:
        length = -(-length // season_length) * season_length
    observed = ~np.isnan(series.observed())
    starts = [count - length * place for place in range(max(1, round(seen / length)), 0, -1)]
    starts[0] = count - seen
    for start, stop in pairwise([*starts, count]):
        if observed[:start].any() or observed[stop:].any():
            yield slice(start, stop)

"""Which stretches of the past moved a forecast most: each is blanked out, and the forecast made
anew.

This is occlusion: Zeiler and Fergus (2014), Visualizing and understanding convolutional networks,
section 4.2, on stretches of time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from forecasting.networks.signature import Signature
from forecasting.prediction.pipeline import FinishedForecast, ForecastPlan, prepare
from forecasting.prediction.seasons.groups import known_season_lengths
from forecasting.series.series import Series
from forecasting.types import Floats

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


class _Subject(NamedTuple):
    """A series whose stretches are blanked out, without what covariates did to it."""

    series: Series
    season_length: int
    skipped: int
    """How many values of the series were left out before the first of these."""
    growth: Floats | float
    """By what each step of its forecast is multiplied when covariates are put back."""


@dataclass(frozen=True, slots=True)
class Occlusion:
    """Some of the series of a plan, and each of them without each of its stretches."""

    plan: ForecastPlan
    """The plan of all their forecasts: first the k series as they are, and then without each of
    their stretches, series after series."""
    stretches: tuple[tuple[slice, ...], ...]
    """The stretches of each of the k series, the earliest first."""
    subjects: tuple[_Subject, ...]
    """The k series."""

    @classmethod
    def of(cls, plan: ForecastPlan, positions: slice) -> Occlusion:
        """Prepare the forecasts that explain those of some of the series of a plan.

        They are of the standard effort. Season lengths are those of the whole series, and so is
        what covariates do.
        """
        subjects = tuple(_subjects(plan))[positions]
        stretches = tuple(tuple(_stretches(subject, plan.signature)) for subject in subjects)
        lengths = [subject.season_length for subject in subjects]
        blanked = []
        for subject, own in zip(subjects, stretches, strict=True):
            blanked += [subject.series.without(stretch) for stretch in own]
            lengths += [subject.season_length] * len(own)
        everything = prepare(
            [*(subject.series for subject in subjects), *blanked],
            plan.signature,
            horizon=plan.horizon,
            season_lengths=lengths,
        )
        return cls(everything, stretches, subjects)

    def effects(self, finished: FinishedForecast) -> list[tuple[Stretch, ...]]:
        """Return the stretches of each of the k series with what they did to its forecast.

        `finished` are the forecasts of the plan.
        """
        point, fallbacks = finished.unbounded, self.plan.fallbacks
        found = []
        position = len(self.subjects)
        for place, (subject, stretches) in enumerate(
            zip(self.subjects, self.stretches, strict=True)
        ):
            own = []
            for stretch in stretches:
                changes = np.abs((point[position] - point[place]) * subject.growth)
                too_short = position in fallbacks and fallbacks[position].code == _NAIVE
                effect = None if too_short and place not in fallbacks else float(changes.mean())
                start, stop = (subject.skipped + edge for edge in (stretch.start, stretch.stop))
                own.append(Stretch(start, stop, effect))
                position += 1
            found.append(tuple(own))
        return found


def parts_of(plan: ForecastPlan) -> Iterator[slice]:
    """Yield which of the series of a plan are explained together, some at a time."""
    for start in range(0, len(plan.series), _SERIES_AT_ONCE):
        yield slice(start, start + _SERIES_AT_ONCE)


def _subjects(plan: ForecastPlan) -> Iterator[_Subject]:
    """Yield the n series of a plan without what covariates did to them.

    A network that takes covariates itself is given them.
    """
    lengths = plan.season_lengths
    if plan.signature.takes_season_out:
        lengths = known_season_lengths(plan.contexts, lengths, plan.signature)
    effects = plan.origins.effects
    rows = iter(range(len(plan.contexts)))
    for position, given in enumerate(plan.series):
        series = given if plan.signature.covariates else replace(given, covariates=None)
        if position in plan.fallbacks:
            yield _Subject(series, 0, 0, 1.0)
            continue
        row = next(rows)
        if effects is None or row not in effects.rows:
            yield _Subject(series, lengths[row], 0, 1.0)
            continue
        values = plan.contexts[row] + plan.origins.bases.get(row, 0.0)
        rest = Series.from_values(values, calendar=series.calendar)
        skipped = series.values.size - rest.values.size
        place = effects.place(row)
        growth = 1 + effects.added[place] if effects.factors[place] else 1.0
        yield _Subject(
            replace(rest, dropped=series.dropped + skipped), lengths[row], skipped, growth
        )


def _stretches(subject: _Subject, signature: Signature) -> Iterator[slice]:
    """Cut what a network sees of a series into stretches of equal length, but for the first.

    They are of whole seasons if they are longer than one. A stretch without which nothing would be
    left is none.
    """
    series, season_length = subject.series, subject.season_length
    count = series.values.size
    reach = signature.history_length if signature.covariates else max(signature.spans.values())
    seen = min(count, reach)
    length = -(-seen // MOST_STRETCHES)
    if length > season_length > 1:
        length = -(-length // season_length) * season_length
    observed = ~np.isnan(series.observed())
    starts = [count - length * place for place in range(max(1, round(seen / length)), 0, -1)]
    starts[0] = count - seen
    for start, stop in pairwise([*starts, count]):
        if observed[:start].any() or observed[stop:].any():
            yield slice(start, stop)

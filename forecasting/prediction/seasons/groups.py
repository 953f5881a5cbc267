"""Series in groups that are alike enough to have their seasons measured in one go.

The forecast of a series must not change with the series that it happens to be forecast with, not
even in its last digit. The order in which numbers are added up follows from the shape of an array,
so the width of a group's arrays follows from what each of its members is by itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from forecasting.networks.features import stack_contexts
from forecasting.networks.signature import Signature
from forecasting.prediction.seasons.cycles import Cycles, choose_cycles
from forecasting.prediction.seasons.detection import (
    detect_season_length,
    detect_season_lengths,
)
from forecasting.prediction.seasons.gaps import fill_gaps
from forecasting.prediction.seasons.seasons import Seasons, measure_seasons
from forecasting.prediction.seasons.told import told_season_length
from forecasting.prediction.settled import leave_out_wild_past
from forecasting.series.calendar import Dates
from forecasting.types import Floats, Positions

_MOST_VALUES = 250_000
"""A group of series that would take more room than so many values is split."""
_NARROWEST = 32
"""The least width that series are padded to."""
_WIDTHS_IN_DOUBLE = 2
"""So many widths lie between one and its double."""


@dataclass(frozen=True, slots=True)
class SeriesGroup:
    """Series with the same seasons, of about the same length."""

    rows: Positions
    """Their positions among all series, (n,)."""
    contexts: Floats
    """The latest values of each, (n, t), padded with NaN on the left; gaps are NaN too."""
    ahead: int
    """The steps that the network forecasts after the end of the contexts: as many whole passes as
    the horizon of each series takes."""
    cycles: Cycles
    """The seasons to look for; none if the series are too short for any."""
    dates: list[Dates | None]
    """The dates of each series from its first value in `contexts` on; None if it has none."""
    gaps: Positions
    """How many steps that were not observed lie between the last value of each context and the end
    of its series, (n,)."""
    told: Floats
    """The season length that the network is told for each series, (n,)."""

    def prepare(self) -> Prepared:
        """Prepare the contexts as a network that takes seasons out is given them."""
        seasons = self.measure_seasons()
        if seasons is None:
            return Prepared(leave_out_wild_past(fill_gaps(self.contexts)), None, None)
        values, season = seasons.split(self.contexts)
        return Prepared(leave_out_wild_past(values), season, seasons)

    def measure_seasons(self) -> Seasons | None:
        """Measure the seasons of the contexts and of the steps ahead; None if there are none."""
        count, ahead = self.contexts.shape[1], self.ahead
        if not self.cycles.fit(count):
            return None
        first = self.dates[0]
        if first is None:
            return measure_seasons(self.contexts, self.cycles, ahead)
        if first.follow_a_clock:
            grid = first.clock_grid(count, ahead)
            return measure_seasons(self.contexts, self.cycles, ahead, grid=grid)
        days = None
        if self.cycles.step:
            sizes = count - np.isnan(self.contexts).argmin(axis=1)
            days = np.empty((len(self.rows), count + ahead), np.int64)
            for row, (dates, size) in enumerate(zip(self.dates, sizes.tolist(), strict=True)):
                assert dates is not None
                days[row, count - size :] = dates.days(size + ahead)
                days[row, : count - size] = days[row, count - size]
        return measure_seasons(self.contexts, self.cycles, ahead, days=days)


class Prepared(NamedTuple):
    """The contexts of a group without their seasons, in the units of the series."""

    values: Floats
    """(n, t), without gaps; NaN before each series begins, or before it settled."""
    season: Floats | None
    """What the seasons add to the values, (n, t); None if there are none."""
    seasons: Seasons | None


class _Member(NamedTuple):
    """A series on its way into a group."""

    row: int
    values: Floats
    cycles: Cycles
    dates: Dates | None
    gap: int
    passes: int
    told: float

    def key(self) -> _Alike:
        """Return what the members of a group have in common."""
        if self.dates is not None and self.dates.follow_a_clock:
            return _Alike(self.values.size, self.passes, self.cycles, self.dates)
        width = padded_width(self.values.size)
        return _Alike(width, self.passes, self.cycles, self.dates is not None)


class _Alike(NamedTuple):
    """What the members of a group have in common."""

    width: int
    passes: int
    cycles: Cycles
    dates: Dates | bool
    """The dates of series whose hours go by a clock, or else whether they have any."""


def padded_width(size: int) -> int:
    """Return how many columns a series of `size` ≥ 1 values is padded to.

    It is one of few numbers, so that series of many sizes are measured together, but not wider than
    half as much again.
    """
    size = max(size, _NARROWEST)
    step = (1 << (size - 1).bit_length() - 1) // _WIDTHS_IN_DOUBLE
    return -(-size // step) * step


def group_series(
    series: Sequence[Floats],
    horizons: Positions,
    season_lengths: Sequence[int],
    dates: Sequence[Dates | None],
    signature: Signature,
) -> Iterator[SeriesGroup]:
    """Group n series (t,), which are NaN where values are missing, by the seasons to look for.

    Each series is forecast for its own one of the `horizons` (n,).

    A season length of 0 stands for the one that the network of `signature` was trained on or, if it
    was trained on many, for the one detected in the series. Series whose hours go by a clock that
    is put forward and back are only grouped if they have the same dates.
    """
    lengths = known_season_lengths(series, season_lengths, signature)
    groups: dict[_Alike, list[_Member]] = {}
    for row, (values, horizon) in enumerate(zip(series, horizons.tolist(), strict=True)):
        member = _member(row, values, horizon, lengths[row], dates[row], signature)
        groups.setdefault(member.key(), []).append(member)
    for alike, members in groups.items():
        at_once = max(1, _MOST_VALUES // alike.width)
        for start in range(0, len(members), at_once):
            some = members[start : start + at_once]
            yield SeriesGroup(
                np.array([member.row for member in some]),
                stack_contexts([member.values for member in some], alike.width),
                alike.passes * signature.horizon,
                alike.cycles,
                [member.dates for member in some],
                np.array([member.gap for member in some]),
                np.array([member.told for member in some]),
            )


def known_season_lengths(
    series: Sequence[Floats], season_lengths: Sequence[int], signature: Signature
) -> list[int]:
    """Replace season lengths of 0. Series of the same size have theirs detected in one go."""
    if signature.season_length > 1:
        return [length or signature.season_length for length in season_lengths]
    lengths = list(season_lengths)
    by_size: dict[int, list[int]] = {}
    for row, values in enumerate(series):
        if lengths[row] == 0:
            by_size.setdefault(min(values.size, signature.history_length), []).append(row)
    for size, rows in by_size.items():
        contexts = stack_contexts([series[row][-size:] for row in rows], size)
        whole = ~np.isnan(contexts).any(axis=1)
        found = np.ones(len(rows), np.int64)
        if whole.any():
            found[whole] = detect_season_lengths(contexts[whole])
        for place in np.flatnonzero(~whole).tolist():
            found[place] = detect_season_length(contexts[place])
        for row, length in zip(rows, found.tolist(), strict=True):
            lengths[row] = length
    return lengths


def _member(
    row: int,
    values: Floats,
    horizon: int,
    season_length: int,
    dates: Dates | None,
    signature: Signature,
) -> _Member:
    """Choose in which of its latest values the seasons of a series are measured.

    A gap at the end is left out up to the network's horizon; it is forecast with what follows.
    """
    gap = 0
    if math.isnan(values[-1]):
        gap = min(int((~np.isnan(values[::-1])).argmax()), signature.horizon)
        values = values[: values.size - gap]
    frequency = None if dates is None else dates.calendar.frequency
    cycles = choose_cycles(season_length, frequency)
    latest = values[-cycles.history_length(signature.history_length) :]
    skipped = values.size - latest.size
    if dates is not None and skipped:
        dates = dates.after(skipped)
    if not cycles.fit(latest.size):
        cycles = Cycles()
    passes = -(-(horizon + gap) // signature.horizon)
    told = told_season_length(season_length, frequency, latest.size)
    return _Member(row, latest, cycles, dates, gap, passes, told)

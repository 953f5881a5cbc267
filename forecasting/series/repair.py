"""What callers say about dates: above all, what is done to those that are out of order, repeated,
off their steps or missing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from forecasting.errors import SeriesError
from forecasting.notes import Note
from forecasting.series.frequency import Frequency
from forecasting.series.opening import Opening
from forecasting.types import Floats, Positions

Order = Literal["error", "sort"]
Repeated = Literal["error", "last", "first", "mean", "sum"]
Jitter = Literal["error", "snap"]
Gaps = Literal["interpolate", "zero", "previous", "error"]

_FEWEST_DATES = 2
"""With fewer dates, repeats say nothing about how many series there are."""
_OFTEN = 10
"""One in so many dates that come again is a large share."""
_MERGED = {
    "last": "Only the last of several values at the same time was kept.",
    "first": "Only the first of several values at the same time was kept.",
    "mean": "The mean was taken of several values at the same time.",
    "sum": "Several values at the same time were added up.",
}


@dataclass(frozen=True, slots=True)
class Repair:
    """What is done to the dates of a series that are not as they should be.

    With the defaults, nothing is repaired and gaps are filled by interpolation.
    """

    order: Order = "error"
    """Whether dates that are out of order are sorted."""
    repeated: Repeated = "error"
    """Which of several values at the same date is kept, or how they are merged."""
    jitter: Jitter = "error"
    """Whether dates slightly off regular steps are moved to the nearest step."""
    gaps: Gaps = "interpolate"
    """What takes the place of missing values and dates."""
    chosen: bool = True
    """Whether the caller chose each of these. Of the repeats of a caller who only asked for "a
    repair", those that look like several series are refused all the same."""

    @classmethod
    def of_switch(cls, switch: bool) -> Repair:
        """Return the repair that the switch `"repair": true` or `false` stands for."""
        return cls("sort", "last", "snap", chosen=False) if switch else cls()

    def with_changes(self, **changes: str) -> str:
        """Return what a caller would send for this repair with some of its fields changed."""
        usual = asdict(NO_REPAIR)
        fields = asdict(self) | changes
        del fields["chosen"]
        choices = {name: how for name, how in fields.items() if how != usual[name]}
        return f"repair as {json.dumps(choices)}"


NO_REPAIR = Repair()
"""Only gaps are filled."""


@dataclass(frozen=True, slots=True)
class DateRules:
    """What the caller says about the dates of all series."""

    repair: Repair = NO_REPAIR
    opening: Opening | None = None
    """When values can be observed; None if they always can."""
    others: Frequency | None = None
    """The frequency of the other series, for one with too few dates to show its frequency."""


NO_RULES = DateRules()
"""Nothing is repaired and there is no opening."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """Values in the order of their dates, one for each date."""

    values: Floats
    """Shape (m,)."""
    kept: Positions
    """Shape (m,): where each of them was given."""
    notes: tuple[Note, ...] = ()
    """What was done to the values."""
    averaged: tuple[Positions, Positions] | None = None
    """The order (n,) of the values as they were given, and where in it each date starts (m,), if
    values at the same date were averaged or added up."""

    def follow(self, beside: Floats) -> Floats:
        """Return what was given beside the values, (n, k), beside them in their order: (m, k).

        Where values were averaged or added up, it is the mean of what is not missing beside them.
        """
        if self.averaged is None:
            return beside[self.kept]
        order, starts = self.averaged
        sums, counts = _add_up(beside[order], starts)
        return _divide(sums, counts)


def put_in_order(
    values: Floats,
    stamps: Positions,
    repair: Repair,
    text_of: Callable[[int], str],
    hint: str = "",
) -> Ordered:
    """Sort values (n ≥ 1,) by their stamps (n,) and merge those at the same stamp, as allowed.

    Stamps are whole numbers: microseconds, or steps in place of dates.

    `text_of` gives the stamp at a position as the caller wrote it. `hint` is a sentence that is
    added to the errors.

    Raises:
        SeriesError: The stamps are out of order or repeated and the repair does not allow for it,
            or they look like those of several series. Its path is the position of a stamp.
    """
    if (stamps[1:] > stamps[:-1]).all():
        return Ordered(values, np.arange(stamps.size))
    order = np.argsort(stamps, kind="stable")
    in_order = stamps[order]
    starts = np.flatnonzero(np.append(True, in_order[1:] != in_order[:-1]))
    repeats = _Repeats(order, starts, values[order])
    _check_order(stamps, repair, repeats, text_of, hint)
    notes = []
    late = int((stamps < np.maximum.accumulate(stamps)).sum())
    if late:
        notes.append(Note("timestamps_sorted", "Values out of order were sorted by date.", late))
    if not repeats.count:
        return Ordered(repeats.values, order, tuple(notes))
    merged, places = repeats.merged(repair.repeated)
    code = "dropped" if repair.repeated in ("last", "first") else "merged"
    message = _MERGED[repair.repeated]
    notes.append(Note(f"timestamps_repeated_{code}", message, repeats.count))
    averaged = None if code == "dropped" else (order, starts)
    return Ordered(merged, order[places], tuple(notes), averaged)


def _check_order(
    stamps: Positions,
    repair: Repair,
    repeats: _Repeats,
    text_of: Callable[[int], str],
    hint: str,
) -> None:
    """Raise the error of stamps that run backwards, repeat or look like several series."""
    several = repeats.look_like_several_series()
    merge = repair.repeated != "error" and (repair.chosen or not several)
    backwards = stamps[1:] < stamps[:-1]
    sort = repair.order == "sort" or not backwards.any()
    cure = {} if sort else {"order": "sort"}
    position = int(backwards.argmax()) + 1
    if not merge and repeats.count:
        cure |= {"repeated": repeats.merging}
        level = stamps[1:position] == stamps[: position - 1]
        if sort or several or level.any():
            raise repeats.error(text_of, repair.with_changes(**cure), hint)
    if sort:
        return
    merging = "" if merge or not repeats.count else repeats.describe_merging()
    raise SeriesError(
        f"The timestamp {text_of(position)} is earlier than {text_of(position - 1)}, the one "
        f"before it. Sort the timestamps, or send {repair.with_changes(**cure)} to have them "
        f"sorted{merging}.{hint}",
        code="timestamps_not_rising",
        path=(position,),
    )


@dataclass(frozen=True, slots=True)
class _Repeats:
    """Values in the order of their dates, some of which may be the same."""

    order: Positions
    """Shape (n,): where each of the values was given."""
    starts: Positions
    """Shape (m,): the positions of the first value of each date among the values in order."""
    values: Floats
    """Shape (n,), in order."""

    @property
    def count(self) -> int:
        """The number of values whose date has been given before."""
        return self.order.size - self.starts.size

    @property
    def merging(self) -> Repeated:
        """How the values would be merged. If most of those at the same date are equal, they were
        written twice, and to add them up would double them."""
        return "sum" if np.median(self._ranges()[self._sizes() > 1]) > 0 else "last"

    def describe_merging(self) -> str:
        """Return the end of a sentence about what `merging` does."""
        if self.merging == "sum":
            return " and the values of repeated ones added up"
        return " and the last of repeated ones kept"

    def look_like_several_series(self) -> bool:
        """Return whether the values at the same date seem to belong to different series.

        That is so if all dates come equally often with different values, and otherwise if values at
        the same date typically lie far apart: by more than half a standard deviation if at least a
        tenth of the dates come again, and by more than two if only several do.
        """
        sizes, ranges = self._sizes(), self._ranges()
        again = sizes > 1
        if sizes.size < _FEWEST_DATES or again.sum() < _FEWEST_DATES or not ranges.any():
            return False
        if sizes.min() == sizes.max():
            return True
        far = 0.5 if _OFTEN * again.sum() >= sizes.size else 2.0
        return bool(np.median(ranges[again]) > far * np.nanstd(self.values))

    def merged(self, how: Repeated) -> tuple[Floats, Positions]:
        """Return one value (m,) for each date, and its place (m,) among the values in order.

        The mean and the sum are those of the values that are not missing.
        """
        ends = np.append(self.starts[1:], self.order.size) - 1
        if how in ("last", "first"):
            places = ends if how == "last" else self.starts
            return self.values[places], places
        sums, counts = _add_up(self.values, self.starts)
        if how == "sum":
            return np.where(counts > 0, sums, np.nan), self.starts
        return _divide(sums, counts), self.starts

    def error(self, text_of: Callable[[int], str], cure: str, hint: str) -> SeriesError:
        """Return the error that says how many dates repeat, and offers what may be done.

        `cure` is the repair that merges their values by `merging`.
        """
        sizes = self._sizes()
        again = np.flatnonzero(sizes > 1)
        first = again[np.argmin(self.order[self.starts[again] + 1])]
        position = int(self.order[self.starts[first] + 1])
        choices = f"send {cure}"
        if self._ranges().any():
            others = ['"mean"', '"first"', '"last"' if self.merging == "sum" else '"sum"']
            choices += f', or {_either(others)} in place of "{self.merging}"'
        text = text_of(position)
        if self.look_like_several_series():
            message = (
                f"{_how_many(again.size, sizes.size)} more than once, {text} "
                f"{int(sizes[first])} times, with different values. This looks like several series "
                "in one. Name the column of their ids (id_col), or in JSON send each series as an "
                f"object of its own. If the values do belong to one series, {choices}.{hint}"
            )
        else:
            same = "" if self._ranges().any() else " They have the same value each time."
            message = (
                f"{_how_many(again.size, sizes.size)} more than once, {text} {int(sizes[first])} "
                f"times.{same} Give one value for each "
                f"timestamp, or {choices}.{hint}"
            )
        return SeriesError(message, code="timestamps_repeated", path=(position,))

    def _sizes(self) -> Positions:
        """Return how many values each date has (m,)."""
        return np.diff(self.starts, append=self.order.size)

    def _ranges(self) -> npt.NDArray[np.float64]:
        """Return the difference of the largest and the smallest value of each date (m,)."""
        low = np.minimum.reduceat(np.nan_to_num(self.values, nan=np.inf), self.starts)
        high = np.maximum.reduceat(np.nan_to_num(self.values, nan=-np.inf), self.starts)
        return np.where(high > low, high - low, 0.0)


def _add_up(values: Floats, starts: Positions) -> tuple[Floats, Floats]:
    """Return the sum of each part of values (n, …), without the missing ones, and their number."""
    present = ~np.isnan(values)
    sums = np.add.reduceat(np.where(present, values, 0.0), starts, axis=0)
    return sums, np.add.reduceat(present.astype(np.float64), starts, axis=0)


def _divide(sums: Floats, counts: Floats) -> Floats:
    """Return means of any shape; NaN where nothing was added up."""
    means: Floats = np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
    return means


def _either(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _how_many(some: int, among: int) -> str:
    """Return the beginning of a sentence about how often some of the timestamps come."""
    if among == 1:
        return "The only timestamp comes"
    if some == among:
        return f"All {among} different timestamps come"
    return f"{some} of {among} different timestamps come{'s' if some == 1 else ''}"


_FILLED = {
    "interpolate": Note(
        "missing_values_filled",
        "Missing values were filled by linear interpolation, at the end with the last value.",
        0,
    ),
    "previous": Note(
        "missing_values_previous", "Missing values were filled with the last value before them.", 0
    ),
}


def fill_gaps(
    values: Floats, gaps: Gaps
) -> tuple[Floats, int, npt.NDArray[np.bool_] | None, tuple[Note, ...]]:
    """Fill what is missing in values (n,), where NaN stands for a missing one.

    Missing values at the start, before which nothing is known, are dropped, unless they are zeros.
    Returns the values (m,), how many were dropped, which of `m` were missing (None if none was),
    and notes. Zeros were not missing: they are what was observed.

    Raises:
        SeriesError: All values are missing, or one is and `gaps` is "error". Its path is then the
            position of that one.
    """
    missing = np.isnan(values)
    count = int(missing.sum())
    if not count:
        return values, 0, None, ()
    if gaps == "zero":
        note = Note("missing_values_zero", "Missing values were taken as zeros.", count)
        return np.where(missing, 0.0, values), 0, None, (note,)
    if count == missing.size:
        raise SeriesError(
            "Every value of the series is missing. Give at least one value.",
            code="series_all_missing",
        )
    if gaps == "error":
        raise SeriesError(
            f"{count} values are missing, and gaps are refused. Give the values, or set "
            'gaps of repair to "zero", "previous" or "interpolate".',
            code="values_missing",
            path=(int(missing.argmax()),),
        )
    present = np.flatnonzero(~missing)
    dropped = int(present[0])
    steps = np.arange(dropped, values.size)
    if gaps == "previous":
        filled = values[present[np.searchsorted(present, steps, side="right") - 1]]
    else:
        filled = np.interp(steps, present, values[present])
    notes = []
    if dropped:
        message = "Missing values at the start were dropped."
        notes.append(Note("leading_missing_dropped", message, dropped))
    if count == dropped:
        return filled, dropped, None, tuple(notes)
    message = _FILLED[gaps].message
    if after := values.size - 1 - int(present[-1]):
        message += f" The last {after} are missing, and what is forecast follows them."
    notes.append(replace(_FILLED[gaps], message=message, count=count - dropped))
    return filled, dropped, missing[dropped:], tuple(notes)

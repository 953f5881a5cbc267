"""Whether dates, once they are sorted and filled in, are a calendar that somebody meant.

Everything here works on whole numbers: microseconds, or steps in place of dates.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from forecasting.dates.layouts import days_of_months
from forecasting.errors import SeriesError
from forecasting.series.repair import Repair
from forecasting.types import Positions, Stamps

_LONGEST_GAP = 10
"""How many dates may be missing in a row, however few are given on either side."""
_USUAL_GAPS = 2
"""How many other gaps, each at least a fifth as long, make the longest gap a usual one."""
_MOST_CREATED = 0.1
"""How many dates may be missing, for each given one, in gaps that sorting opens."""
_FEW_CREATED = 3
"""So many dates may be missing in such gaps, however few are given."""
_SHUFFLED = 0.25
"""The share of steps in either direction from which on rows are in no order at all."""
_FEWEST_COUNTED = 2
"""How many numbers have to come before a count that begins again."""
_DAY = 86_400_000_000

TextOf = Callable[[int], str]
"""Returns the time at a position as the caller wrote it."""


def check_gaps(positions: Positions, text_of: TextOf, repair: Repair) -> None:
    """Check that no gap between rising positions (n ≥ 2,) on a calendar is filled in by guessing.

    A gap that is longer than what was observed on one of its sides is refused, unless gaps of that
    kind are usual or the caller says what takes the place of missing values.

    Raises:
        SeriesError: There is such a gap. The path is the position of the date that it sets apart.
    """
    missing = np.diff(positions) - 1
    gap = int(missing.argmax())
    longest, before = int(missing[gap]), gap + 1
    few = min(before, positions.size - before)
    usual = (5 * np.delete(missing, gap) >= longest).sum() >= _USUAL_GAPS
    if repair.gaps != "interpolate" or longest <= max(_LONGEST_GAP, few) or usual:
        return
    lone, cure = beside_gap(before, positions.size, text_of)
    side = "before" if lone < before else "after"
    raise SeriesError(
        f"{longest} dates are missing between {text_of(gap)} and {text_of(gap + 1)}, and only "
        f"{few} {'is' if few == 1 else 'are'} given {side} them. {cure}. If nothing is wrong, send "
        f'{repair.with_changes(gaps="zero")} to take missing values as zeros, or "previous".',
        code="gap_too_long",
        path=(lone,),
    )


def beside_gap(before: int, count: int, text_of: TextOf) -> tuple[int, str]:
    """Return the position of the date that a gap sets apart, and what to do about it.

    The gap lies after the first `before` of `count` dates. The smaller side is the one that may be
    a mistake.
    """
    at_start = 2 * before < count
    few, lone = (before, before - 1) if at_start else (count - before, before)
    them = "it" if few == 1 else f"the {few} timestamps {'up to' if at_start else 'from'} it"
    return lone, f"Correct {text_of(lone)} if it is a mistake, or leave {them} out"


def check_order(
    stamps: Positions,
    place: Callable[[Positions], Positions],
    text_of: TextOf,
    *,
    sorts: bool,
    dates: bool,
) -> None:
    """Check that stamps (n ≥ 2,), some of them out of order, may be sorted.

    `place` returns the positions on a calendar of stamps (m,) that rise. `sorts` says whether the
    caller wants them sorted, and `dates` whether they are dates.

    Raises:
        SeriesError: Sorting them would hide a mistake. The path is the position of a stamp.
    """
    rising, falling = (stamps[1:] > stamps[:-1]).sum(), (stamps[1:] < stamps[:-1]).sum()
    backwards = falling > rising
    at = np.arange(stamps.size)[:: -1 if backwards else 1]
    given = stamps[at]
    if dates and _days_and_months_are_swapped(given):
        raise _swapped_error(stamps, text_of)
    created = _created_gaps(given, place)
    if created <= 1 and _are_neighbours_swapped(given):
        return
    outlier = _outlier(given) if created else None
    if outlier is not None:
        raise _outlier_error(int(at[outlier]), stamps.size, text_of)
    shuffled = min(rising, falling) > _SHUFFLED * (stamps.size - 1)
    few = max(_FEW_CREATED, _MOST_CREATED * stamps.size)
    if created <= few or (sorts and shuffled):
        return
    position = int((stamps[1:] < stamps[:-1]).argmax()) + 1
    raise SeriesError(
        f"The timestamp {text_of(position)} is earlier than {text_of(position - 1)}, the one "
        f"before it, and sorting would leave gaps of {created} dates that are not there now. "
        "Correct the timestamps: often the year was not counted on, or days and months are "
        "swapped. If all of them are right, sort the rows before you send them.",
        code="timestamps_not_rising",
        path=(position,),
    )


def check_restarts(steps: Positions, repair: Repair) -> None:
    """Check that whole numbers (n,) in place of dates do not begin again, as months of years do.

    Raises:
        SeriesError: They do, and the caller has not chosen how repeated ones are merged. The path
            is the position of the first that begins again.
    """
    starts = np.flatnonzero(steps[1:] < steps[:-1]) + 1
    if not starts.size or starts[0] < _FEWEST_COUNTED or (steps[1:] == steps[:-1]).any():
        return
    begins_again = (steps[starts] == steps.min()).all()
    whole = (steps[starts - 1] == steps.max()).all() or np.unique(steps).size < steps.size
    if not (begins_again and whole) or (repair.chosen and repair.repeated != "error"):
        return
    position = int(starts[0])
    raise SeriesError(
        f"ds counts up to {steps[position - 1]} and then begins again with {steps[position]}, as "
        "months, weeks or hours do. Write dates that say the year too, for example 2024-01 for a "
        "month, 2024-W01 for a week or 2024-01-31T00:00 for an hour. If each count is a series of "
        "its own, name the column of their ids (id_col).",
        code="steps_irregular",
        path=(position,),
    )


def _created_gaps(given: Positions, place: Callable[[Positions], Positions]) -> int:
    """Return how many dates are missing between stamps that only sorting makes neighbours.

    As much as is missing within the longest run of rising stamps is usual and does not count.
    """
    different, index = np.unique(given, return_inverse=True)
    if different.size < 2:
        return 0
    positions = place(different)
    missing = np.diff(positions) - 1
    neighbours = np.abs(np.diff(index))
    together = np.zeros(different.size - 1, bool)
    together[np.minimum(index[1:], index[:-1])[neighbours == 1]] = True
    allowed = _largest_gap_within(positions[index])
    return int(np.maximum(missing[~together] - allowed, 0).sum())


def _largest_gap_within(positions: Positions) -> int:
    """Return how many dates are missing at most between neighbours of the longest rising run.

    The ends of a run do not count: one of them may be the mistake.
    """
    breaks = np.flatnonzero(positions[1:] < positions[:-1]) + 1
    runs = np.split(positions, breaks)
    longest = max(range(len(runs)), key=lambda run: runs[run].size)
    kept = runs[longest][1 if longest else 0 : -1 if longest + 1 < len(runs) else None]
    return max(int(np.diff(kept).max()) - 1, 0) if kept.size > 1 else 0


def _outlier(given: Positions) -> int | None:
    """Return the position of the only stamp that is out of order, or None if there are more."""
    backwards = np.flatnonzero(given[1:] < given[:-1])
    if backwards.size != 1:
        return None
    for position in (int(backwards[0]), int(backwards[0]) + 1):
        others = np.delete(given, position)
        if (others[1:] >= others[:-1]).all():
            return position
    return None


def _are_neighbours_swapped(given: Positions) -> bool:
    """Return whether stamps rise once two neighbours among them are exchanged."""
    backwards = np.flatnonzero(given[1:] < given[:-1])
    if backwards.size != 1:
        return False
    first = int(backwards[0])
    exchanged = given.copy()
    exchanged[[first, first + 1]] = given[[first + 1, first]]
    return bool((exchanged[1:] >= exchanged[:-1]).all())


def _outlier_error(position: int, count: int, text_of: TextOf) -> SeriesError:
    neighbours = []
    if position:
        neighbours.append(f"after {text_of(position - 1)}")
    if position + 1 < count:
        neighbours.append(f"before {text_of(position + 1)}")
    return SeriesError(
        f"The timestamp {text_of(position)} stands {' and '.join(neighbours)}, and it alone is out "
        "of order. Correct it, or leave it out. If it is right, sort the rows before you send "
        "them.",
        code="timestamps_not_rising",
        path=(position,),
    )


def _days_and_months_are_swapped(given: Positions) -> bool:
    """Return whether the days rise one by one once days and months up to 12 are exchanged."""
    days = given.astype("datetime64[us]").astype("datetime64[D]")
    swapped = _swap(days)
    order = np.diff(swapped).astype(np.int64)
    return bool(
        (given % _DAY == given[0] % _DAY).all()
        and (order > 0).all()
        and order.sum() <= (1 + _MOST_CREATED) * np.median(order) * order.size
    )


def _swap(days: Stamps) -> Stamps:
    """Return dates (n,) with the day and the month exchanged where the day may be a month."""
    months = days.astype("datetime64[M]")
    year = months.astype("datetime64[Y]").astype(np.int64) + 1970
    month = months.astype(np.int64) % 12 + 1
    day = (days - months.astype("datetime64[D]")).astype(np.int64) + 1
    exchanged = days_of_months(year, np.minimum(day, 12), month)[0]
    return np.asarray(np.where(day <= 12, exchanged, days))


def _swapped_error(stamps: Positions, text_of: TextOf) -> SeriesError:
    days = stamps.astype("datetime64[us]").astype("datetime64[D]")
    swapped = _swap(days)
    position = int((days != swapped).argmax())
    return SeriesError(
        f"{text_of(position)} seems to be {swapped[position]}: days and months are swapped up to "
        "the 12th of each month, as when a spreadsheet takes the wrong one of them to come first. "
        "Export the dates again as ISO 8601, for example 2024-01-31.",
        code="timestamps_not_rising",
        path=(position,),
    )

"""Values with their times put on a calendar, or values with whole numbers put in even order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.errors import SeriesError
from forecasting.notes import Note
from forecasting.series.calendar import Calendar, check_on_frequency
from forecasting.series.frequency import Frequency, parse_frequency
from forecasting.series.frequency_inference import infer_frequency, infer_wall_clock_frequency
from forecasting.series.timestamps import Times
from forecasting.types import Floats, Positions, Stamps

MOST_MISSING = 10
"""How many dates may be missing for each one that is given. If there are more, the dates or the
frequency are wrong, and filling them in would only cost memory."""


@dataclass(frozen=True, slots=True)
class Aligned:
    """Values on a calendar, one for each of its dates."""

    calendar: Calendar
    values: Floats
    """Shape (n,), from the calendar's start on; NaN if a date or its value was missing."""
    notes: tuple[Note, ...]
    """What was done to the values."""


def align(
    values: Floats, times: Times, *, frequency: str | None = None, repair: bool = False
) -> Aligned:
    """Put values (n ≥ 1,) with their times (n,) on a calendar; dates that are left out become NaN.

    The frequency is inferred if it is not given. With `repair`, times out of order are sorted, and
    of several values at the same time the last one is kept.

    Raises:
        SeriesError: The times are out of order or repeated, lie off their frequency, show none, or
            leave gaps too large to fill; its path is then the position of a time, if there is one
            to name. Or the given frequency is unknown; its path is then ("frequency",).
    """
    known = None if frequency is None else parse_frequency(frequency)
    known = infer_wall_clock_frequency(times, known) or known
    stamps, elapsed = _stamps_to_step_along(times, known)
    kept, notes = _in_order(stamps, times, repair=repair)
    stamps, values = stamps[kept], values[kept]
    try:
        if known is not None:
            check_on_frequency(stamps[0], known, (0,))
        found = known or infer_frequency(stamps, elapsed=elapsed)
        positions, count = _locate(stamps, found)
    except SeriesError as error:
        zone_needed = error.code == "timestamps_irregular" and not times.zone_known
        hint = ' The offsets of the timestamps change: name the "timezone".' if zone_needed else ""
        raise _at_given_positions(error, kept, hint) from error
    if not times.zone_known:
        message = (
            "The offsets of the timestamps change, so the timestamps of the answer are in UTC. "
            "Name the timezone of the series to get its local time."
        )
        notes.append(Note("timezone_not_named", message, stamps.size))
    if count > stamps.size:
        values, note = _fill_in(values, positions, count)
        notes.append(note)
    return Aligned(Calendar(stamps[0], found, times.zone), values, tuple(notes))


def align_steps(
    values: Floats, steps: Positions, *, repair: bool = False
) -> tuple[Floats, tuple[Note, ...]]:
    """Put values (n ≥ 1,), whose steps (n,) are whole numbers in place of dates, in even order.

    The steps have to rise evenly. With `repair` they are sorted, of several values at the same step
    the last one is kept, and steps that are left out become NaN; the median of the differences
    then decides by how much the steps rise. Returns the values, and notes on what was done.

    Raises:
        SeriesError: The steps do not rise evenly, or too many of them are left out. The path of the
            error is the position of a step.
    """
    if not repair:
        _check_even(steps)
        return values, ()
    kept, notes = _sort_and_drop_repeats(steps)
    values = values[kept]
    try:
        positions, count = _locate_steps(steps[kept])
    except SeriesError as error:
        raise _at_given_positions(error, kept) from error
    if count > values.size:
        values, note = _fill_in(values, positions, count)
        notes.append(note)
    return values, tuple(notes)


def _stamps_to_step_along(times: Times, frequency: Frequency | None) -> tuple[Stamps, bool]:
    """Return the stamps (n,) that the frequency steps along, and whether they are elapsed time.

    If no frequency is known, these are local dates if the wall clock shows one time of day.
    """
    if frequency is not None and frequency.rule.elapsed:
        return times.to_stamps(elapsed=True), True
    dates = times.to_daily_stamps()
    if dates is not None:
        return dates, False
    elapsed = frequency is None
    return times.to_stamps(elapsed=elapsed), elapsed


def _in_order(stamps: Stamps, times: Times, *, repair: bool) -> tuple[Positions, list[Note]]:
    """Return the positions of the stamps to keep, in rising order, and notes on what changes."""
    rising = stamps[1:] > stamps[:-1]
    if rising.all():
        return np.arange(stamps.size), []
    if repair:
        return _sort_and_drop_repeats(stamps)
    position = int(rising.argmin()) + 1
    given, before = times.isoformat(position), times.isoformat(position - 1)
    hint = ' If the clocks were set back, name the "timezone".' if times.zone is None else ""
    if stamps[position] == stamps[position - 1]:
        raise SeriesError(
            f"The timestamp {given} repeats the one before it. Give one value for each timestamp, "
            f'or send "repair": true to keep the last one.{hint}',
            code="timestamps_repeated",
            path=(position,),
        )
    raise SeriesError(
        f"The timestamp {given} is earlier than {before}, the one before it. Sort the timestamps, "
        f'or send "repair": true to have them sorted.{hint}',
        code="timestamps_not_rising",
        path=(position,),
    )


def _sort_and_drop_repeats(stamps: Stamps | Positions) -> tuple[Positions, list[Note]]:
    """Return the positions of the stamps to keep so that they rise, and notes on what changes."""
    notes = []
    late = int((stamps < np.maximum.accumulate(stamps)).sum())
    if late:
        notes.append(Note("timestamps_sorted", "Values out of order were sorted by date.", late))
    order = np.argsort(stamps, kind="stable")
    in_order = stamps[order]
    last = np.append(in_order[1:] != in_order[:-1], True)
    if not last.all():
        message = "Only the last of several values at the same time was kept."
        notes.append(Note("timestamps_repeated_dropped", message, int((~last).sum())))
    return order[last], notes


def _fill_in(values: Floats, positions: Positions, count: int) -> tuple[Floats, Note]:
    """Return `count` values, the given ones at their positions and NaN elsewhere, and a note."""
    filled = np.full(count, np.nan)
    filled[positions] = values
    message = "Dates that were left out were put in, with a missing value."
    return filled, Note("missing_dates_added", message, count - values.size)


def _locate(stamps: Stamps, frequency: Frequency) -> tuple[Positions, int]:
    """Return where on the calendar the stamps lie, and how many dates it has up to the last one."""
    expected = frequency.stamps(stamps[0], 0, stamps.size)
    if (expected == stamps).all():
        return np.arange(stamps.size), stamps.size
    limit = (MOST_MISSING + 1) * stamps.size
    count = frequency.rule.count_steps(stamps[0], stamps[-1], limit) + 1
    if count > limit:
        position = int(np.diff(stamps).argmax()) + 1
        raise SeriesError(
            f"At frequency {frequency.name!r} more than {MOST_MISSING} dates are missing for each "
            f"one that is given. The largest gap ends at "
            f"{stamps[position].astype('datetime64[s]')}. Name the right frequency, or leave out "
            "what lies before the gap.",
            code="gap_too_long",
            path=(position,),
        )
    dates = frequency.stamps(stamps[0], 0, max(count, 1))
    positions = np.minimum(np.searchsorted(dates, stamps), dates.size - 1)
    off = dates[positions] != stamps
    if off.any():
        position = int(off.argmax())
        following = frequency.stamps(stamps[0], int(positions[position - 1]) + 1, 1)[0]
        raise SeriesError(
            f"{stamps[position].astype('datetime64[s]')} is not a date of the frequency "
            f"{frequency.name!r}, whose next date is {following.astype('datetime64[s]')}. "
            "Use null for a missing value.",
            code="timestamps_irregular",
            path=(position,),
        )
    return positions, count


def _locate_steps(steps: Positions) -> tuple[Positions, int]:
    """Return where among even steps the given ones (n ≥ 1,), which rise, lie, and their number."""
    # Differences of int64 may overflow; those of uint64 wrap around to the right number.
    offsets = steps.view(np.uint64) - steps.view(np.uint64)[:1]
    differences = np.diff(offsets)
    rise = np.sort(differences)[(differences.size - 1) // 2] if differences.size else np.uint64(1)
    uneven = offsets % rise != 0
    if uneven.any():
        position = int(uneven.argmax())
        raise SeriesError(
            f"ds holds {steps[position]}, which is no multiple of {rise} away from {steps[0]}, "
            f"although most numbers rise by {rise}. Whole numbers must rise evenly; correct this "
            "one, or leave it out.",
            code="steps_irregular",
            path=(position,),
        )
    count = int(offsets[-1] // rise) + 1
    if count > (MOST_MISSING + 1) * steps.size:
        position = int(differences.argmax()) + 1
        raise SeriesError(
            f"ds goes from {steps[position - 1]} to {steps[position]}, although most numbers rise "
            f"by {rise}: more than {MOST_MISSING} are missing for each one that is given. Leave "
            "out what lies before the gap.",
            code="gap_too_long",
            path=(position,),
        )
    return (offsets // rise).astype(np.int64), count


def _at_given_positions(error: SeriesError, kept: Positions, hint: str = "") -> SeriesError:
    """Return the error with a hint, its path leading to the values as given, before a repair."""
    path = tuple(int(kept[step]) if isinstance(step, int) else step for step in error.path)
    return error.with_message(error.message + hint).at(*path)


def _check_even(steps: Positions) -> None:
    """Check that steps (n ≥ 1,) rise, always by the same amount."""
    differences = np.diff(steps)
    wrong = (differences != differences[:1]) | (differences <= 0)
    if wrong.any():
        position = int(wrong.argmax()) + 1
        raise SeriesError(
            f"ds goes from {steps[position - 1]} to {steps[position]}. Whole numbers must rise "
            'evenly; leave y empty for a missing value, or send "repair": true.',
            code="steps_irregular",
            path=(position,),
        )

"""Values with their timestamps put on a calendar, or with their whole numbers put in order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecasting.errors import SeriesError
from forecasting.notes import Note
from forecasting.series.calendar import Calendar, check_on_frequency
from forecasting.series.frequency import Frequency, parse_frequency
from forecasting.series.frequency_inference import infer_frequency, infer_wall_clock_frequency
from forecasting.series.timestamps import Times
from forecasting.types import Floats, Stamps

MOST_MISSING = 10
"""Dates that may be missing for each that is there; beyond it the dates or the frequency are
wrong, and filling them in would only cost memory."""

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Aligned:
    """`values`, NaN where a date or its value was missing, from the calendar's start on."""

    calendar: Calendar
    values: Floats
    notes: tuple[Note, ...]


def align(
    values: Floats, times: Times, *, frequency: str | None = None, repair: bool = False
) -> Aligned:
    """Put values (n,) with their times (n,), n ≥ 1, on a calendar; dates left out become NaN.

    With `repair`, times in disorder are sorted, and of values at the same time the last is kept.
    Raises SeriesError, its path the index of a time, for times in disorder, repeated, off their
    frequency, without any, or with gaps too large to fill.
    """
    named = None if frequency is None else parse_frequency(frequency)
    found = infer_wall_clock_frequency(times, named) or named
    stamps, elapsed = _line(times, found)
    kept, notes = _in_order(stamps, times, repair=repair)
    stamps, values = stamps[kept], values[kept]
    try:
        if found is None:
            found = infer_frequency(stamps, elapsed=elapsed)
        else:
            check_on_frequency(stamps[0], found, (0,))
        places, count = _places(stamps, found)
    except SeriesError as error:
        raise _in_the_callers_order(error, kept, times) from error
    calendar = Calendar(stamps[0], found, times.zone)
    if not times.zone_known:
        message = (
            "The offsets of the timestamps change, so those of the answer are in UTC. Name the "
            "series' timezone to get its local time."
        )
        notes.append(Note("timezone_not_named", message, stamps.size))
    if count == stamps.size:
        return Aligned(calendar, values, tuple(notes))
    whole, note = _filled_in(values, places, count)
    return Aligned(calendar, whole, (*notes, note))


def align_steps(values: Floats, steps: Places, *, repair: bool) -> tuple[Floats, tuple[Note, ...]]:
    """Values (n,) at steps (n,), n ≥ 1, that rise evenly, and notes on what was done.

    With `repair`, steps are sorted, of values at the same one the last is kept, and those that are
    left out become NaN; the middle one of the differences is what they rise by. Raises SeriesError,
    its path the index of a step, where they do not rise evenly, or too many are left out.
    """
    if not repair:
        _check_even(steps)
        return values, ()
    kept, notes = _put_in_order(steps)
    values, risen = values[kept], steps[kept]
    offsets = risen.view(np.uint64) - risen.view(np.uint64)[:1]  # int64 would overflow
    differences = np.diff(offsets)
    step = np.sort(differences)[(differences.size - 1) // 2] if differences.size else np.uint64(1)
    off = offsets % step != 0
    if off.any():
        place = int(off.argmax())
        raise SeriesError(
            f"ds holds {risen[place]}, but rises by {step} from {risen[0]} for the most part. "
            "Whole numbers must rise evenly.",
            code="steps_irregular",
            path=(int(kept[place]),),
        )
    count = int(offsets[-1] // step) + 1
    if count > (MOST_MISSING + 1) * values.size:
        place = int(differences.argmax()) + 1
        raise SeriesError(
            f"ds goes from {risen[place - 1]} to {risen[place]} where it rises by {step} for the "
            f"most part: more than {MOST_MISSING} steps are missing for each that is there. Leave "
            "out what lies before the gap.",
            code="gap_too_long",
            path=(int(kept[place]),),
        )
    if count > values.size:
        values, note = _filled_in(values, (offsets // step).astype(np.int64), count)
        notes.append(note)
    return values, tuple(notes)


def _line(times: Times, frequency: Frequency | None) -> tuple[Stamps, bool]:
    """The times on the line that their frequency steps along, and whether that is elapsed time.

    Where no frequency is named: the wall clock, if it shows the same time every day.
    """
    if frequency is not None and frequency.rule.elapsed:
        return times.line(elapsed=True), True
    dates = times.one_time_of_day()
    if dates is not None:
        return dates, False
    elapsed = frequency is None
    return times.line(elapsed=elapsed), elapsed


def _in_order(stamps: Stamps, times: Times, *, repair: bool) -> tuple[Places, list[Note]]:
    """Which of the times to keep, rising, and what that changes."""
    rising = stamps[1:] > stamps[:-1]
    if rising.all():
        return np.arange(stamps.size), []
    if not repair:
        place = int(rising.argmin()) + 1
        repeated = stamps[place] == stamps[place - 1]
        hint = ' If the clocks were set back, name the "timezone".' if times.zone is None else ""
        raise SeriesError(
            f"{times.show(place)} {'repeats' if repeated else 'goes back before'} the timestamp "
            f"before it ({times.show(place - 1)}). Sort them, one a value, or send "
            f'"repair": true.{hint}',
            code="timestamps_repeated" if repeated else "timestamps_not_rising",
            path=(place,),
        )
    return _put_in_order(stamps)


def _put_in_order(stamps: Stamps | Places) -> tuple[Places, list[Note]]:
    """Which of the stamps to keep so that they rise, and what that changes."""
    notes = []
    late = int((stamps < np.maximum.accumulate(stamps)).sum())
    if late:
        notes.append(Note("timestamps_sorted", "Values out of order were sorted by date.", late))
    order = np.argsort(stamps, kind="stable")
    ordered = stamps[order]
    last = np.append(ordered[1:] != ordered[:-1], True)
    if not last.all():
        message = "Of the values at the same time only the last was kept."
        notes.append(Note("timestamps_repeated_dropped", message, int((~last).sum())))
    return order[last], notes


def _filled_in(values: Floats, places: Places, count: int) -> tuple[Floats, Note]:
    """`count` values, those given at their places, NaN at the others, of which there are some."""
    whole = np.full(count, np.nan)
    whole[places] = values
    message = "Dates that were left out were put in, with a missing value."
    return whole, Note("missing_dates_added", message, count - values.size)


def _places(stamps: Stamps, frequency: Frequency) -> tuple[Places, int]:
    """Where on the calendar the stamps lie, and how many steps it has up to the last of them."""
    expected = frequency.stamps(stamps[0], 0, stamps.size)
    if (expected == stamps).all():
        return np.arange(stamps.size), stamps.size
    most = (MOST_MISSING + 1) * stamps.size
    count = frequency.rule.count(stamps[0], stamps[-1], most) + 1
    if count > most:
        place = int(np.diff(stamps).argmax()) + 1
        raise SeriesError(
            f"at frequency {frequency.name!r} more than {MOST_MISSING} dates are missing for each "
            f"that is there; the largest gap ends at {stamps[place].astype('datetime64[s]')}. Name "
            "the right frequency, or leave out what lies before the gap.",
            code="gap_too_long",
            path=(place,),
        )
    dates = frequency.stamps(stamps[0], 0, max(count, 1))
    places = np.minimum(np.searchsorted(dates, stamps), dates.size - 1)
    off = dates[places] != stamps
    if off.any():
        place = int(off.argmax())
        following = frequency.stamps(stamps[0], int(places[place - 1]) + 1, 1)[0]
        raise SeriesError(
            f"{stamps[place].astype('datetime64[s]')} is not a date of the frequency "
            f"{frequency.name!r}, whose next date is {following.astype('datetime64[s]')}. "
            "Use null for a missing value.",
            code="timestamps_irregular",
            path=(place,),
        )
    return places, count


def _in_the_callers_order(error: SeriesError, kept: Places, times: Times) -> SeriesError:
    path = tuple(int(kept[place]) if isinstance(place, int) else place for place in error.path)
    unclear = error.code == "timestamps_irregular" and not times.zone_known
    hint = ' Their offsets change: name the "timezone".' if unclear else ""
    return SeriesError(error.message + hint, code=error.code, path=path)


def _check_even(steps: Places) -> None:
    differences = np.diff(steps)
    wrong = (differences != differences[:1]) | (differences <= 0)
    if wrong.any():
        place = int(wrong.argmax())
        raise SeriesError(
            f"ds goes from {steps[place]} to {steps[place + 1]}; whole numbers must rise evenly. "
            'Leave y empty where a value is missing, or send "repair": true.',
            code="steps_irregular",
            path=(place + 1,),
        )

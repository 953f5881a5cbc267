"""Values with their times put on a calendar, or values with whole numbers put in even order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.errors import SeriesError
from forecasting.notes import Note
from forecasting.series.calendar import Calendar, Steps, check_on_frequency
from forecasting.series.frequency import Frequency, parse_frequency
from forecasting.series.frequency_inference import (
    FEWEST,
    infer_frequency,
    infer_open_frequency,
    infer_wall_clock_frequency,
)
from forecasting.series.jitter import Snapped, crowded_error, snap, stray_error
from forecasting.series.opening import (
    Opening,
    OpenSteps,
    check_open,
    open_frequency,
    opening_notes,
    seen_opening,
)
from forecasting.series.repair import NO_REPAIR, Ordered, Repair, put_in_order
from forecasting.series.timestamps import Times, format_stamps
from forecasting.types import Floats, Positions, Stamps

MOST_MISSING = 10
"""How many dates may be missing for each one that is given. If there are more, the dates or the
frequency are wrong, and filling them in would only cost memory."""

_OFF_STEPS = {"timestamps_irregular", "start_off_frequency", "timestamps_outside_opening"}
"""The codes of errors that timestamps slightly off regular steps may lead to."""


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
class Aligned:
    """Values on a calendar, one for each of its dates."""

    calendar: Calendar
    values: Floats
    """Shape (n,), from the calendar's start on; NaN if a date or its value was missing."""
    notes: tuple[Note, ...]
    """What was done to the values."""


def align(
    values: Floats, times: Times, *, frequency: str | None = None, rules: DateRules = NO_RULES
) -> Aligned:
    """Put values (n ≥ 1,) with their times (n,) on a calendar; dates that are left out become NaN.

    The frequency is inferred if it is not given. Times that are out of order, repeated or off their
    steps are repaired as far as `rules` allow, and steps outside the opening are no dates.

    Raises:
        SeriesError: The times are out of order or repeated, lie off their frequency or outside the
            opening, show no frequency, or leave gaps that are refused or too large to fill; its
            path is then the position of a time, if there is one to name. Or the given frequency is
            unknown, or no opening applies to it; its path is then ("frequency",) or ("open",).
    """
    known, notes = _known_frequency(times, frequency, rules)
    stamps, elapsed = _stamps_to_step_along(times, known, rules.opening)
    ordered = _in_order(values, stamps, times, rules.repair)
    notes += ordered.notes
    try:
        placed = _place(stamps[ordered.kept], known, rules.opening, elapsed=elapsed)
    except SeriesError as error:
        snapped = _snap(error, ordered, times, known, rules)
        placed = _place_snapped(snapped, ordered, known, rules.opening)
        message = "Timestamps slightly off regular steps were moved to the nearest step."
        notes.append(Note("timestamps_snapped", message, int(snapped.moved.sum())))
    if not times.zone_known:
        message = (
            "The offsets of the timestamps change, so the timestamps of the answer are in UTC. "
            "Name the timezone of the series to get its local time."
        )
        notes.append(Note("timezone_not_named", message, times.stamps.size))
    values = ordered.values
    if placed.count > values.size:
        if rules.repair.gaps == "error":
            raise _gap_error(placed, ordered.kept)
        values, note = _fill_in(values, placed.positions, placed.count)
        wall = times.take(ordered.kept).to_stamps(elapsed=False)
        notes += [note, *opening_notes(placed.frequency, wall, note.count)]
    return Aligned(Calendar(placed.stamps[0], placed.frequency, times.zone), values, tuple(notes))


def align_steps(
    values: Floats, steps: Positions, *, repair: Repair = NO_REPAIR
) -> tuple[Floats, Steps, tuple[Note, ...]]:
    """Put values (n ≥ 1,), whose steps (n,) are whole numbers in place of dates, in even order.

    The steps have to rise evenly, unless a repair was asked for. It then decides about steps that
    are out of order or repeated, steps that are left out become NaN, and the median of the
    differences decides by how much the steps rise. Returns the values, the steps that they have,
    and notes on what was done.

    Raises:
        SeriesError: The steps do not rise evenly, or too many of them are left out. The path of the
            error is the position of a step.
    """
    if repair == NO_REPAIR:
        _check_even(steps)
        rise = int(steps[1]) - int(steps[0]) if steps.size > 1 else 1
        return values, Steps(int(steps[0]), rise), ()
    ordered = put_in_order(values, steps, repair, lambda position: str(steps[position]))
    values, notes = ordered.values, list(ordered.notes)
    in_order = steps[ordered.kept]
    try:
        positions, count, rise = _locate_steps(in_order)
        if count > values.size:
            if repair.gaps == "error":
                _check_even(in_order)
            values, note = _fill_in(values, positions, count)
            notes.append(note)
    except SeriesError as error:
        raise _at_given_positions(error, ordered.kept) from error
    return values, Steps(int(in_order[0]), rise), tuple(notes)


@dataclass(frozen=True, slots=True)
class _Placed:
    """Where stamps lie on a calendar."""

    stamps: Stamps
    """Shape (n,)."""
    frequency: Frequency
    positions: Positions
    """Shape (n,): their positions among the dates of the calendar, from its start on."""
    count: int
    """How many dates the calendar has up to the last stamp."""


def _known_frequency(
    times: Times, frequency: str | None, rules: DateRules
) -> tuple[Frequency | None, list[Note]]:
    """Return the frequency that is named, taken from other series or along the wall clock, if any.

    Also returns a note if it is that of other series. Raises SeriesError if it is unknown.
    """
    notes = []
    known = None if frequency is None else parse_frequency(frequency)
    if known is None and rules.others is not None and np.unique(times.stamps).size < FEWEST:
        known = rules.others
        message = f"The frequency {known.name!r} is that of the other series."
        notes.append(Note("frequency_of_others", message, times.stamps.size))
    if rules.opening is None:
        known = infer_wall_clock_frequency(times, known) or known
    return known, notes


def _stamps_to_step_along(
    times: Times, frequency: Frequency | None, opening: Opening | None
) -> tuple[Stamps, bool]:
    """Return the stamps (n,) that the frequency steps along, and whether they are elapsed time.

    If no frequency is known, these are local dates if the wall clock shows one time of day. An
    opening goes by the wall clock.
    """
    if opening is not None:
        return times.to_stamps(elapsed=False), False
    if frequency is not None and frequency.rule.elapsed:
        return times.to_stamps(elapsed=True), True
    dates = times.to_daily_stamps()
    if dates is not None:
        return dates, False
    elapsed = frequency is None
    return times.to_stamps(elapsed=elapsed), elapsed


def _in_order(values: Floats, stamps: Stamps, times: Times, repair: Repair) -> Ordered:
    """Sort the values by their stamps and merge those at the same stamp, as the repair allows."""
    parts_of_days = bool((stamps != stamps.astype("datetime64[D]")).any())
    hint = (
        ' If the clocks were set back, name the "timezone".'
        if times.zone is None and parts_of_days
        else ""
    )
    return put_in_order(values, stamps.astype(np.int64), repair, times.isoformat, hint)


def _place(
    stamps: Stamps, known: Frequency | None, opening: Opening | None, *, elapsed: bool
) -> _Placed:
    """Find the place of rising stamps (n,) on the calendar of a frequency, inferred if unknown.

    Raises SeriesError, its path the position of a stamp.
    """
    if opening is not None:
        named = known or infer_open_frequency(stamps, opening)
        found = open_frequency(named, opening, stamps[0])
    elif known is not None:
        check_on_frequency(stamps[0], known, (0,))
        found = known
    else:
        found = infer_frequency(stamps, elapsed=elapsed)
    if isinstance(found.rule, OpenSteps):
        check_open(stamps, found.rule.opening)
    return _Placed(stamps, found, *_locate(stamps, found))


def _place_snapped(
    snapped: Snapped, ordered: Ordered, known: Frequency | None, opening: Opening | None
) -> _Placed:
    """Find the place of snapped stamps. Raises SeriesError, its path as the times were given."""
    known = snapped.frequency or known
    try:
        return _place(snapped.stamps, known, opening, elapsed=snapped.elapsed)
    except SeriesError as error:
        raise _at_given_positions(error, ordered.kept) from error


def _snap(
    error: SeriesError, ordered: Ordered, times: Times, known: Frequency | None, rules: DateRules
) -> Snapped:
    """Return the stamps moved to regular steps, which `error` says that they are off.

    Raises the error, with what the caller can do about it, if they must not be moved or cannot be.
    """
    ordered_times = times.take(ordered.kept)
    snapped = None
    if error.code in _OFF_STEPS:
        try:
            snapped = snap(ordered_times, known, on_wall_clock=rules.opening is not None)
        except SeriesError as unclear:
            raise _at_given_positions(unclear, ordered.kept) from unclear
    if snapped is not None and rules.repair.jitter == "snap":
        if snapped.crowded is None:
            return snapped
        error = crowded_error(snapped, snapped.crowded, ordered_times)
    elif error.code == "timestamps_irregular":
        if snapped is not None and snapped.crowded is None:
            position = int(snapped.moved.argmax())
            error = stray_error(snapped, position, ordered_times, rules.repair)
            raise _at_given_positions(error, ordered.kept) from error
        if known is None and error.path:
            error = stray_error(None, int(error.path[0]), ordered_times, rules.repair)
    raise _at_given_positions(error, ordered.kept, _hint(error, times, rules)) from error


def _hint(error: SeriesError, times: Times, rules: DateRules) -> str:
    """Return what else may be the reason of an error, as a sentence; empty if nothing is seen."""
    if error.code in _OFF_STEPS and not times.zone_known:
        return ' The offsets of the timestamps change: name the "timezone".'
    if error.code not in {"timestamps_irregular", "gap_too_long"} or rules.opening is not None:
        return ""
    seen = seen_opening(np.unique(times.to_stamps(elapsed=False)))
    if seen is None:
        return ""
    return f' The timestamps seem to keep to opening times: if so, send "open": {seen.describe()}.'


def _gap_error(placed: _Placed, kept: Positions) -> SeriesError:
    """Return the error for dates that are left out although gaps are refused."""
    position = int((np.diff(placed.positions) > 1).argmax()) + 1
    before, after = format_stamps(placed.stamps[[position - 1, position]])
    return SeriesError(
        f"{placed.count - placed.stamps.size} dates are missing, the first between {before} and "
        f'{after}, and gaps are refused. Give their values, or set "gaps" of "repair" to "zero", '
        '"previous" or "interpolate".',
        code="dates_missing",
        path=(int(kept[position]),),
    )


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


def _locate_steps(steps: Positions) -> tuple[Positions, int, int]:
    """Return where among even steps the given ones (n ≥ 1,), which rise, lie.

    Also returns how many steps there are up to the last one, and by how much they rise.
    """
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
    return (offsets // rise).astype(np.int64), count, int(rise)


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

"""Values with their times put on a calendar."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from forecasting.errors import SeriesError
from forecasting.notes import Note
from forecasting.series.calendar import Calendar, check_on_frequency
from forecasting.series.frequency import Frequency, parse_frequency
from forecasting.series.frequency_inference import (
    FEWEST,
    infer_frequency,
    infer_open_frequency,
    infer_wall_clock_frequency,
)
from forecasting.series.opening import (
    Opening,
    OpenSteps,
    check_open,
    open_frequency,
    opening_notes,
    seen_opening,
)
from forecasting.series.repair import NO_RULES, DateRules, Ordered, Repair, put_in_order
from forecasting.series.steps.jitter import (
    Snapped,
    clocks_error,
    clocks_shift,
    crowded_error,
    monthly_error,
    snap,
    stray_error,
)
from forecasting.series.steps.plausibility import beside_gap, check_gaps, check_order
from forecasting.series.timestamps import Times, format_stamps
from forecasting.types import Floats, Positions, Stamps

MOST_MISSING = 10
"""How many dates may be missing for each one that is given. If there are more, the dates or the
frequency are wrong, and filling them in would only cost memory."""

_OFF_STEPS = {"timestamps_irregular", "start_off_frequency", "timestamps_outside_opening"}
"""The codes of errors that timestamps slightly off regular steps may lead to."""


@dataclass(frozen=True, slots=True)
class RowPlaces:
    """Where the rows of a series, as they were given, lie among its dates."""

    ordered: Ordered
    positions: Positions
    """Shape (m,): the position of each row that is left, among the dates of the series."""
    count: int
    """How many dates the series has."""

    def follow(self, beside: Floats) -> Floats:
        """Return what was given beside the rows, (n, k), beside the dates: (count, k).

        It is NaN for a date without a row.
        """
        followed = np.full((self.count, beside.shape[1]), np.nan)
        followed[self.positions] = self.ordered.follow(beside)
        return followed

    def first_left_out(self, start: int) -> int:
        """Return the position, from `start` on, of the first date without a row.

        It is `count` if there is none.
        """
        left_out = np.setdiff1d(np.arange(start, self.count), self.positions)
        return int(left_out[0]) if left_out.size else self.count


@dataclass(frozen=True, slots=True)
class Aligned:
    """Values on a calendar, one for each of its dates."""

    calendar: Calendar
    values: Floats
    """Shape (n,), from the calendar's start on; NaN if a date or its value was missing."""
    notes: tuple[Note, ...]
    """What was done to the values."""
    rows: RowPlaces
    """Where on the calendar the rows lie that were given."""


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
    _check_order(stamps, times, known, rules, elapsed=elapsed)
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
        _check_gaps(placed, times.take(ordered.kept), ordered.kept, rules)
        values, note = fill_in(values, placed.positions, placed.count)
        wall = times.take(ordered.kept).to_stamps(elapsed=False)
        notes += [note, *opening_notes(placed.frequency, wall, note.count)]
    calendar = Calendar(placed.stamps[0], placed.frequency, times.zone)
    rows = RowPlaces(ordered, placed.positions, placed.count)
    return Aligned(calendar, values, tuple(notes), rows)


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


def _check_order(
    stamps: Stamps, times: Times, known: Frequency | None, rules: DateRules, *, elapsed: bool
) -> None:
    """Raise the error of stamps (n,) that must not be sorted, its path the position of one."""
    if (stamps[1:] >= stamps[:-1]).all():
        return

    def place(numbers: Positions) -> Positions:
        rising = numbers.astype("datetime64[us]")
        with suppress(SeriesError):
            opening = rules.opening or (None if known else seen_opening(rising))
            return _place(rising, known, opening, elapsed=elapsed).positions
        offsets = numbers - numbers[0]
        nearest: Positions = np.rint(offsets / np.median(np.diff(numbers))).astype(np.int64)
        return nearest

    sorts = rules.repair.order == "sort"
    check_order(stamps.astype(np.int64), place, times.isoformat, sorts=sorts, dates=True)


def _check_gaps(placed: _Placed, times: Times, kept: Positions, rules: DateRules) -> None:
    """Raise the error of a gap that must not be filled in, its path as the times were given."""
    try:
        check_gaps(placed.positions, times.isoformat, rules.repair)
    except SeriesError as error:
        raise at_given_positions(error, kept, _hint(error, times, rules)) from error


def _in_order(values: Floats, stamps: Stamps, times: Times, repair: Repair) -> Ordered:
    """Sort the values by their stamps and merge those at the same stamp, as the repair allows."""
    parts_of_days = bool((stamps != stamps.astype("datetime64[D]")).any())
    hint = (
        " If the clocks were set back, name the timezone."
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
        raise at_given_positions(error, ordered.kept) from error


def _snap(
    error: SeriesError, ordered: Ordered, times: Times, known: Frequency | None, rules: DateRules
) -> Snapped:
    """Return the stamps moved to regular steps, which `error` says that they are off.

    Raises the error, with what the caller can do about it, if they must not be moved or cannot be.
    """
    ordered_times = times.take(ordered.kept)
    snapped = None
    if error.code in _OFF_STEPS:
        if clocks_shift(ordered_times):
            raise at_given_positions(clocks_error(ordered_times), ordered.kept) from error
        try:
            snapped = snap(ordered_times, known, on_wall_clock=rules.opening is not None)
        except SeriesError as unclear:
            raise at_given_positions(unclear, ordered.kept) from unclear
    if snapped is not None and rules.repair.jitter == "snap":
        if snapped.crowded is None:
            return snapped
        error = crowded_error(snapped, snapped.crowded, ordered_times)
    elif error.code == "timestamps_irregular":
        if snapped is not None and snapped.crowded is None:
            position = int(snapped.moved.argmax())
            error = stray_error(snapped, position, ordered_times, rules.repair)
            raise at_given_positions(error, ordered.kept) from error
        if known is None:
            stray = _stray(error, ordered_times, rules)
            error = monthly_error(ordered_times, rules.repair) or stray
    raise at_given_positions(error, ordered.kept, _hint(error, times, rules)) from error


def _stray(error: SeriesError, times: Times, rules: DateRules) -> SeriesError:
    """Return the error with the neighbours of the timestamp that it is about, if it names one."""
    if not error.path:
        return error
    return stray_error(None, int(error.path[0]), times, rules.repair)


def _hint(error: SeriesError, times: Times, rules: DateRules) -> str:
    """Return what else may be the reason of an error, as a sentence; empty if nothing is seen."""
    if error.code in _OFF_STEPS and not times.zone_known:
        return " The offsets of the timestamps change: name the timezone."
    if error.code not in {"timestamps_irregular", "gap_too_long"} or rules.opening is not None:
        return ""
    seen = seen_opening(np.unique(times.to_stamps(elapsed=False)))
    if seen is None:
        return ""
    return f" The timestamps seem to keep to opening times: if so, send open as {seen.describe()}."


def _gap_error(placed: _Placed, kept: Positions) -> SeriesError:
    """Return the error for dates that are left out although gaps are refused."""
    position = int((np.diff(placed.positions) > 1).argmax()) + 1
    before, after = format_stamps(placed.stamps[[position - 1, position]])
    return SeriesError(
        f"{placed.count - placed.stamps.size} dates are missing, the first between {before} and "
        f'{after}, and gaps are refused. Give their values, or set gaps of repair to "zero", '
        '"previous" or "interpolate".',
        code="dates_missing",
        path=(int(kept[position]),),
    )


def fill_in(values: Floats, positions: Positions, count: int) -> tuple[Floats, Note]:
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
        before = int(np.diff(stamps).argmax()) + 1
        texts = format_stamps(stamps)
        lone, cure = beside_gap(before, stamps.size, lambda position: texts[position])
        raise SeriesError(
            f"At frequency {frequency.name!r} more than {MOST_MISSING} dates are missing for each "
            f"one that is given. The largest gap is between {texts[before - 1]} and "
            f"{texts[before]}. {cure}; or name the right frequency.",
            code="gap_too_long",
            path=(lone,),
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
            "A missing value is null, or an empty cell. If these are events at any time, count "
            "them or add them up for each step first: the service does not.",
            code="timestamps_irregular",
            path=(position,),
        )
    return positions, count


def at_given_positions(error: SeriesError, kept: Positions, hint: str = "") -> SeriesError:
    """Return the error with a hint, its path leading to the values as given, before a repair."""
    path = tuple(int(kept[step]) if isinstance(step, int) else step for step in error.path)
    return error.with_message(error.message + hint).at(*path)

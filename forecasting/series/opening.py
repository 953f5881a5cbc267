"""When there is something to observe: the opening days and hours of a shop or an exchange."""

from __future__ import annotations

import re
from calendar import day_name
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from forecasting.errors import SeriesError
from forecasting.notes import Note
from forecasting.series.frequency import DAY, WEEKDAY_NAMES, FixedStep, Frequency, check_range
from forecasting.series.timestamps import format_stamps
from forecasting.types import Positions, Stamps

_MINUTE = 60_000_000
_SHORTEST_RANGE = 3
"""Two days in a row are written as a list."""
_FEWEST_DAYS = 5
"""How many days it takes to see opening hours."""
_USUAL_SHARE = 0.8
"""How many of the days must keep to what seems to be the opening."""
_HOURS = re.compile(r"(\d{1,2})(?::([0-5]\d))?\s*[-\u2013]\s*(\d{1,2})(?::([0-5]\d))?", re.ASCII)
_DAYS = re.compile(r"([a-z]{3})[a-z]*(?:\s*[-\u2013]\s*([a-z]{3})[a-z]*)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Opening:
    """Days of the week, hours of the day, and holidays; by the clock on the wall.

    Hours that run past midnight belong to the day on which they begin.
    """

    days: tuple[bool, ...] = (True,) * 7
    """Whether each day of the week is open, from Monday on; at least one is."""
    opens: int = 0
    """The first moment of a day, in microseconds after midnight."""
    length: int = DAY - 1
    """The microseconds from there to the last moment of the day that a step may lie at."""
    holidays: tuple[str, ...] = ()
    """Dates that are closed, in ISO 8601."""

    def whole_days(self) -> Opening:
        """Return the same days, open around the clock."""
        return replace(self, opens=0, length=DAY - 1)

    def split(self, stamps: Stamps) -> tuple[Stamps, Positions]:
        """Return the day (n,) to which each stamp (n,) belongs, and the microseconds (n,) from when
        that day opens."""
        shifted = stamps - np.timedelta64(self.opens, "us")
        days = shifted.astype("datetime64[D]")
        return days, (shifted - days).astype(np.int64)

    def contains(self, stamps: Stamps) -> npt.NDArray[np.bool_]:
        """Return whether each stamp (n,) lies within the opening."""
        days, within = self.split(stamps)
        open_days: npt.NDArray[np.bool_] = np.is_busday(days, busdaycal=self.calendar())
        return open_days & (within <= self.length)

    def calendar(self) -> np.busdaycalendar:
        """Return the open days as NumPy reckons with them."""
        return _calendar(self.days, self.holidays)

    def hours(self) -> str:
        """Return the hours as a caller would write them, the last one rounded up to a minute."""
        last = self.opens + self.length
        before_midnight = last == DAY - 1
        closes = DAY if before_midnight else -(-last // _MINUTE) * _MINUTE % DAY
        return f"{_write_time(self.opens)}-{_write_time(closes)}"

    def describe(self) -> str:
        """Return the opening as a caller would send it, without its holidays, as JSON."""
        parts = []
        if not all(self.days):
            parts.append(f'"days": "{_write_days(self.days)}"')
        if self.length < DAY - 1:
            parts.append(f'"hours": "{self.hours()}"')
        return f"{{{', '.join(parts)}}}"


@dataclass(frozen=True, slots=True)
class OpenSteps:
    """Steps of one length within an opening, the first of each day at the same time."""

    step: int
    """The length of a step in microseconds: a part of a day, or whole days."""
    opening: Opening
    """For steps of whole days it is open around the clock."""
    elapsed: bool = False

    def contains(self, stamps: Stamps) -> npt.NDArray[np.bool_]:
        """Return whether each of the stamps (n,) lies within the opening."""
        return self.opening.contains(stamps)

    def stamps(self, start: np.datetime64, skip: int, count: int) -> Stamps:
        """Return `count` stamps, the first of them `skip` steps after `start`, which is open."""
        day, first, slots, stride = self._place(start)
        check_range(int(start.astype(np.int64)) + (skip + count) // slots * stride * DAY)
        steps = self._slot(start) + np.arange(skip, skip + count)
        days = np.busday_offset(day, steps // slots * stride, busdaycal=self.opening.calendar())
        within = self.opening.opens + first + steps % slots * self.step
        return np.asarray(days.astype("datetime64[us]") + within.astype("timedelta64[us]"))

    def count_steps(self, start: np.datetime64, end: np.datetime64, limit: int) -> int:
        """Return the number of steps from `start` to the last stamp that is not after `end`."""
        day, first, slots, stride = self._place(start)
        days, within = self.opening.split(np.array([end]))
        calendar = self.opening.calendar()
        last_day = int(np.busday_count(day, days[0] + 1, busdaycal=calendar)) - 1
        slot = slots - 1
        if np.is_busday(days[0], busdaycal=calendar):
            slot = min((int(within[0]) - first) // self.step, slot)
        return (last_day * slots + slot) // stride - self._slot(start)

    def slots(self, stamp: np.datetime64) -> int:
        """Return how many steps an open day has that are whole steps away from a stamp."""
        return self._place(stamp)[2]

    def _place(self, stamp: np.datetime64) -> tuple[np.datetime64, int, int, int]:
        """Return the day of a stamp, the first step of each day in microseconds from when it opens,
        the number of steps in a day, and the open days from one step to the next."""
        days, within = self.opening.split(np.array([stamp]))
        first = int(within[0]) % min(self.step, DAY)
        slots = max((self.opening.length - first) // self.step + 1, 1)
        return days[0], first, slots, max(self.step // DAY, 1)

    def _slot(self, stamp: np.datetime64) -> int:
        """Return which step of its day a stamp is, from 0."""
        return int(self.opening.split(np.array([stamp]))[1][0]) // self.step


def open_frequency(frequency: Frequency, opening: Opening, start: np.datetime64) -> Frequency:
    """Return the frequency whose steps keep to an opening, with the same name.

    `start` is the date of a value; the steps of each day are whole steps away from its time of day.
    The season is an open day, or an open week if a day has one step.

    Raises:
        SeriesError: The frequency has steps that no opening times apply to. Its path is ("open",).
    """
    step, days = _step_and_days(frequency, opening)
    if step is None or not any(days):
        reason = (
            "opening times apply to steps of whole days and to shorter ones only"
            if step is None
            else "none of its days is open"
        )
        raise SeriesError(
            f'The frequency is {frequency.name!r}, and {reason}. Leave "open" out, or name another '
            "frequency.",
            code="opening_unusable",
            path=("open",),
        )
    kept = replace(opening if step < DAY else opening.whole_days(), days=days)
    rule = OpenSteps(step, kept)
    season_length = rule.slots(start)
    if season_length == 1:
        week, every = sum(days), max(step // DAY, 1)
        season_length = week // every if week % every == 0 else 1
    return Frequency(frequency.name, season_length, rule)


def check_open(stamps: Stamps, opening: Opening) -> None:
    """Check that stamps (n,) on the wall clock lie within an opening.

    Raises:
        SeriesError: One does not. Its path is the position of the first.
    """
    closed = ~opening.contains(stamps)
    if not closed.any():
        return
    position = int(closed.argmax())
    stamp = stamps[position : position + 1]
    days, within = opening.split(stamp)
    holiday = str(days[0]) in opening.holidays and within[0] <= opening.length
    raise SeriesError(
        f"{format_stamps(stamp)[0]}, a {day_name[int(_weekdays(stamp)[0])]}, lies "
        f"{'on a holiday' if holiday else f'outside {opening.describe()}'}: nothing is open then. "
        'Leave its value out, or correct "open".',
        code="timestamps_outside_opening",
        path=(position,),
    )


def seen_opening(wall: Stamps) -> Opening | None:
    """Return the opening that rising stamps (n,) on the wall clock seem to keep to, or None.

    Four of five days have stamps, apart from days of the week that have none in two weeks. If there
    are hours, four of five days begin and end at them.
    """
    dates = np.unique(wall.astype("datetime64[D]"))
    if dates.size < _FEWEST_DAYS:
        return None
    weekdays = np.bincount(_weekdays(dates), minlength=7)
    enough = dates.size >= 2 * _USUAL_SHARE * (weekdays > 0).sum()
    days = tuple((weekdays > 0).tolist()) if enough else (True,) * 7
    open_days = np.busday_count(dates[0], dates[-1] + 1, busdaycal=_calendar(days, ()))
    if dates.size < _USUAL_SHARE * open_days:
        return None
    times_of_day = (wall - wall.astype("datetime64[D]")).astype(np.int64)
    starts = np.searchsorted(wall, dates.astype("datetime64[us]"))
    firsts, lasts = times_of_day[starts], times_of_day[np.append(starts[1:], wall.size) - 1]
    opens, closes = int(times_of_day.min()), int(times_of_day.max())
    step = int(np.median(np.diff(wall.astype(np.int64))))
    opening = Opening(days)
    usual = ((firsts == opens) & (lasts == closes)).mean() >= _USUAL_SHARE
    if usual and opens < closes < opens + DAY - step:
        opening = Opening(days, opens, closes - opens)
    return None if opening == Opening() else opening


def opening_notes(frequency: Frequency, wall: Stamps, added: int) -> list[Note]:
    """Return a note if steps that count as missing may be closed rather than that.

    `wall` are the stamps (n,) that were given, and `added` is the number of those left out.
    """
    rule = frequency.rule
    if isinstance(rule, OpenSteps):
        seen = _observed(rule, wall)
        if seen is None:
            return []
        message = (
            "No day has a value at the first or at the last step of the opening hours, which name "
            "the first and the last time of day of a value. If nothing is missing, write "
            f'hours as "{seen.hours()}".'
        )
        return [Note("opening_longer_than_observed", message, added)]
    short = isinstance(rule, FixedStep) and rule.step <= DAY
    seen = seen_opening(wall) if short else None
    if seen is None:
        return []
    message = (
        "The timestamps seem to keep to opening times, and steps outside them count as missing. If "
        f"nothing can be observed then, send open as {seen.describe()}."
    )
    return [Note("opening_not_named", message, added)]


def _observed(rule: OpenSteps, wall: Stamps) -> Opening | None:
    """Return the opening with the hours that stamps (n,) have; None if it has no others."""
    days, within = rule.opening.split(wall)
    first, length = int(within.min()), int(within.max() - within.min())
    if np.unique(days).size < _FEWEST_DAYS or length // rule.step + 1 >= rule.slots(wall[0]):
        return None
    return replace(rule.opening, opens=(rule.opening.opens + first) % DAY, length=length)


def _weekdays(stamps: Stamps) -> Positions:
    """Return the day of the week of each stamp (n,), 0 for Monday."""
    days: Positions = stamps.astype("datetime64[D]").astype(np.int64)
    return (days + 3) % 7


def _step_and_days(frequency: Frequency, opening: Opening) -> tuple[int | None, tuple[bool, ...]]:
    """Return the step of a frequency in microseconds, None if no opening times apply to it, and the
    days of the week that are open at that frequency."""
    rule = frequency.rule
    if isinstance(rule, OpenSteps):
        return rule.step, rule.opening.days
    if frequency.name == "B":
        return DAY, tuple(is_open and day < 5 for day, is_open in enumerate(opening.days))
    fits = isinstance(rule, FixedStep) and rule.weekday is None
    step = rule.step if isinstance(rule, FixedStep) and fits else None
    return step if step is not None and (step < DAY or step % DAY == 0) else None, opening.days


def parse_opening(
    days: str | Sequence[str] | None, hours: str | None, holidays: Sequence[str]
) -> Opening:
    """Return the opening that texts such as "Mon-Sat", "10-16" or "09:30-16:00" describe.

    Both ends of the hours are included: they are the first and the last time of day of a value.

    Raises:
        SeriesError: A text is not understood; the path leads to it from ("open",) on.
    """
    opens, length = (0, DAY - 1) if hours is None else _parse_hours(hours)
    return Opening(_parse_days(days), opens, length, _parse_holidays(holidays))


def _parse_days(days: str | Sequence[str] | None) -> tuple[bool, ...]:
    if days is None:
        return (True,) * 7
    texts = days.split(",") if isinstance(days, str) else days
    cure = 'Write days as "Mon-Sat" or ["Mon", "Wed", "Fri"]'
    is_open = [False] * 7
    for text in texts:
        match = _DAYS.fullmatch(text.strip().lower())
        names = [name.upper() for name in match.groups() if name] if match else []
        if not names or not set(names) <= set(WEEKDAY_NAMES):
            raise _unknown("days", text, cure)
        first, last = (WEEKDAY_NAMES.index(name) for name in (names[0], names[-1]))
        for day in range(first, first + (last - first) % 7 + 1):
            is_open[day % 7] = True
    if not any(is_open):
        raise _unknown("days", days, cure)
    return tuple(is_open)


def _parse_hours(hours: str) -> tuple[int, int]:
    """Return when a day opens and how long it is open, both in microseconds."""
    match = _HOURS.fullmatch(hours.strip())
    cure = 'Write the first and the last time of day of a value, such as "10-16" or "09:30-16:00"'
    if match is None:
        raise _unknown("hours", hours, cure)
    first, last = (
        (int(hour) * 60 + int(minute or 0)) * _MINUTE
        for hour, minute in (match.groups()[:2], match.groups()[2:])
    )
    if first >= DAY or last > DAY:
        raise _unknown("hours", hours, cure)
    return first, DAY - first - 1 if last == DAY else (last - first) % DAY


def _parse_holidays(holidays: Sequence[str]) -> tuple[str, ...]:
    for position, text in enumerate(holidays):
        try:
            if not _DATE.fullmatch(text):
                raise ValueError
            np.datetime64(text, "D")
        except ValueError as error:
            unknown = _unknown("holidays", text, "Write each holiday as a date, such as 2024-12-25")
            raise unknown.at(*unknown.path, position) from error
    return tuple(sorted(set(holidays)))


def _unknown(field: str, given: object, cure: str) -> SeriesError:
    return SeriesError(
        f"{given!r} is not understood as {field} of opening. {cure}.",
        code="opening_unknown",
        path=("open", field),
    )


@lru_cache(maxsize=256)
def _calendar(days: tuple[bool, ...], holidays: tuple[str, ...]) -> np.busdaycalendar:
    return np.busdaycalendar(list(days), np.array(holidays, dtype="datetime64[D]"))


def _write_days(days: tuple[bool, ...]) -> str:
    """Write days of the week as a range if they are one, or else as a list."""
    names = [name.title() for name, is_open in zip(WEEKDAY_NAMES, days, strict=True) if is_open]
    starts = [day for day in range(7) if days[day] and not days[day - 1]]
    if len(starts) != 1 or len(names) < _SHORTEST_RANGE:
        return ",".join(names)
    first = starts[0]
    last = (first + len(names) - 1) % 7
    return f"{WEEKDAY_NAMES[first].title()}-{WEEKDAY_NAMES[last].title()}"


def _write_time(microseconds: int) -> str:
    hour, minute = divmod(microseconds // _MINUTE, 60)
    return f"{hour:02}:{minute:02}"

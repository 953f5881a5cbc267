"""Which seasons to look for in a series: those of a day, a week and a year, or a given one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from forecasting.series.frequency import DAY, FixedStep, Frequency
from forecasting.series.opening import OpenSteps

DAYS_IN_YEAR = 365.2425
DAILY, WEEKLY, MONTHLY, YEARLY = "day", "week", "month", "year"
"""The names of steps and seasons that calendars have."""
LONGEST_HISTORY = 100_000
"""Seasons are measured on at most this many of the latest values."""
MOST_YEARS = 10
"""A yearly season is measured on the latest years only, for it may change its shape."""
_BUSINESS_DAYS = 5 / 7
_CALENDAR_MONTHS = ("MS", "ME", "BMS", "BME")
"""The frequencies of whole months. Months on another day may begin or end on it."""
_WEEKS = (5, 7)
"""The lengths of weeks of days and of business days, whose shape hardly changes."""
_LONGEST_QUICK = 12
"""Seasons of up to so many steps, such as years of months, change their shape within years."""
_STEPS_PER_DAY = {7: 1.0, 365: 1.0, 366: 1.0, 52: 1 / 7, 53: 1 / 7} | {
    cycles * steps: float(steps) for steps in (24, 48, 96, 144, 288, 1440) for cycles in (1, 7)
}
"""What the season length of a series without dates says about its steps: 24 of them are the hours
of a day, 7 the days of a week, 52 the weeks of a year."""


class Profile(NamedTuple):
    """A season of whole steps, which adds the same at each of its phases."""

    length: int
    """The number of steps."""
    cycles: int
    """The number of latest cycles that it is measured on."""

    @classmethod
    def of(cls, length: int) -> Profile:
        """Return the profile of a season about which only its length is known."""
        if length in _WEEKS:
            return cls(length, 52)
        return cls(length, 8 if length <= _LONGEST_QUICK else 21)

    @property
    def history_length(self) -> int:
        """The number of latest values that it is measured on; the trend takes one cycle."""
        return (self.cycles + 1) * self.length


_CYCLES_OF_WEEK = 6
"""How many weeks the week of hours is measured on. Its shape changes with the time of the year."""


@dataclass(frozen=True, slots=True)
class Cycles:
    """The seasons that are looked for in a series, and the steps that they take."""

    profiles: tuple[Profile, ...] = ()
    """The seasons of whole steps, the shortest first."""
    year: float = 0.0
    """The steps in a year if a yearly season is looked for, which need not be whole; else 0."""
    week: int = 1
    """The steps in a week, at least 1, over which values are averaged to measure a year."""
    step: str = ""
    """What each step is if its dates tell what the calendar adds: a week, a month or a day, be it
    one of each day or of those that are open."""

    def history_length(self, least: int) -> int:
        """Return how many of the latest values the seasons are measured on, at least `least`."""
        longest = max((profile.history_length for profile in self.profiles), default=0)
        year = math.ceil(MOST_YEARS * self.year) + self.week
        return max(least, min(max(longest, year), LONGEST_HISTORY))

    def lengths(self) -> list[int]:
        """Return the lengths of all seasons in whole steps, the shortest first."""
        year = [round(self.year)] if self.year else []
        return [*(profile.length for profile in self.profiles), *year]

    def name(self, length: int) -> str:
        """Return the name of the season of `length` steps: day, week or year, or else its length.

        Only those of steps whose year is looked for are known by their names.
        """
        if self.year:
            names = {round(self.week / 7): DAILY, self.week: WEEKLY, round(self.year): YEARLY}
            return names.get(length, str(length))
        return str(length)

    @property
    def shortest(self) -> int:
        """The length of the shortest season in whole steps, 1 if none is looked for."""
        return min(self.lengths(), default=1)

    def fit(self, count: int) -> bool:
        """Return whether `count` values hold two cycles of any of the seasons."""
        whole = bool(self.profiles) and count >= 2 * self.profiles[0].length
        return whole or self.year_fits(count)

    def year_fits(self, count: int) -> bool:
        """Return whether `count` values hold two years, give or take half a week."""
        return self.year > 0 and count >= 2 * self.year - self.week / 2 - 1


@lru_cache(maxsize=1024)
def choose_cycles(season_length: int, frequency: Frequency | None = None) -> Cycles:
    """Return the seasons to look for in a series of a season length, which its frequency implies.

    Without a frequency, the season length tells what a step is, if it is one that calendars give.
    The season of a day lies in that of a week, and both lie in that of a year. A season length that
    has nothing to do with the calendar stands alone.
    """
    if season_length <= 1:
        return Cycles()
    per_day = _STEPS_PER_DAY.get(season_length) if frequency is None else _per_day(frequency)
    if per_day is None:
        months = frequency is not None and frequency.name in _CALENDAR_MONTHS
        step = MONTHLY if months and season_length == 12 else ""
        return Cycles((Profile.of(season_length),), step=step)
    year = DAYS_IN_YEAR * per_day
    lengths = [round(days * per_day) for days in (1, 7) if _is_whole(days * per_day)]
    lengths = [length for length in lengths if length > 1]
    if season_length not in lengths and abs(season_length - year) > 0.02 * year:
        return Cycles((Profile.of(season_length),))
    profiles = [Profile.of(length) for length in lengths]
    if len(profiles) > 1:
        profiles[1] = Profile(lengths[1], _CYCLES_OF_WEEK)
    step = WEEKLY if per_day == 1 / 7 else DAILY if 1 / 7 < per_day <= 1 else ""
    return Cycles(tuple(profiles), year, max(1, round(7 * per_day)), step)


def _per_day(frequency: Frequency) -> float | None:
    """Return the steps that a frequency has in a day on average.

    It is None for months and longer, and where closed hours or holidays keep a year from having as
    many steps as the next.
    """
    rule = frequency.rule
    if isinstance(rule, FixedStep):
        return DAY / rule.step
    if isinstance(rule, OpenSteps):
        open_days = sum(rule.opening.days)
        regular = rule.step == DAY and open_days > 1 and not rule.opening.holidays
        return open_days / 7 if regular else None
    return _BUSINESS_DAYS if frequency.name == "B" else None


def _is_whole(steps: float) -> bool:
    return steps >= 1 and abs(steps - round(steps)) < 1e-9

"""How often a series is observed: pandas' frequency aliases, and months on any fixed day.

Hours and shorter steps are elapsed time; days and longer steps follow the wall clock. The common
frequencies are stepped in NumPy. pandas is imported to read an alias, and to step the others, such
as business months and the third Friday of a month.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

import numpy as np
import numpy.typing as npt

from forecasting.errors import SeriesError
from forecasting.tables.libraries import pd
from forecasting.types import Stamps

DAY = 86_400_000_000
"""The length of a day in microseconds."""
MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAY_NAMES = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_END = np.datetime64("9999-12-31T23:59:59.999999", "us")
_LAST_DAY = 31

# Observations in the season that a frequency most often shows: a year of months, a day of hours.
_SEASON_LENGTHS = {
    "YS": 1, "YE": 1, "BYS": 1, "BYE": 1,
    "QS": 4, "QE": 4, "BQS": 4, "BQE": 4,
    "MS": 12, "ME": 12, "BMS": 12, "BME": 12,
    "SMS": 24, "SME": 24, "WOM": 12, "LWOM": 12,
    "W": 52, "D": 7, "B": 5, "h": 24, "min": 1440, "s": 60,
}  # fmt: skip
_UNITS = {
    "W": 7 * DAY, "D": DAY, "h": 3_600_000_000, "min": 60_000_000, "s": 1_000_000,
}  # fmt: skip
"""The lengths of the steps that are always equally long, in microseconds."""
# Business days and months, half months, the third or the last Friday of a month.
_STEPPED_BY_PANDAS = {"B", "BMS", "BME", "BQS", "BQE", "BYS", "BYE", "SMS", "SME", "WOM", "LWOM"}
_RENAMED = {
    "A": "YE", "AS": "YS", "Y": "YE", "Q": "QE", "M": "ME", "SM": "SME",
    "BA": "BYE", "BAS": "BYS", "BY": "BYE", "BQ": "BQE", "BM": "BME",
    "H": "h", "T": "min", "S": "s", "L": "ms", "U": "us",
}  # fmt: skip
"""The aliases that pandas has renamed since version 2.2, and their names of today."""
_MONTHS_IN = {"M": 1, "Q": 3, "Y": 12}


class Rule(Protocol):
    """How to get from one observation to the next."""

    @property
    def elapsed(self) -> bool:
        """Whether steps are elapsed time. Otherwise they follow the wall clock."""
        ...

    def contains(self, stamps: Stamps) -> npt.NDArray[np.bool_]:
        """Return for each of the stamps (n,) whether an observation may have it."""
        ...

    def stamps(self, start: np.datetime64, skip: int, count: int) -> Stamps:
        """Return `count` stamps, the first of them `skip` steps after `start`.

        Raises:
            OverflowError: The stamps run past what a stamp can hold.
            ValueError: pandas cannot step so far.
        """
        ...

    def count_steps(self, start: np.datetime64, end: np.datetime64, limit: int) -> int:
        """Return the number of steps from `start` to the last stamp that is not after `end`.

        If there are more than `limit`, the result may be any number above `limit`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Frequency:
    """A frequency by its alias, with the season that it implies and the rule of its steps."""

    name: str
    """The alias, as pandas writes it."""
    season_length: int
    """Observations in a season: 12 for months, 24 for hours, 48 for half hours; 1 if none fits."""
    rule: Rule

    def stamps(self, start: np.datetime64, skip: int, count: int) -> Stamps:
        """Return `count` stamps, the first of them `skip` steps after `start`.

        Raises:
            SeriesError: The stamps run past the year 9999.
        """
        try:
            stamps = self.rule.stamps(start, skip, count)
        except (ValueError, OverflowError) as error:
            raise self.out_of_range(start) from error
        if stamps.size and not stamps[-1] <= _END:
            raise self.out_of_range(start)
        return stamps

    def first_at_or_after(self, stamp: np.datetime64) -> np.datetime64:
        """Return the first stamp of this frequency at or after `stamp`, at the same time of day.

        Raises:
            SeriesError: That stamp lies past the year 9999.
        """
        days = stamp + np.arange(400) * np.timedelta64(DAY, "us")
        found = days[days <= _END]
        found = found[self.rule.contains(found)]
        if not found.size:
            raise self.out_of_range(stamp)
        first: np.datetime64 = found[0]
        return first

    def on_wall_clock(self) -> Frequency:
        """Return the same steps of several hours, taken along the wall clock: 00:00, 06:00 …"""
        assert isinstance(self.rule, FixedStep)
        return replace(self, rule=replace(self.rule, elapsed=False))

    def out_of_range(self, start: np.datetime64) -> SeriesError:
        """Return the error for dates after `start` that run past the end of the calendar."""
        return SeriesError(
            f"The dates after {start.astype('datetime64[s]')} at frequency {self.name!r} run past "
            "the end of the calendar, the year 9999. Give an earlier date, or ask for fewer steps.",
            code="timestamps_out_of_range",
        )


@dataclass(frozen=True, slots=True)
class FixedStep:
    """Steps of one length: elapsed time, or whole days and parts of them on the wall clock."""

    step: int
    """The length of a step in microseconds."""
    elapsed: bool
    weekday: int | None = None
    """The only weekday that observations fall on, 0 for Monday; None if they may fall on any."""

    def contains(self, stamps: Stamps) -> npt.NDArray[np.bool_]:
        """Return whether each of the stamps (n,) falls on the weekday."""
        if self.weekday is None:
            return np.ones(stamps.size, bool)
        days = stamps.astype("datetime64[D]").astype(np.int64)
        return np.asarray((days + 3) % 7 == self.weekday)  # day 0, 1970-01-01, was a Thursday

    def stamps(self, start: np.datetime64, skip: int, count: int) -> Stamps:
        """Return `count` stamps, the first of them `skip` steps after `start`."""
        check_range(int(start.astype(np.int64)) + (skip + count) * self.step)
        return start + np.arange(skip, skip + count) * np.timedelta64(self.step, "us")

    def count_steps(self, start: np.datetime64, end: np.datetime64, limit: int) -> int:
        """Return the number of whole steps from `start` to `end`."""
        return int((end - start).astype(np.int64)) // self.step


@dataclass(frozen=True, slots=True)
class MonthDay:
    """The same day every so many months, or the last day of a month that is shorter."""

    months: int
    """Months in a step."""
    day: int
    """The day of the month; 31 is always the last."""
    cycle: int = 1
    """Observations fall only on every `cycle`-th month: 3 for quarters, 12 for years."""
    anchor: int = 0
    """A month of the cycle, 0 for January."""
    elapsed: bool = False

    def contains(self, stamps: Stamps) -> npt.NDArray[np.bool_]:
        """Return whether each of the stamps (n,) falls on the day, in a month of the cycle."""
        months = stamps.astype("datetime64[M]")
        on_cycle = months.astype(np.int64) % self.cycle == self.anchor % self.cycle
        on_day = self._dates(months) == stamps.astype("datetime64[D]")
        return np.asarray(on_cycle & on_day, dtype=bool)

    def stamps(self, start: np.datetime64, skip: int, count: int) -> Stamps:
        """Return `count` stamps at the time of day of `start`, the first `skip` steps after it."""
        first = start.astype("datetime64[M]")
        check_range((int(first.astype(np.int64)) + (skip + count) * self.months) * 28 * DAY)
        dates = self._dates(first + np.arange(skip, skip + count) * self.months)
        time_of_day = start - start.astype("datetime64[D]")
        return np.asarray(dates.astype("datetime64[us]") + time_of_day)

    def count_steps(self, start: np.datetime64, end: np.datetime64, limit: int) -> int:
        """Return the number of whole steps from the month of `start` to that of `end`."""
        months = end.astype("datetime64[M]") - start.astype("datetime64[M]")
        return int(months.astype(np.int64)) // self.months

    def _dates(self, months: Stamps) -> Stamps:
        first = months.astype("datetime64[D]")
        length = (months + 1).astype("datetime64[D]") - first
        return np.asarray(first + np.minimum(length, np.timedelta64(self.day, "D")) - 1)


@dataclass(frozen=True, slots=True)
class PandasOffset:
    """Another of pandas' offsets of whole days, stepped by pandas."""

    offset: pd.offsets.BaseOffset
    elapsed: bool = False

    def contains(self, stamps: Stamps) -> npt.NDArray[np.bool_]:
        """Return whether each of the stamps (n,) lies on the offset."""
        found = (self.offset.is_on_offset(pd.Timestamp(stamp)) for stamp in stamps)
        return np.fromiter(found, bool, stamps.size)

    def stamps(self, start: np.datetime64, skip: int, count: int) -> Stamps:
        """Return `count` stamps, the first of them `skip` steps after `start`."""
        index = pd.date_range(pd.Timestamp(start), periods=skip + count, freq=self.offset)
        return index.as_unit("us").to_numpy()[skip:]

    def count_steps(self, start: np.datetime64, end: np.datetime64, limit: int) -> int:
        """Return the number of steps from `start` to the last stamp that is not after `end`."""
        first = self.stamps(start, 0, 6)
        likely = int(2 * ((end - start) / ((first[-1] - first[0]) / 5)))
        stamps = self.stamps(start, 0, min(limit, likely) + 2)
        return int(np.searchsorted(stamps, end, side="right")) - 1


@lru_cache(maxsize=256)
def parse_frequency(alias: str) -> Frequency:
    """Return the frequency of a pandas alias, or of months on a fixed day.

    `MS-15` stands for months on the 15th, `3MS-15` for every third such month; pandas has no alias
    for these.

    Raises:
        SeriesError: `alias` is not a frequency, goes backwards, or is one that series cannot have.
    """
    fixed = re.fullmatch(r"(\d{0,4})MS-(\d{1,2})", alias, re.ASCII)
    if fixed is not None:
        months, day = int(fixed[1] or 1), int(fixed[2])
        if months < 1 or not 1 < day < _LAST_DAY:
            raise _unknown(alias)
        return Frequency(f"{fixed[1]}MS-{day}", _season_length("MS", months), MonthDay(months, day))
    try:
        offset = pd.tseries.frequencies.to_offset(alias)
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise _unknown(alias) from error
    if offset is None or offset.n < 1:
        raise _unknown(alias)
    base, _, anchor = str(offset.rule_code).partition("-")
    rule = _rule(base, anchor, offset)
    if rule is None:
        raise _unknown(alias)
    base, every = _in_largest_unit(rule.step) if isinstance(rule, FixedStep) else (base, offset.n)
    return Frequency(str(offset.freqstr), _season_length(base, every), rule)


def _rule(base: str, anchor: str, offset: pd.offsets.BaseOffset) -> Rule | None:
    """Return the rule of a pandas offset, whose alias is `base` or `base-anchor`, if it has one."""
    every = int(offset.n)
    if isinstance(offset, pd.offsets.Tick):
        microseconds, rest = divmod(int(offset.nanos), 1_000)
        return None if rest else FixedStep(microseconds, elapsed=True)
    if base == "D":
        return FixedStep(every * DAY, elapsed=False)
    if base == "W" and anchor:
        return FixedStep(7 * every * DAY, elapsed=False, weekday=WEEKDAY_NAMES.index(anchor))
    if base in ("MS", "ME", "QS", "QE", "YS", "YE"):
        cycle = _MONTHS_IN[base[0]]
        month = MONTH_NAMES.index(anchor) if anchor else 0
        return MonthDay(every * cycle, 1 if base[1] == "S" else _LAST_DAY, cycle, month)
    return PandasOffset(offset) if base in _STEPPED_BY_PANDAS else None


def _in_largest_unit(step: int) -> tuple[str, int]:
    """Return the largest unit of which a step, in microseconds, is so many: 3600s are one hour."""
    for unit, length in _UNITS.items():
        if step % length == 0:
            return unit, step // length
    return "us", step


def _season_length(base: str, every: int) -> int:
    """Return the season length of every so many steps of `base`, 1 if they do not divide it."""
    length = _SEASON_LENGTHS.get(base, 1)
    return length // every if length % every == 0 else 1


def check_range(microseconds: int) -> None:
    """Raise OverflowError for a stamp, in microseconds, so far past the end of the calendar that it
    may not fit."""
    if microseconds > 2 * int(_END.astype(np.int64)):
        raise OverflowError


def _unknown(alias: str) -> SeriesError:
    """Return the error for an alias that is not a frequency, with today's name of an old alias."""
    cure = (
        'Give a pandas alias, such as "YS", "QS", "MS", "W-MON", "D", "B", "h" or "30min", or '
        '"MS-15" for months on the 15th.'
    )
    old = re.fullmatch(r"(\d*)([A-Z]+)((?:-[A-Z]{3})?)", alias, re.ASCII)
    if old is not None and old[2] in _RENAMED:
        cure = f'pandas has renamed it: write "{old[1]}{_RENAMED[old[2]]}{old[3]}".'
    return SeriesError(
        f"{alias!r} is not a frequency. {cure}", code="frequency_unknown", path=("frequency",)
    )

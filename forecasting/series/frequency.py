"""How often a series is observed: pandas' frequency aliases, and months on any fixed day.

Hours and shorter steps are elapsed time; days and longer steps follow the wall clock. The common
frequencies step in NumPy; pandas is imported to read an alias, and steps the rest (business months,
the third Friday …).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from forecasting.errors import SeriesError
from forecasting.types import Stamps

if TYPE_CHECKING:
    import pandas as pd

DAY = 86_400_000_000
"""Microseconds."""
MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAY_NAMES = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_END = np.datetime64("9999-12-31T23:59:59.999999", "us")
_LAST_DAY = 31

# Observations in the season that a frequency most often shows: a year of months, a day of hours.
_SEASON_LENGTHS = {
    "YS": 1, "YE": 1, "BYS": 1, "BYE": 1,
    "QS": 4, "QE": 4, "BQS": 4, "BQE": 4,
    "MS": 12, "ME": 12, "BMS": 12, "BME": 12,
    "W": 52, "D": 7, "B": 5, "h": 24, "min": 1440, "s": 60,
}  # fmt: skip
_OTHERS = {"B", "BMS", "BME", "BQS", "BQE", "BYS", "BYE", "SMS", "SME", "WOM", "LWOM"}
"""What pandas steps: business days and months, half months, the third Friday of a month."""
_MONTHS_IN = {"M": 1, "Q": 3, "Y": 12}


class Rule(Protocol):
    """How to step from one observation to the next."""

    @property
    def elapsed(self) -> bool:
        """Whether steps are elapsed time; else they follow the wall clock."""
        ...

    def holds(self, stamps: Stamps) -> npt.NDArray[np.bool_]:
        """Which of the stamps an observation may have."""
        ...

    def stamps(self, start: np.datetime64, skip: int, count: int) -> Stamps:
        """`count` stamps, the first one `skip` steps after `start`. May raise OverflowError."""
        ...

    def count(self, start: np.datetime64, end: np.datetime64, most: int) -> int:
        """Steps from `start` to the last stamp ≤ `end`; where that is over `most`, any above."""
        ...


@dataclass(frozen=True, slots=True)
class Frequency:
    name: str
    season_length: int
    """Observations a season: 12 for months, 24 for hours, 48 for half hours; 1 where none fits."""
    rule: Rule

    def stamps(self, start: np.datetime64, skip: int, count: int) -> Stamps:
        """`count` stamps, the first one `skip` steps after `start`.

        Raises SeriesError where they run past the year 9999.
        """
        try:
            stamps = self.rule.stamps(start, skip, count)
        except (ValueError, OverflowError) as error:
            raise self._out_of_range(start) from error
        if stamps.size and not stamps[-1] <= _END:
            raise self._out_of_range(start)
        return stamps

    def next_after(self, stamp: np.datetime64) -> np.datetime64:
        """The first stamp of this frequency at or after `stamp`, its time of day kept.

        Raises SeriesError where that is past the year 9999.
        """
        days = stamp + np.arange(400) * np.timedelta64(DAY, "us")
        found = days[days <= _END]
        found = found[self.rule.holds(found)]
        if not found.size:
            raise self._out_of_range(stamp)
        first: np.datetime64 = found[0]
        return first

    def on_wall_clock(self) -> Frequency:
        """Return the same steps of several hours, taken along the clock on the wall."""
        assert isinstance(self.rule, Spaced)
        return replace(self, rule=replace(self.rule, elapsed=False))

    def _out_of_range(self, start: np.datetime64) -> SeriesError:
        return SeriesError(
            f"the dates after {start.astype('datetime64[s]')} at frequency {self.name!r} run past "
            "the end of the calendar, the year 9999.",
            code="timestamps_out_of_range",
        )


@dataclass(frozen=True, slots=True)
class Spaced:
    """Evenly spaced, `step` microseconds apart: elapsed time, or whole days of the wall clock."""

    step: int
    elapsed: bool
    weekday: int | None = None
    """0 is Monday; None: any day."""

    def holds(self, stamps: Stamps) -> npt.NDArray[np.bool_]:
        if self.weekday is None:
            return np.ones(stamps.size, bool)
        days = stamps.astype("datetime64[D]").astype(np.int64)
        return np.asarray((days + 3) % 7 == self.weekday)

    def stamps(self, start: np.datetime64, skip: int, count: int) -> Stamps:
        _check_end(int(start.astype(np.int64)) + (skip + count) * self.step)
        return start + np.arange(skip, skip + count) * np.timedelta64(self.step, "us")

    def count(self, start: np.datetime64, end: np.datetime64, most: int) -> int:
        return int((end - start).astype(np.int64)) // self.step


@dataclass(frozen=True, slots=True)
class Months:
    """The same day every `months` months, or the last day of a month that is shorter.

    Only months that are `anchor` (0 is January) modulo `cycle` count: a quarter's or a year's.
    """

    months: int
    day: int
    cycle: int = 1
    anchor: int = 0
    elapsed: bool = False

    def holds(self, stamps: Stamps) -> npt.NDArray[np.bool_]:
        months = stamps.astype("datetime64[M]")
        on_cycle = months.astype(np.int64) % self.cycle == self.anchor % self.cycle
        return np.asarray(
            on_cycle & (self._dates(months) == stamps.astype("datetime64[D]")), dtype=bool
        )

    def stamps(self, start: np.datetime64, skip: int, count: int) -> Stamps:
        first = start.astype("datetime64[M]")
        _check_end((int(first.astype(np.int64)) + (skip + count) * self.months) * 28 * DAY)
        dates = self._dates(first + np.arange(skip, skip + count) * self.months)
        time = start - start.astype("datetime64[D]")
        return np.asarray(dates.astype("datetime64[us]") + time)

    def count(self, start: np.datetime64, end: np.datetime64, most: int) -> int:
        months = end.astype("datetime64[M]") - start.astype("datetime64[M]")
        return int(months.astype(np.int64)) // self.months

    def _dates(self, months: Stamps) -> Stamps:
        first = months.astype("datetime64[D]")
        length = (months + 1).astype("datetime64[D]") - first
        return np.asarray(first + np.minimum(length, np.timedelta64(self.day, "D")) - 1)


@dataclass(frozen=True, slots=True)
class Offset:
    """One of the other offsets of pandas, which fit whole days."""

    offset: pd.offsets.BaseOffset
    elapsed: bool = False

    def holds(self, stamps: Stamps) -> npt.NDArray[np.bool_]:
        import pandas as pd

        found = (self.offset.is_on_offset(pd.Timestamp(stamp)) for stamp in stamps)
        return np.fromiter(found, bool, stamps.size)

    def stamps(self, start: np.datetime64, skip: int, count: int) -> Stamps:
        import pandas as pd

        index = pd.date_range(pd.Timestamp(start), periods=skip + count, freq=self.offset)
        return index.as_unit("us").to_numpy()[skip:]

    def count(self, start: np.datetime64, end: np.datetime64, most: int) -> int:
        first = self.stamps(start, 0, 6)
        likely = int(2 * ((end - start) / ((first[-1] - first[0]) / 5)))
        stamps = self.stamps(start, 0, min(most, likely) + 2)
        return int(np.searchsorted(stamps, end, side="right")) - 1


@lru_cache(maxsize=256)
def parse_frequency(alias: str) -> Frequency:
    """Raises SeriesError for what is no pandas frequency alias, or goes backwards.

    Beside pandas' own, `MS-15` stands for months on the 15th, `3MS-15` for every third such month.
    """
    from pandas.tseries.frequencies import to_offset

    fixed = re.fullmatch(r"(\d{0,4})MS-(\d{1,2})", alias, re.ASCII)
    if fixed is not None:
        months, day = int(fixed[1] or 1), int(fixed[2])
        if months < 1 or not 1 < day < _LAST_DAY:
            raise _unknown(alias)
        return Frequency(f"{fixed[1]}MS-{day}", _season_length("MS", months), Months(months, day))
    try:
        offset = to_offset(alias)
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise _unknown(alias) from error
    if offset is None or offset.n < 1:
        raise _unknown(alias)
    base, _, anchor = str(offset.rule_code).partition("-")
    rule = _rule(base, anchor, offset)
    if rule is None:
        raise _unknown(alias)
    return Frequency(str(offset.freqstr), _season_length(base, offset.n), rule)


def _rule(base: str, anchor: str, offset: pd.offsets.BaseOffset) -> Rule | None:
    import pandas as pd

    every = int(offset.n)
    if isinstance(offset, pd.offsets.Tick):
        microseconds, rest = divmod(int(offset.nanos), 1_000)
        return None if rest else Spaced(microseconds, elapsed=True)
    if base == "D":
        return Spaced(every * DAY, elapsed=False)
    if base == "W" and anchor:
        return Spaced(7 * every * DAY, elapsed=False, weekday=WEEKDAY_NAMES.index(anchor))
    if base in ("MS", "ME", "QS", "QE", "YS", "YE"):
        cycle = _MONTHS_IN[base[0]]
        month = MONTH_NAMES.index(anchor) if anchor else 0
        return Months(every * cycle, 1 if base[1] == "S" else _LAST_DAY, cycle, month)
    return Offset(offset) if base in _OTHERS else None


def _season_length(base: str, every: int) -> int:
    steps = _SEASON_LENGTHS.get(base, 1)
    return steps // every if steps % every == 0 else 1


def _check_end(microseconds: int) -> None:
    if microseconds > 2 * int(_END.astype(np.int64)):
        raise OverflowError


def _unknown(alias: str) -> SeriesError:
    return SeriesError(
        f"{alias!r} is no frequency. Give a pandas alias: "
        '"YS", "QS", "MS", "W-MON", "D", "B", "h", "30min"; or "MS-15" for months on the 15th.',
        code="frequency_unknown",
        path=("frequency",),
    )

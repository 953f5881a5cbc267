"""Dates that are like those of a series before.

Finding the frequency of dates takes longer than forecasting from them, and most series of a table
have dates like the others. So what was found is remembered, by what decides it: for steps that are
even, or whole months, their length and where they begin in the week or the year; for any other
dates, all of them.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import tzinfo
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from forecasting.errors import SeriesError
from forecasting.series.alignment import align
from forecasting.series.calendar import Calendar, Steps
from forecasting.series.frequency import DAY, FixedStep, Frequency, MonthDay
from forecasting.series.repair import DateRules
from forecasting.series.time_zones import zoned_to_utc
from forecasting.series.timestamps import Times, times_from_wall
from forecasting.types import Floats, Positions

_ENOUGH = 13
"""So many months or quarters never have the same number of days, nor do so many years."""
_MOST_KEPT = 20_000
_FIRST = int(np.datetime64("0001-01-03", "us").astype(np.int64))
_LAST = int(np.datetime64("9999-12-29", "us").astype(np.int64))

Key = tuple[Hashable, ...]
Numbers = npt.NDArray[np.int64]


@dataclass(slots=True)
class SharedDates:
    """What is known of the dates of the series so far."""

    are_steps: bool
    """Whether the times are whole numbers that count steps."""
    zone: tzinfo | None
    """The zone of the dates."""
    in_zone: bool
    """Whether the times are UTC, and not what the clock on the wall showed."""
    frequency: str | None
    rules: DateRules
    _found: dict[Key, Frequency | Calendar | None] = field(default_factory=dict)
    """By the key of the dates: their frequency or, if they have no pattern, their calendar. None if
    something has to be done to series with these dates."""
    _ahead: dict[Key, Numbers] = field(default_factory=dict)

    def times(self, numbers: Numbers) -> Times:
        """Return the times (n,) of one series.

        Raises SeriesError, its path a position, for one outside the years that can be read.
        """
        stamps = numbers.view("datetime64[us]")
        times_from_wall(stamps)
        return Times(stamps, self.zone, wall=not self.in_zone)

    def keys(self, numbers: Numbers, starts: Positions, lengths: Positions) -> list[Key | None]:
        """Return the key of the dates of each of m series, None for one that has to be read.

        `numbers` (n,) are the times of all of them, those of each from one of `starts` (m,) on.
        """
        if self.rules.opening is not None or not numbers.size:
            return [None] * lengths.size
        if self.are_steps:
            steps = _even(numbers, starts, lengths)
            return [("even", step) if step else None for step in steps.tolist()]
        low, high = np.minimum.reduceat(numbers, starts), np.maximum.reduceat(numbers, starts)
        unreadable = (low < _FIRST) | (high > _LAST)
        if unreadable.any():
            numbers = np.where(np.repeat(unreadable, lengths), 0, numbers)
        keys = self._keys_of_dates(numbers, starts, lengths)
        return [None if bad else key for bad, key in zip(unreadable, keys, strict=True)]

    def _keys_of_dates(
        self, numbers: Numbers, starts: Positions, lengths: Positions
    ) -> list[Key | None]:
        keys: list[Key | None] = [None] * lengths.size
        if self.zone is None:
            steps, first = _even(numbers, starts, lengths), numbers[starts]
            for run in np.flatnonzero(steps).tolist():
                keys[run] = ("even", int(steps[run]), int(first[run]) % (7 * DAY))
            if steps.all():
                return keys
            self._add_months(keys, numbers, starts, lengths)
        for run, key in enumerate(keys):
            if key is None:
                stretch = numbers[starts[run] : starts[run] + lengths[run]]
                keys[run] = ("all", blake2b(stretch.data, digest_size=16).digest())
        return keys

    def recall(self, key: Key | None, numbers: Numbers, values: Floats) -> Calendar | Steps | None:
        """Return the calendar, or the steps, of a series (n,); None if it has to be read.

        That is so if something has to be done to its dates, or if they make no sense.
        """
        if key is None:
            return None
        if self.are_steps:
            return Steps(int(numbers[0]), int(numbers[1] - numbers[0]))
        if key not in self._found:
            if len(self._found) >= _MOST_KEPT:
                self._found.clear()
            self._found[key] = self._look_at(key, numbers, values)
        found = self._found[key]
        if found is None or isinstance(found, Calendar):
            return found
        return Calendar(numbers[:1].view("datetime64[us]")[0], found)

    def ahead(self, dates: Calendar | Steps, skip: int, count: int) -> Numbers:
        """Return `count` times, the first of them `skip` steps after the start: microseconds, in
        UTC if there is a zone, or steps.

        Raises SeriesError if they run past the year 9999, or past the largest step.
        """
        if isinstance(dates, Steps):
            return dates.numbers(skip, count)
        rule = dates.frequency.rule
        if dates.zone is None and isinstance(rule, FixedStep):
            start = int(dates.start.astype("datetime64[us]").astype(np.int64))
            first = start + skip * rule.step
            if first + (count - 1) * rule.step <= _LAST:
                return np.arange(count) * rule.step + first
        key = (dates.start, dates.frequency, dates.zone, skip, count)
        if key not in self._ahead:
            if len(self._ahead) >= _MOST_KEPT:
                self._ahead.clear()
            index = dates.range(skip, count)
            stamps = index.to_numpy() if dates.zone is None else zoned_to_utc(index)
            self._ahead[key] = stamps.astype("datetime64[us]").astype(np.int64)
        return self._ahead[key]

    def _add_months(
        self, keys: list[Key | None], numbers: Numbers, starts: Positions, lengths: Positions
    ) -> None:
        """Add the keys of dates that are whole months apart, on one day or on the last one."""
        for kind, later in (("months", 0), ("ends", DAY)):
            stamps = (numbers + later).view("datetime64[us]")
            months = stamps.astype("datetime64[M]")
            within = (stamps - months).astype(np.int64)
            month = months.astype(np.int64)
            apart = _even(month, starts, lengths)
            lowest = np.minimum.reduceat(within, starts)
            alike = lowest == np.maximum.reduceat(within, starts)
            for run in np.flatnonzero((apart > 0) & alike & (lowest < 28 * DAY)).tolist():
                if keys[run] is None:
                    position = int(month[starts[run]]) % 12
                    keys[run] = (kind, int(apart[run]), int(lowest[run]), position)

    def _look_at(self, key: Key, numbers: Numbers, values: Floats) -> Frequency | Calendar | None:
        """Return what is found in the dates of a series, unless something has to be done to it."""
        try:
            found = align(values, self.times(numbers), frequency=self.frequency, rules=self.rules)
        except SeriesError:
            return None
        if found.notes or found.rows.count != numbers.size:
            return None
        if key[0] == "all":
            return found.calendar
        frequency = found.calendar.frequency
        expected = FixedStep if key[0] == "even" else MonthDay
        return frequency if isinstance(frequency.rule, expected) else None


def _even(numbers: Numbers, starts: Positions, lengths: Positions) -> Numbers:
    """Return the step between the numbers of each of m series (m,); 0 if they differ or are few."""
    steps = np.empty_like(numbers)
    steps[1:] = numbers[1:] - numbers[:-1]
    steps[0] = 0
    second = np.minimum(starts + 1, numbers.size - 1)
    steps[starts] = steps[second]
    low, high = np.minimum.reduceat(steps, starts), np.maximum.reduceat(steps, starts)
    return np.where((low == high) & (low > 0) & (lengths >= _ENOUGH), low, 0)

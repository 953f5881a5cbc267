"""Dates as people write them, read into arrays: one way of writing for all texts of a column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from forecasting.dates.layouts import (
    DateFields,
    Integers,
    Layout,
    Mask,
    compile_date_format,
    days_of_half_years,
    days_of_months,
    days_of_quarters,
    days_of_weeks,
    days_of_years,
    find_layout,
)
from forecasting.dates.unreadable import LONGEST, WRITE_ISO_8601, advise_formats, explain_unreadable
from forecasting.errors import SeriesError
from forecasting.types import Stamps

NO_OFFSET = -(2**15)
"""Stands for the offset of a date that is written without one."""
_CHUNK = 65_536
_MOST_SHAPES = 1_000
"""The shapes of texts that one chunk may hold, such as `9 May 2024` and `10 May 2024`."""
_FEWEST_REGULAR = 6
_FIRST_SHORT_YEAR = 1969
"""What 69 stands for, as for strptime; 68 is 2068."""
_ZERO = ord("0")
_POWERS = 10 ** np.arange(10, dtype=np.int64)
_DAY = 86_400_000_000


_DAYS: dict[DateFields, Callable[[Integers, Integers, Integers], tuple[Stamps, Mask]]] = {
    DateFields.DAY: days_of_months,
    DateFields.NAMED_DAY: days_of_months,
    DateFields.YEAR: days_of_months,
    DateFields.MONTH: days_of_months,
    DateFields.NAMED_MONTH: days_of_months,
    DateFields.HALF_YEAR: days_of_half_years,
    DateFields.QUARTER: days_of_quarters,
    DateFields.WEEK: days_of_weeks,
    DateFields.WEEKDAY: days_of_weeks,
    DateFields.ORDINAL: days_of_years,
}


@dataclass(frozen=True, slots=True)
class DateTexts:
    """What dates were found in texts (n,)."""

    wall: Stamps
    """Shape (n,): what is written, whatever the offset."""
    offsets: npt.NDArray[np.int16] | None
    """Shape (n,): the offsets from UTC in minutes; None if the dates have none."""
    assumed: str | None = None
    """What was assumed of the dates, as two sentences, if it was not plain."""


def read_date_texts(
    texts: Sequence[str], *, date_format: str | None = None, takes_format: bool = False
) -> DateTexts:
    """Read dates (n,) that are all written in the same way, apart from the time of day.

    `date_format` says how, in the notation of strptime; if it is None, it is found out.
    `takes_format` says whether the caller can give it, which errors then advise.

    Raises:
        SeriesError: A text is not a date or is written unlike the first one, has an offset although
            that has none, or it is not clear what is day and what month. The path of the error is
            the position of that text. Or `date_format` cannot be read with; the path is then
            ("date_format",).
    """
    if not texts:
        return DateTexts(np.empty(0, "datetime64[us]"), None)
    find = find_layout if date_format is None else compile_date_format(date_format)
    reading = _Reading(texts, find, date_format, takes_format)
    for start in range(0, len(texts), _CHUNK):
        reading.read_chunk(start)
    days, assumed = _Days(reading).find()
    offsets = reading.checked_offsets()
    wall = days.astype("datetime64[us]") + reading.clock.view("timedelta64[us]")
    return DateTexts(wall, offsets, assumed)


@dataclass(slots=True)
class _Reading:
    """The numbers that the texts hold, as they are read from one chunk after another."""

    texts: Sequence[str]
    find_layout: Callable[[str], Layout | None]
    """Returns the layout of a text in lower case, or None if it has none."""
    date_format: str | None
    takes_format: bool
    layout: Layout | None = None
    parts: npt.NDArray[np.int16] = field(init=False)
    """Shape (3, n): the year, and what the layout has after it; 1 for what it leaves out."""
    clock: Integers = field(init=False)
    """Shape (n,): microseconds since midnight."""
    offsets: npt.NDArray[np.int16] = field(init=False)

    def __post_init__(self) -> None:
        count = len(self.texts)
        self.parts = np.ones((3, count), np.int16)
        self.clock = np.zeros(count, np.int64)
        self.offsets = np.full(count, NO_OFFSET, np.int16)

    def read_chunk(self, start: int) -> None:
        """Read the texts from `start` on, those of one shape at a time."""
        texts = [text.lower() for text in self.texts[start : start + _CHUNK]]
        for position, text in enumerate(texts):
            if not 0 < len(text) <= LONGEST or "\0" in text:
                raise self.unreadable(start + position)
        width = max(map(len, texts))
        codes = np.array(texts, dtype=f"U{width}").view(np.uint32).reshape(len(texts), width)
        digits = (codes >= _ZERO) & (codes < _ZERO + 10)
        left = np.arange(len(texts))
        for _ in range(_MOST_SHAPES):
            if not left.size:
                return
            first = int(left[0])
            layout = self._find_layout(start + first)
            alike = (codes[left] == codes[first]) | (digits[left] & digits[first])
            same = alike.all(axis=1)
            rows, left = left[same], left[~same]
            self._read_shape(_Shape(layout, codes[rows]), start + rows)
        raise self._unlike_the_first(start + int(left[0]))

    def _find_layout(self, position: int) -> Layout:
        layout = self.find_layout(self.texts[position].lower())
        if layout is None:
            raise self.unreadable(position)
        if self.layout is None:
            self.layout = layout
        elif layout.key != self.layout.key:
            raise self._unlike_the_first(position)
        return layout

    def _unlike_the_first(self, position: int) -> SeriesError:
        return SeriesError(
            f"{self.texts[position]!r} is not written like {self.texts[0]!r}. Write all dates in "
            "the same way, for example as ISO 8601: 2024-01-31.",
            code="timestamp_invalid",
            path=(position,),
        )

    def _read_shape(self, shape: _Shape, rows: Integers) -> None:
        """Read the texts at `rows`, which share a shape."""
        layout = shape.layout
        self.parts[0, rows] = shape.years()
        for part, name in enumerate(layout.fields.value[1:], start=1):
            named = layout.month if name == "name" else None
            self.parts[part, rows] = shape.numbers(name) if named is None else named
        self.clock[rows], clock_valid = shape.clock()
        self.offsets[rows], offset_valid = shape.offsets()
        valid = clock_valid & offset_valid
        if not valid.all():
            raise self.unreadable(int(rows[valid.argmin()]))

    def checked_offsets(self) -> npt.NDArray[np.int16] | None:
        """Return the offsets, or None if there are none; check that all have one, or none."""
        none = self.offsets == NO_OFFSET
        if none.all():
            return None
        if none.any():
            position = int((none != none[0]).argmax())
            raise SeriesError(
                f"{self.texts[position]} has {'no' if none[position] else 'an'} offset, unlike "
                f"{self.texts[0]}. Give all timestamps with their offset, or none.",
                code="timestamps_mixed_zones",
                path=(position,),
            )
        return self.offsets

    def unreadable(self, position: int) -> SeriesError:
        """Return the error for a text that is not a date."""
        text = self.texts[position]
        if self.date_format is None:
            message = explain_unreadable(text, self.texts, takes_format=self.takes_format)
        else:
            message = (
                f"{text[:LONGEST]!r} does not fit date_format {self.date_format!r}. Correct it, or "
                "send the date_format that all dates have."
            )
        return SeriesError(message, code="timestamp_invalid", path=(position,))


@dataclass(frozen=True, slots=True)
class _Shape:
    """Texts (n,) that differ in nothing but their digits."""

    layout: Layout
    codes: npt.NDArray[np.uint32]
    """Shape (n, width): the characters of the texts."""

    def numbers(self, name: str) -> Integers:
        """Return the numbers (n,) in a field of the texts, 0 if they have no such field."""
        if name not in self.layout.spans:
            return np.zeros(len(self.codes), np.int64)
        start, end = self.layout.spans[name]
        digits = self.codes[:, start:end].astype(np.int64) - _ZERO
        return np.asarray(digits @ _POWERS[: end - start][::-1], dtype=np.int64)

    def years(self) -> Integers:
        """Return the years (n,)."""
        if "short_year" not in self.layout.spans:
            return self.numbers("year")
        short = self.numbers("short_year")
        return short + np.where(short < _FIRST_SHORT_YEAR % 100, 2000, 1900)

    def clock(self) -> tuple[Integers, Mask]:
        """Return the microseconds (n,) since midnight, and which of the times exist."""
        hour, minute, second = (self.numbers(name) for name in ("hour", "minute", "second"))
        valid = (minute < 60) & (second < 60)
        if self.layout.afternoon is not None:
            valid &= (hour >= 1) & (hour <= 12)
            hour = hour % 12 + 12 * self.layout.afternoon
        start, end = self.layout.spans.get("fraction", (0, 0))
        nanoseconds = self.numbers("fraction") * _POWERS[9 - (end - start)]
        clock = ((hour * 60 + minute) * 60 + second) * 1_000_000 + nanoseconds // 1_000
        return clock, valid & (clock <= _DAY)  # 24:00 is midnight of the next day

    def offsets(self) -> tuple[Integers, Mask]:
        """Return the offsets (n,) from UTC in minutes, and which of them exist."""
        hours, minutes = self.numbers("offset_hours"), self.numbers("offset_minutes")
        sign, valid = self.layout.offset, (hours < 24) & (minutes < 60)
        offsets = np.full_like(hours, NO_OFFSET) if sign is None else sign * (hours * 60 + minutes)
        return offsets, valid


@dataclass(frozen=True, slots=True)
class _Days:
    """Finds the days that the numbers of a reading stand for."""

    reading: _Reading

    def find(self) -> tuple[Stamps, str | None]:
        """Return the days (n,), and what was assumed of them, if anything was."""
        layout = self.reading.layout
        assert layout is not None
        first, second = self.reading.parts[1:].astype(np.int64)
        if layout.fields is DateFields.EITHER_ORDER:
            return self._in_either_order(first, second, layout.separator)
        year = self.reading.parts[0].astype(np.int64)
        if layout.fields is DateFields.MONTH and self.reading.date_format is None:
            self._refuse_spans_of_years(year, first, layout)
        days, valid = _DAYS[layout.fields](year, first, second)
        if not valid.all():
            raise self.reading.unreadable(int(valid.argmin()))
        if layout.fields is DateFields.MONTH and self.reading.date_format is None:
            return days, self._months_not_weeks(year, first, layout)
        return days, None

    def _months_not_weeks(self, year: Integers, month: Integers, layout: Layout) -> str | None:
        """Return a note on 2024-01 to 2024-11: the first weeks of a year may be written so too.

        Whole years are those of months.
        """
        counted = np.array_equal(np.unique(month), np.arange(1, month.max() + 1))
        if (
            not layout.separator
            or (year != year[0]).any()
            or not counted
            or not 3 <= month.max() < 12
        ):
            return None
        return (
            f"Texts such as {self.reading.texts[0]} were taken for months. If they are weeks, "
            f"write them as {year[0]}-W01."
        )

    def _refuse_spans_of_years(self, year: Integers, month: Integers, layout: Layout) -> None:
        """Refuse 2008/09 and 2009/10: months of which each is that of the year after its own.

        Such months are 13 apart, while seasons and fiscal years are written in this very way.
        """
        year_first = layout.spans["year"][0] == 0 and layout.separator
        if not year_first or (year == year[0]).all() or (month != (year + 1) % 100).any():
            return
        text = self.reading.texts[0]
        cure = ""
        if month.min() > 0 and month.max() <= 12:
            day = f"{text[:4]}-{month[0]:02}-01"
            cure = f" If these are months, write their first days, for example {day}."
        raise SeriesError(
            f"{text!r} looks like a year that runs into the next one, as all the others do. Write "
            f"the year alone, for example {text[:4]}.{cure}",
            code="dates_ambiguous",
            path=(0,),
        )

    def _in_either_order(
        self, first: Integers, second: Integers, separator: str
    ) -> tuple[Stamps, str | None]:
        """Return the days of dates such as 01/02/2024.

        A number above 12 decides which of the two is the day, and so do dates of which only one
        reading is evenly spaced: the other would have to jump in the very places where that one
        comes to the end of a month or a year. Dates with points have the day first wherever they
        are in use, if nothing speaks against it.
        """
        year = self.reading.parts[0].astype(np.int64)
        day_first, day_first_valid = days_of_months(year, second, first)
        month_first, month_first_valid = days_of_months(year, first, second)
        neither = ~(day_first_valid | month_first_valid)
        if neither.any():
            raise self.reading.unreadable(int(neither.argmax()))
        if not (day_first_valid.all() or month_first_valid.all()):
            raise self._mixed_order(day_first_valid, month_first_valid)
        if not month_first_valid.all() or (day_first == month_first).all():
            return day_first, None
        if not day_first_valid.all():
            return month_first, None
        regular = [self._evenly_spaced(days) for days in (day_first, month_first)]
        if regular == [False, True]:
            return month_first, self._first_of_two("month")
        if regular == [True, False] or separator.startswith("."):
            return day_first, self._first_of_two("day")
        position = int((day_first != month_first).argmax())
        cure = WRITE_ISO_8601
        if self.reading.takes_format:
            formats = (f"%d{separator}%m{separator}%Y", f"%m{separator}%d{separator}%Y")
            cure = f"Send {advise_formats(formats)}."
        raise SeriesError(
            f"{self.reading.texts[position]!r} may be {day_first[position]} or "
            f"{month_first[position]}, and no date of the others tells whether the day or the "
            f"month comes first. {cure}",
            code="dates_ambiguous",
            path=(position,),
        )

    def _first_of_two(self, name: str) -> str:
        return (
            f"The {name} was taken to come first in dates such as {self.reading.texts[0]}. If that "
            "is wrong, say how dates are written with date_format."
        )

    def _mixed_order(self, day_first_valid: Mask, month_first_valid: Mask) -> SeriesError:
        one, other = int(day_first_valid.argmin()), int(month_first_valid.argmin())
        position, before = max(one, other), min(one, other)
        texts = self.reading.texts
        return SeriesError(
            f"{texts[position]!r} is not written like {texts[before]!r}: one of them has the day "
            "first, the other the month. Write all dates in the same way, for example as ISO "
            "8601: 2024-01-31.",
            code="timestamp_invalid",
            path=(position,),
        )

    def _evenly_spaced(self, days: Stamps) -> bool:
        """Return whether times, put in order, are one period of time or of months apart."""
        clock = self.reading.clock.view("timedelta64[us]")
        stamps = np.unique(days.astype("datetime64[us]") + clock)
        if stamps.size < _FEWEST_REGULAR:
            return False
        if _all_equal(np.diff(stamps)):
            return True
        months = stamps.astype("datetime64[M]")
        return _all_equal(np.diff(months)) and _all_equal(stamps - months)


def _all_equal(values: npt.NDArray[np.generic]) -> bool:
    return bool((values == values[:1]).all())

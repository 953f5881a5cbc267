"""The column of the times: dates, or whole numbers that count steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import compute, types

from forecasting.dates.texts import read_date_texts
from forecasting.dates.whole_numbers import DateNumbers, recognise_dates
from forecasting.errors import SeriesError
from forecasting.notes import Note
from forecasting.series.time_zones import parse_zone
from forecasting.tables.cells.dates import (
    is_number,
    note_recognised,
    to_digits,
    whole_numbers,
    with_zeros,
)
from forecasting.types import Positions

NO_TIME = int(np.iinfo(np.int64).min)
"""What stands for a time that is missing or cannot be read."""
_ISO = r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?$"


@dataclass(frozen=True, slots=True)
class TimeColumn:
    """How the times of a table are read, which its first rows decide."""

    name: str
    are_steps: bool
    zone: str | None
    """The time zone of the dates."""
    date_format: str | None
    in_zone: bool = False
    """Whether the times are UTC, as those of a column are that is typed with its zone."""
    meaning: DateNumbers | None = None
    """What whole numbers stand for that are dates, unless `date_format` says so."""
    are_digits: bool = False
    """Whether they are numbers that are dates as `date_format` says."""
    note: Note | None = None
    """What was assumed to read the dates."""

    @classmethod
    def of(
        cls, name: str, head: pa.ChunkedArray, date_format: str | None, timezone: str | None
    ) -> TimeColumn:
        """Decide by the first rows of a column.

        `date_format` and `timezone` are what the caller says. Raises SeriesError if it holds no
        dates and no steps, or dates that only a whole table shows how to read.
        """
        kind = head.type
        if timezone is not None:
            parse_zone(timezone)
        if types.is_dictionary(kind):
            kind, head = kind.value_type, compute.cast(head, kind.value_type)
        if types.is_timestamp(kind):
            return cls(name, False, timezone or kind.tz, None, in_zone=kind.tz is not None)
        if types.is_date(kind):
            return cls(name, False, timezone, None)
        if not (is_number(kind) or _is_text(kind)):
            raise _error("time_col", f"the column {name!r} is of the type {kind}, and no dates.")
        texts = head.drop_null()
        if date_format is None and _is_text(kind):
            texts = _most(texts)
        numbers = _whole_numbers(name, texts)
        if numbers is not None and (is_number(kind) or date_format is None):
            return cls._of_numbers(name, numbers, date_format, timezone)
        others = texts.filter(compute.invert(compute.match_substring_regex(texts, _ISO)))
        if date_format is None and len(others):
            raise _error(
                "date_format",
                f"dates in {name!r}, such as {str(others[0])[:80]!r}, are not plain ISO 8601. Send "
                "date_format, such as %d.%m.%Y, or write a column of the type timestamp.",
            )
        if date_format is not None and len(texts):
            _check_format(name, texts[:1].combine_chunks(), date_format)
        return cls(name, False, timezone, date_format)

    @classmethod
    def _of_numbers(
        cls,
        name: str,
        numbers: npt.NDArray[np.int64],
        date_format: str | None,
        timezone: str | None,
    ) -> TimeColumn:
        """Decide what whole numbers are: dates, or else steps. Raises SeriesError."""
        if not numbers.size:
            raise _error("time_col", f"the first rows of {name!r} are empty. Give rows their date.")
        if date_format is not None:
            _check_format(name, pa.array(numbers[:1]), date_format)
            return cls(name, False, timezone, date_format, are_digits=True)
        try:
            found = recognise_dates(numbers)
        except SeriesError as error:
            raise _error("time_col", error.message) from error
        if found is not None:
            zone = timezone or ("UTC" if found.utc else None)
            note = note_recognised(numbers, found)
            return cls(name, False, zone, None, in_zone=found.utc, meaning=found, note=note)
        return cls(name, True, None, None)

    @property
    def type(self) -> pa.DataType:
        """The type of the column of times in the output."""
        return pa.int64() if self.are_steps else pa.timestamp("us", self.zone)

    @property
    def expected(self) -> str:
        """What a cell has to be, such as "a date written as YYYYMMDD"."""
        if self.are_steps:
            return "a whole number"
        if self.meaning is not None:
            return f"a date written as {self.meaning.meaning}"
        return f"a date in {self.date_format or 'plain ISO 8601'}"

    def read(self, column: pa.Array) -> Positions:
        """Return the times of rows (n,): microseconds or steps, NO_TIME for one that is none.

        Raises SeriesError if the column is of a type that the first rows are not of, as another
        file of the table may have it, or holds numbers that are not written as the first ones are.
        The path of the latter ends with the position of the first.
        """
        if types.is_dictionary(column.type):
            column = compute.cast(column, column.type.value_type)
        self._check_type(column.type)
        if self.are_steps or self.meaning is not None:
            column = self._to_times(_to_integers(column))
        elif is_number(column.type):
            column = self._read_texts(_to_integers(column))
        elif _is_text(column.type):
            column = self._read_texts(column)
        else:
            zone = getattr(column.type, "tz", None)
            column = compute.cast(column, pa.timestamp("us", zone), safe=False)
        filled = compute.fill_null(compute.cast(column, pa.int64()), NO_TIME)
        return np.asarray(filled.to_numpy(zero_copy_only=False), dtype=np.int64)

    def _check_type(self, kind: pa.DataType) -> None:
        are_numbers = self.are_steps or self.meaning is not None or self.are_digits
        if is_number(kind):
            fits = are_numbers
        elif types.is_timestamp(kind) or types.is_date(kind):
            fits = not are_numbers and (getattr(kind, "tz", None) is not None) == self.in_zone
        else:
            fits = types.is_null(kind) or (_is_text(kind) and (are_numbers or not self.in_zone))
        if not fits:
            first = f"dates {'with' if self.in_zone else 'without'} a time zone"
            if are_numbers:
                first = "steps" if self.are_steps else "dates as whole numbers"
            raise _error(
                "time_col",
                f"the column {self.name!r} begins with {first}, and is of the type {kind} in "
                "another file. Write it alike in all of them.",
            )

    def _to_times(self, numbers: pa.Array) -> pa.Array:
        """Return the times of whole numbers: as they are, if they count steps."""
        if self.meaning is None or numbers.null_count == len(numbers):
            return numbers
        there = numbers.is_valid()
        filled = compute.fill_null(numbers, numbers.drop_null()[0]).to_numpy()
        other = ~self.meaning.are_so(filled)
        if other.any():
            raise _error(
                "time_col",
                f"the whole numbers in {self.name!r} begin with dates that are written as "
                f"{self.meaning.meaning}, and {filled[other.argmax()]} is none. Write them as ISO "
                "8601, or, if they are steps, count them from 1.",
                int(other.argmax()),
            )
        stamps = pa.array(self.meaning.to_stamps(filled), pa.timestamp("us"))
        return compute.if_else(there, stamps, None)

    def _read_texts(self, column: pa.Array) -> pa.Array:
        if self.date_format is None:
            return _iso_to_times(column)
        encoded = column.dictionary_encode()
        written = with_zeros(encoded.dictionary, self.date_format)
        read = _read_as(written.to_pylist(), self.date_format)
        return pa.array(read, pa.timestamp("us")).take(encoded.indices)


def _read_as(texts: list[str], date_format: str) -> list[np.datetime64 | None]:
    """Return the dates that texts are when read so, None for each that is none."""
    try:
        return list(read_date_texts(texts, date_format=date_format, takes_format=True).wall)
    except SeriesError:
        if len(texts) < 2:
            return [None] * len(texts)
    middle = len(texts) // 2
    return _read_as(texts[:middle], date_format) + _read_as(texts[middle:], date_format)


def _to_integers(column: pa.Array) -> pa.Array:
    """Return numbers, or texts of numbers, as int64, null for each that is not whole."""
    try:
        return compute.cast(column, pa.int64())
    except pa.ArrowInvalid:
        pass
    if types.is_floating(column.type):
        floats = compute.cast(column, pa.float64())
        is_whole = compute.equal(compute.floor(floats), floats)
        fits = compute.and_(is_whole, compute.less(compute.abs(floats), 2.0**63))
        return compute.cast(compute.if_else(fits, floats, None), pa.int64())
    return _cast_each(to_digits(compute.cast(column, pa.string())), pa.int64())


def _most(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return those of some texts that are whole numbers, or plain ISO 8601, if most of them are:
    what is wrong with the others is for their series. Otherwise return all."""
    for alike in (compute.is_valid(to_digits(texts)), compute.match_substring_regex(texts, _ISO)):
        if 2 * (compute.sum(alike).as_py() or 0) > len(texts):
            return texts.filter(alike)
    return texts


def _iso_to_times(texts: pa.Array) -> pa.Array:
    """Return texts as times, null for each that is not plain ISO 8601."""
    try:
        return compute.cast(texts, pa.timestamp("us"))
    except pa.ArrowInvalid:
        is_iso = compute.match_substring_regex(texts, _ISO)
        return _cast_each(compute.if_else(is_iso, texts, None), pa.timestamp("us"))


def _cast_each(texts: pa.Array, wanted: pa.DataType) -> pa.Array:
    """Return texts in another type, null for each that cannot be read so."""
    encoded = texts.dictionary_encode()
    read = [_cast_text(text, wanted) for text in encoded.dictionary]
    return pa.array(read, wanted).take(encoded.indices)


def _cast_text(text: pa.Scalar, wanted: pa.DataType) -> object:
    try:
        return text.cast(wanted).as_py()
    except pa.ArrowInvalid:
        return None


def _is_text(kind: pa.DataType) -> bool:
    return bool(types.is_string(kind) or types.is_large_string(kind))


def _check_format(name: str, first: pa.Array, date_format: str) -> None:
    """Raise SeriesError if the first cell is not written so, or the format has offsets from UTC."""
    try:
        written = with_zeros(first, date_format).to_pylist()
        found = read_date_texts(written, date_format=date_format, takes_format=True)
    except SeriesError as error:
        raise _error("date_format", error.message) from error
    if found.offsets is not None:
        raise _error(
            "date_format",
            f"the dates in {name!r} have offsets from UTC. Write a column of the type timestamp, "
            "with its zone.",
        )


def _whole_numbers(name: str, head: pa.ChunkedArray) -> npt.NDArray[np.int64] | None:
    """Return the first cells as whole numbers, None if they are texts that are none.

    Raises SeriesError for numbers that are not whole.
    """
    try:
        return whole_numbers(head)
    except SeriesError as error:
        raise _error("time_col", f"in {name!r}, {error.message}") from error


def _error(option: str, message: str, *row: int) -> SeriesError:
    return SeriesError(message, code="times_unclear", path=(option, *row))

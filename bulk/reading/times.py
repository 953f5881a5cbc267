"""The column of the times: dates, or whole numbers that count steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyarrow import compute, types

from forecasting.dates.texts import read_date_texts
from forecasting.dates.whole_numbers import recognise_dates
from forecasting.errors import SeriesError
from forecasting.series.time_zones import parse_zone
from forecasting.types import Positions

NO_TIME = int(np.iinfo(np.int64).min)
"""What stands for a time that is missing or cannot be read."""
_WHOLE = r"^[+-]?\d{1,18}$"
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
    """Whether the column is typed with its zone, so that its times are UTC."""

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
        if types.is_integer(kind) or (_is_text(kind) and _are_whole(head) and not date_format):
            _refuse_dates_as_numbers(name, head)
            if timezone is not None:
                raise _error("timezone", f"{name!r} counts steps, which have no time zone.")
            return cls(name, True, None, None)
        if not _is_text(kind):
            raise _error("time_col", f"the column {name!r} is of the type {kind}, and no dates.")
        texts = head.drop_null()
        others = texts.filter(compute.invert(compute.match_substring_regex(texts, _ISO)))
        if date_format is None and len(others):
            raise _error(
                "date_format",
                f"dates in {name!r}, such as {str(others[0])[:80]!r}, are not plain ISO 8601. Send "
                "date_format, such as %d.%m.%Y, or write a column of the type timestamp.",
            )
        if date_format is not None and len(texts):
            _check_format(name, str(texts[0]), date_format)
        return cls(name, False, timezone, date_format)

    @property
    def type(self) -> pa.DataType:
        """The type of the column of times in the output."""
        return pa.int64() if self.are_steps else pa.timestamp("us", self.zone)

    def read(self, column: pa.Array) -> Positions:
        """Return the times of rows (n,): microseconds or steps, NO_TIME for one that is none.

        Raises SeriesError if the column is of a type that the first rows are not of, as another
        file of the table may have it.
        """
        if types.is_dictionary(column.type):
            column = compute.cast(column, column.type.value_type)
        self._check_type(column.type)
        if self.are_steps:
            column = _cast_texts(column, pa.int64(), _WHOLE)
        elif _is_text(column.type):
            column = self._read_texts(column)
        else:
            zone = getattr(column.type, "tz", None)
            column = compute.cast(column, pa.timestamp("us", zone), safe=False)
        filled = compute.fill_null(compute.cast(column, pa.int64()), NO_TIME)
        return np.asarray(filled.to_numpy(zero_copy_only=False), dtype=np.int64)

    def _check_type(self, kind: pa.DataType) -> None:
        if types.is_integer(kind):
            fits = self.are_steps
        elif types.is_timestamp(kind) or types.is_date(kind):
            fits = not self.are_steps and (getattr(kind, "tz", None) is not None) == self.in_zone
        else:
            fits = types.is_null(kind) or (_is_text(kind) and not self.in_zone)
        if not fits:
            dates = f"dates {'with' if self.in_zone else 'without'} a time zone"
            raise _error(
                "time_col",
                f"the column {self.name!r} begins with {'steps' if self.are_steps else dates}, and "
                f"is of the type {kind} in another file. Write it alike in all of them.",
            )

    def _read_texts(self, column: pa.Array) -> pa.Array:
        if self.date_format is None:
            return _cast_texts(column, pa.timestamp("us"), _ISO)
        encoded = column.dictionary_encode()
        read = _read_as(encoded.dictionary.to_pylist(), self.date_format)
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


def _cast_texts(column: pa.Array, wanted: pa.DataType, pattern: str) -> pa.Array:
    """Return texts in another type, null for each that cannot be read so."""
    if not _is_text(column.type):
        return compute.cast(column, wanted)
    try:
        return compute.cast(column, wanted)
    except pa.ArrowInvalid:
        pass
    fits = compute.match_substring_regex(column, pattern)
    texts = compute.if_else(fits, column, pa.scalar(None, column.type)).dictionary_encode()
    read = [_cast_text(text, wanted) for text in texts.dictionary]
    return pa.array(read, wanted).take(texts.indices)


def _cast_text(text: pa.Scalar, wanted: pa.DataType) -> object:
    try:
        return text.cast(wanted).as_py()
    except pa.ArrowInvalid:
        return None


def _is_text(kind: pa.DataType) -> bool:
    return bool(types.is_string(kind) or types.is_large_string(kind))


def _are_whole(texts: pa.ChunkedArray) -> bool:
    texts = texts.drop_null()
    fits = compute.match_substring_regex(texts, _WHOLE)
    return len(texts) > 0 and bool(compute.all(fits).as_py())


def _check_format(name: str, text: str, date_format: str) -> None:
    """Raise SeriesError if a text is not written so, or the format has offsets from UTC."""
    try:
        found = read_date_texts([text], date_format=date_format, takes_format=True)
    except SeriesError as error:
        raise _error("date_format", error.message) from error
    if found.offsets is not None:
        raise _error(
            "date_format",
            f"the dates in {name!r} have offsets from UTC. Write a column of the type timestamp, "
            "with its zone.",
        )


def _refuse_dates_as_numbers(name: str, head: pa.ChunkedArray) -> None:
    numbers = compute.cast(head.drop_null(), pa.int64()).to_numpy()
    try:
        found = recognise_dates(numbers) if numbers.size else None
    except SeriesError as error:
        raise _error("time_col", error.message) from error
    if found is not None:
        raise _error(
            "time_col",
            f"the whole numbers in {name!r}, such as {numbers[0]}, look like dates written as "
            f"{found.meaning}. Write them as dates, or count steps from 1.",
        )


def _error(option: str, message: str) -> SeriesError:
    return SeriesError(message, code="times_unclear", path=(option,))

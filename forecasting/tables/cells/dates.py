"""The column of dates, times or steps of a table, whatever it is written in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import compute, types

from forecasting.dates.layouts import count_digits
from forecasting.dates.texts import DateTexts, read_date_texts
from forecasting.dates.unreadable import looks_like_date
from forecasting.dates.whole_numbers import DateNumbers, recognise_dates
from forecasting.errors import SeriesError
from forecasting.notes import Note
from forecasting.series.time_zones import zone_name
from forecasting.series.timestamps import times_from_wall
from forecasting.tables.options import TableOptions

_WHOLE_NUMBER = r"^[+-]?[0-9]{1,19}(\.0*)?$"
_LOOKED_AT = 100
"""How many different texts are looked at to tell whether they are dates."""

Codes = npt.NDArray[np.int32]
WholeNumbers = npt.NDArray[np.int64]


def to_times(column: pa.ChunkedArray, options: TableOptions) -> tuple[pa.Array, tuple[Note, ...]]:
    """Return a column of n ≥ 1 dates, and what was assumed to read it.

    The column comes as timestamp[us], with a zone if one is known; as int64 if it holds whole
    numbers that count steps; or as a dictionary of texts in ISO 8601 if the offsets of the dates
    differ.

    Raises:
        SeriesError: A cell is empty or cannot be read, or it is not clear what the column means.
            The path of the error is the row, or ("date_format",), or empty if the whole column is
            at fault.
    """
    if column.null_count:
        row = compute.index(compute.is_null(column), pa.scalar(True)).as_py()
        message = "this cell is empty. Give every row its date."
        raise SeriesError(message, code="cell_invalid", path=(row,))
    if types.is_date(column.type) or types.is_timestamp(column.type):
        return _to_microseconds(column), ()
    if not is_number(column.type):
        texts, codes = _different_texts(column)
        if options.date_format is not None:
            return _read_texts(with_zeros(texts, options.date_format), codes, options)
        numbers = _whole_numbers(texts)
        if numbers is None:
            return _read_texts(texts, codes, options)
        return _read_numbers(numbers[codes])
    numbers = _to_integers(column)
    if options.date_format is None:
        return _read_numbers(numbers)
    texts, codes = _different_texts(pa.chunked_array([pa.array(numbers)]).cast(pa.string()))
    return _read_texts(with_zeros(texts, options.date_format), codes, options)


def whole_numbers(column: pa.ChunkedArray) -> WholeNumbers | None:
    """Return the cells of a column of numbers or texts, without missing ones, as whole numbers in
    the order of their first rows, different texts once; None if it holds texts that are none.

    Raises SeriesError for a number that is not whole.
    """
    if is_number(column.type):
        return _to_integers(column)
    return _whole_numbers(_different_texts(column)[0]) if len(column) else None


def with_zeros(cells: pa.Array, date_format: str) -> pa.Array:
    """Return dates (n,) as texts that have the zeros they begin with: a spreadsheet leaves 101 of
    000101, which %y%m%d reads. Cells are whole numbers, or texts of which some may be."""
    texts = cells.cast(pa.string())
    digits = count_digits(date_format)
    if not digits:
        return texts
    return compute.coalesce(compute.utf8_lpad(to_digits(texts), digits, "0"), texts)


def to_digits(texts: pa.Array) -> pa.Array:
    """Return whole numbers that are written as 3, +3 or 3.0 as 3, and null for any other text."""
    whole = compute.match_substring_regex(texts, _WHOLE_NUMBER)
    digits = compute.replace_substring_regex(texts, r"^\+|\..*$", "")
    return compute.if_else(whole, digits, pa.scalar(None, texts.type))


def is_number(kind: pa.DataType) -> bool:
    """Return whether a column of this type holds numbers."""
    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind))


def looks_like_dates(column: pa.ChunkedArray) -> bool:
    """Return whether a column holds dates or times, or whole numbers that are recognised as such.

    Missing cells do not count, and of many different texts only the first ones do. One in ten of
    them may be something else, so that whoever made a mistake in a column of dates is told of it.
    """
    column = column.drop_null()
    if types.is_date(column.type) or types.is_timestamp(column.type):
        return True
    if not len(column) or not (is_number(column.type) or _is_text(column.type)):
        return False
    try:
        numbers = whole_numbers(column)
        if numbers is not None:
            return recognise_dates(numbers) is not None
    except SeriesError:
        return False
    looked_at = _different_texts(column)[0][:_LOOKED_AT].to_pylist()
    return 10 * sum(map(looks_like_date, looked_at)) > 9 * len(looked_at)


def _is_text(kind: pa.DataType) -> bool:
    value = kind.value_type if types.is_dictionary(kind) else kind
    return bool(types.is_string(value) or types.is_large_string(value))


def _to_microseconds(column: pa.ChunkedArray) -> pa.Array:
    """Return times in microseconds; finer parts of a second are cut off."""
    nanoseconds = getattr(column.type, "unit", None) == "ns"
    microseconds = pa.timestamp("us", getattr(column.type, "tz", None))
    try:
        return compute.cast(column, microseconds, safe=not nanoseconds).combine_chunks()
    except pa.ArrowInvalid as error:
        message = "the column holds times that lie outside the years 1 to 9999. Correct them."
        raise SeriesError(message, code="timestamp_invalid") from error


def _to_integers(column: pa.ChunkedArray) -> WholeNumbers:
    """Return a column of numbers, which have to be whole, as int64."""
    try:
        return np.asarray(compute.cast(column, pa.int64()).to_numpy(), dtype=np.int64)
    except pa.ArrowInvalid as error:
        numbers = compute.cast(column, pa.float64(), safe=False).to_numpy()
        whole = (numbers == np.floor(numbers)) & (np.abs(numbers) < 2.0**63)
        row = int(whole.argmin())
        raise SeriesError(
            f"{column[row].as_py()} is no date and no whole number. Write dates as ISO 8601, for "
            "example 2024-01-31T12:00:00.",
            code="column_type",
            path=(row,),
        ) from error


def _different_texts(column: pa.ChunkedArray) -> tuple[pa.Array, Codes]:
    """Return the different texts of a column without missing cells, in the order of their first
    rows, and the index of its text for each row."""
    if not types.is_dictionary(column.type):
        column = compute.dictionary_encode(column)
    joined = column.unify_dictionaries().combine_chunks()
    texts, codes = joined.dictionary, joined.indices.to_numpy().astype(np.int32)
    highest = np.maximum.accumulate(codes)
    in_order = codes[0] == 0 and (codes[1:] <= highest[:-1] + 1).all()
    if not in_order or highest[-1] != len(texts) - 1:
        used, rows, places = np.unique(codes, return_index=True, return_inverse=True)
        order = np.argsort(rows)
        texts = texts.take(pa.array(used[order]))
        codes = np.argsort(order).astype(np.int32)[places]
    return compute.utf8_trim_whitespace(texts), codes


class _Texts(Sequence[str]):
    """The texts of an array, each made when it is needed: a million of them take much memory."""

    def __init__(self, array: pa.Array) -> None:
        self._array = array

    def __len__(self) -> int:
        return len(self._array)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        found: str | list[str]
        found = self._array[at].to_pylist() if isinstance(at, slice) else self._array[at].as_py()
        return found


def _whole_numbers(texts: pa.Array) -> WholeNumbers | None:
    """Return texts as whole numbers, or None if one of them is none that int64 can hold."""
    digits = to_digits(texts)
    if digits.null_count:
        return None
    try:
        return np.asarray(compute.cast(digits, pa.int64()).to_numpy(), dtype=np.int64)
    except pa.ArrowInvalid:
        return None


def _read_numbers(numbers: WholeNumbers) -> tuple[pa.Array, tuple[Note, ...]]:
    """Return whole numbers (n,), as times if that is what they stand for."""
    found = recognise_dates(numbers)
    if found is None:
        return pa.array(numbers), ()
    stamps = found.to_stamps(numbers)
    column = pa.array(stamps, pa.timestamp("us", "UTC" if found.utc else None))
    return column, (note_recognised(numbers, found),)


def note_recognised(numbers: WholeNumbers, found: DateNumbers) -> Note:
    """Return the note that whole numbers (n ≥ 1,) were taken for dates."""
    first = found.to_stamps(numbers[:1])[0]
    return Note(
        "dates_recognised",
        f"The whole numbers were taken for dates, written as {found.meaning}: {numbers[0]} is "
        f"{str(first.astype('datetime64[s]')).removesuffix('T00:00:00')}. If they are no dates but "
        "steps, count the steps from 1.",
        numbers.size,
    )


def _read_texts(
    texts: pa.Array, codes: Codes, options: TableOptions
) -> tuple[pa.Array, tuple[Note, ...]]:
    """Return the times that texts stand for; `codes` (n,) are the indices of the texts."""
    try:
        found = read_date_texts(_Texts(texts), date_format=options.date_format, takes_format=True)
        times = times_from_wall(found.wall, found.offsets)
    except SeriesError as error:
        if error.path == ("date_format",):
            raise
        raise error.at(int((codes == error.path[0]).argmax())) from error
    notes = () if not found.assumed else (Note("dates_recognised", found.assumed, codes.size),)
    if times.zone_known:
        zone = None if times.zone is None else zone_name(times.zone)
        return pa.array(times.stamps, pa.timestamp("us", zone)).take(pa.array(codes)), notes
    dictionary = pa.array(_with_offsets(found))
    return pa.DictionaryArray.from_arrays(pa.array(codes), dictionary), notes


def _with_offsets(found: DateTexts) -> list[str]:
    """Write dates (n,) that have offsets in ISO 8601."""
    assert found.offsets is not None
    minutes = np.abs(found.offsets)
    written = np.datetime_as_string(found.wall, unit="us").tolist()
    return [
        f"{wall}{'-' if offset < 0 else '+'}{hours:02}:{rest:02}"
        for wall, offset, hours, rest in zip(
            written,
            found.offsets.tolist(),
            (minutes // 60).tolist(),
            (minutes % 60).tolist(),
            strict=True,
        )
    ]

"""The cells of each column, checked; a bad cell is named by its row."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from pyarrow import compute

from forecasting.errors import SeriesError

_LONGEST_ID = 256


def to_values(column: pa.ChunkedArray) -> pa.Array:
    """Return `y`, which may be text, as float64 with NaN for a missing value.

    Raises SeriesError for a cell that is no finite number.
    """
    try:
        numbers = _to_numbers(column)
    except pa.ArrowInvalid as error:
        row = find_first_failure(column, _to_numbers)
        raise _bad_cell(f"{str(column[row])[:80]!r} is not a number.", row, "y") from error
    values = np.asarray(numbers.to_numpy(), dtype=np.float64)
    infinite = np.isinf(values)
    if infinite.any():
        row = int(infinite.argmax())
        raise _bad_cell(f"{values[row]} is not a finite number.", row, "y")
    return pa.array(values)


def to_ids(column: pa.ChunkedArray) -> pa.Array:
    """Return `unique_id` as a dictionary of texts. Raises SeriesError for an empty or long id."""
    texts = _to_dictionary(column, "unique_id")
    long = compute.greater(compute.utf8_length(texts.dictionary), _LONGEST_ID)
    if compute.any(long).as_py():
        row = compute.index(compute.take(long, texts.indices), pa.scalar(True)).as_py()
        raise _bad_cell(f"an id has at most {_LONGEST_ID} characters.", row, "unique_id")
    return texts


def _to_numbers(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return compute.cast(column, pa.float64(), safe=False)


def _to_dictionary(column: pa.ChunkedArray, name: str) -> pa.DictionaryArray:
    """Return a column as its different texts and the index of its text for each row (int32)."""
    kind = pa.dictionary(pa.int32(), pa.string())
    if not pa.types.is_dictionary(column.type):
        column = pa.chunked_array([compute.cast(column.combine_chunks(), pa.string())])
        column = compute.dictionary_encode(column)
    texts = column.unify_dictionaries().combine_chunks()
    if texts.null_count:
        raise _empty_cell(texts, name)
    return compute.cast(texts, kind)


def find_first_failure(
    column: pa.ChunkedArray, convert: Callable[[pa.ChunkedArray], object]
) -> int:
    """Return the first row that `convert` refuses. The halves of the column are tried, so that it
    takes about as long as converting the column twice."""
    start, count = 0, len(column)
    while count > 1:
        half = count // 2
        try:
            convert(column.slice(start, half))
        except pa.ArrowInvalid:
            count = half
        else:
            start, count = start + half, count - half
    return start


def _empty_cell(column: pa.Array | pa.ChunkedArray, name: str) -> SeriesError:
    row = compute.index(compute.is_null(column), pa.scalar(True)).as_py()
    return _bad_cell(f"{name} is empty.", row, name)


def _bad_cell(message: str, row: int, column: str) -> SeriesError:
    return SeriesError(
        f"row {row} of the file, counted from 0: {message}",
        code="cell_invalid",
        path=("file", row, column),
    )

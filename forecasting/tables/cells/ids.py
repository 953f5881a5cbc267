"""The ids of series, as texts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from pyarrow import compute, types

from forecasting.errors import Path, SeriesError
from forecasting.tables.table_content import CellPlaces

_LONGEST = 256
_EXACT = 2.0**53
"""Below it, floating point numbers tell all whole numbers apart."""
BETWEEN = "/"
"""What stands between the parts of an id that several columns make up."""


def to_ids(
    columns: Sequence[pa.ChunkedArray], names: Sequence[str], places: CellPlaces
) -> pa.DictionaryArray:
    """Return the ids that columns together make up, as a dictionary of texts.

    Raises SeriesError for a column that holds no ids, for a cell that is empty or too long, and for
    cells that make up the same id as other ones.
    """
    columns = [as_integers(column) for column in columns]
    for column, name in zip(columns, names, strict=True):
        check_id_type(column.type, name, ("file", name))
    parts = [_to_texts(column, name, places) for column, name in zip(columns, names, strict=True)]
    ids = parts[0]
    if len(parts) > 1:
        texts = [compute.take(part.dictionary, part.indices) for part in parts]
        joined = compute.binary_join_element_wise(*texts, BETWEEN)
        ids = compute.cast(compute.dictionary_encode(joined), ids.type)
        _check_joined(ids, parts, names, places)
    long = compute.greater(compute.utf8_length(ids.dictionary), _LONGEST)
    if compute.any(long).as_py():
        row = compute.index(compute.take(long, ids.indices), pa.scalar(True)).as_py()
        message = f"an id has at most {_LONGEST} characters. Shorten it."
        raise places.bad_cell(message, row, names[0])
    return ids


def check_id_type(kind: pa.DataType, name: str, path: Path) -> None:
    """Raise SeriesError, at `path`, for a column that holds neither texts nor whole numbers."""
    cells = kind.value_type if types.is_dictionary(kind) else kind
    if not (types.is_string(cells) or types.is_large_string(cells) or types.is_integer(cells)):
        raise SeriesError(
            f"the column {name!r} is of the type {kind}; ids are texts or whole numbers.",
            code="column_type",
            path=path,
        )


def as_integers(column: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """Return a column of floating point numbers as integers if all are whole; others as they are.

    pandas writes whole numbers so beside empty cells.
    """
    if not types.is_floating(column.type):
        return column
    numbers = compute.cast(column, pa.float64())  # Of halves, Arrow rounds none.
    numbers = compute.if_else(compute.is_nan(numbers), None, numbers)
    whole = compute.and_(
        compute.equal(compute.round(numbers), numbers),
        compute.less(compute.abs(numbers), _EXACT),
    )
    is_whole = compute.all(whole, min_count=0).as_py()
    return compute.cast(numbers, pa.int64()) if is_whole else column


def _check_joined(
    ids: pa.DictionaryArray,
    parts: Sequence[pa.DictionaryArray],
    names: Sequence[str],
    places: CellPlaces,
) -> None:
    """Raise SeriesError if different cells make up the same id, such as a/b, c and a, b/c."""
    codes = ids.indices.to_numpy()
    _, rows = np.unique(codes, return_index=True)
    first = rows[codes]  # the codes of a dictionary's texts count up from 0
    for part in parts:
        cells = part.indices.to_numpy()
        differs = cells != cells[first]
        if differs.any():
            row = int(differs.argmax())
            joined = " and ".join(map(repr, names))
            message = (
                f"{joined} make up the id {ids[row].as_py()!r} here, and with other cells in an "
                f"earlier row. Write another sign than {BETWEEN!r} in these columns."
            )
            raise places.bad_cell(message, row, names[0])


def _to_texts(column: pa.ChunkedArray, name: str, places: CellPlaces) -> pa.DictionaryArray:
    """Return a column as its different texts and the index of its text for each row (int32)."""
    if not types.is_dictionary(column.type):
        column = pa.chunked_array([compute.cast(column.combine_chunks(), pa.string())])
        column = compute.dictionary_encode(column)
    texts = column.unify_dictionaries().combine_chunks()
    if texts.null_count:
        row = compute.index(compute.is_null(texts), pa.scalar(True)).as_py()
        raise places.bad_cell("this cell is empty. Name the series of each row.", row, name)
    return compute.cast(texts, pa.dictionary(pa.int32(), pa.string()))

"""Columns beside the values: numbers, true and false, or texts that name categories."""

from __future__ import annotations

import pyarrow as pa
from pyarrow import compute, types

from forecasting.notes import Note
from forecasting.tables.cells.decimal_sign import NumberStyle
from forecasting.tables.cells.numbers import is_missing, looks_like_numbers, to_numbers
from forecasting.tables.table_content import CellPlaces


def to_covariate(
    column: pa.ChunkedArray, name: str, style: NumberStyle, places: CellPlaces
) -> tuple[pa.Array, tuple[Note, ...]]:
    """Return a column as float64 with NaN, or as texts with null, for a missing cell, and notes.

    True and false are 1 and 0. Raises SeriesError for a column of another type, such as dates, and
    as `to_numbers` does for one of numbers.
    """
    kind = column.type.value_type if types.is_dictionary(column.type) else column.type
    if types.is_boolean(kind):
        return _to_floats(column), ()
    if not (types.is_string(kind) or types.is_large_string(kind)) or looks_like_numbers(column):
        return to_numbers(column, name, style, places)
    texts = compute.utf8_trim_whitespace(compute.cast(column, pa.string()).combine_chunks())
    texts = compute.if_else(is_missing(texts), None, texts)
    lower = compute.utf8_lower(texts)
    if set(compute.unique(lower.drop_null()).to_pylist()) <= {"true", "false"}:
        return _to_floats(compute.equal(lower, "true")), ()
    return texts, ()


def _to_floats(flags: pa.Array | pa.ChunkedArray) -> pa.Array:
    numbers = compute.cast(compute.cast(flags, pa.int8()), pa.float64())
    return pa.array(compute.fill_null(numbers, float("nan")).to_numpy())

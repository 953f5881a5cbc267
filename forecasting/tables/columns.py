"""Which columns of a file are read, and the types that they may have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa
from pyarrow import types

from forecasting.errors import SeriesError

_COLUMNS = ("unique_id", "ds", "y")
_ROW_BYTES = 20
"""The least that a row takes in memory: 8 bytes for ds and y each, 4 for unique_id."""


class TableSizeError(Exception):
    """A table takes more memory than it may."""


def find_columns(names: Sequence[str]) -> list[str]:
    """Return the columns of the long format that a file has; it must have `ds` and `y`.

    Raises SeriesError if one is missing or is there more than once.
    """
    for column in ("ds", "y"):
        if column not in names:
            raise broken_file(
                f"there is no column {column!r}; the columns are: {', '.join(names)[:300]}. The "
                "long format is unique_id, ds, y.",
                code="column_missing",
            )
    found = [column for column in _COLUMNS if column in names]
    for column in found:
        if list(names).count(column) > 1:
            raise broken_file(f"there is more than one column {column!r}.", code="column_repeated")
    return found


def check_types(schema: pa.Schema, columns: Sequence[str]) -> None:
    """Raise SeriesError if a column has a type that cannot be read."""
    text = (is_text, types.is_integer)
    allowed = {
        "unique_id": text,
        "ds": (*text, types.is_timestamp, types.is_date),
        "y": (types.is_integer, types.is_floating, types.is_decimal),
    }
    for column in columns:
        kind = schema.field(column).type
        value = kind.value_type if types.is_dictionary(kind) else kind
        if not any(fits(value) for fits in allowed[column]) or (value != kind and column == "y"):
            raise broken_file(
                f"the column {column!r} is of the type {kind}; unique_id is text, ds text, dates, "
                "times or whole numbers, y numbers.",
                code="column_type",
                path=("file", column),
            )


def is_text(kind: pa.DataType) -> bool:
    """Return whether a column of this type holds texts."""
    return bool(types.is_string(kind) or types.is_large_string(kind))


def check_size(table_bytes: int, rows: int, limit: int) -> None:
    """Raise TableSizeError if a table of so many bytes or so many rows is over the limit."""
    if max(table_bytes, rows * _ROW_BYTES) > limit:
        raise TableSizeError


def join_batches(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema, columns: Sequence[str], limit: int
) -> pa.Table:
    """Return the columns of all batches as one table.

    Raises TableSizeError as soon as they are over the limit, and pyarrow's errors for data that
    does not fit the schema.
    """
    tables = []
    table_bytes = rows = 0
    for batch in batches:
        batch.validate(full=True)
        table = pa.Table.from_batches([batch]).select(columns)
        table_bytes += table.nbytes
        rows += table.num_rows
        check_size(table_bytes, rows, limit)
        tables.append(table)
    if not tables:
        return schema.empty_table().select(columns)
    return pa.concat_tables(tables, promote_options="permissive")


def broken_file(
    message: str, *, code: str = "file_broken", path: tuple[str, ...] = ("file",)
) -> SeriesError:
    """Return the error for a file that cannot be read."""
    return SeriesError(message, code=code, path=path)

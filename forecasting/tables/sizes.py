"""How much memory a table may take."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

_ROW_BYTES = 8
"""The least that a row takes in memory: a number."""


class TableSizeError(Exception):
    """A table takes more memory than it may."""


def check_size(table_bytes: int, rows: int, limit: int) -> None:
    """Raise TableSizeError if a table of so many bytes or so many rows is over the limit."""
    if max(table_bytes, rows * _ROW_BYTES) > limit:
        raise TableSizeError


def join_batches(batches: Iterable[pa.RecordBatch], schema: pa.Schema, limit: int) -> pa.Table:
    """Return all batches as one table.

    Raises TableSizeError as soon as they are over the limit, and pyarrow's errors for data that
    does not fit the schema.
    """
    tables = []
    table_bytes = rows = 0
    for batch in batches:
        batch.validate(full=True)
        table = pa.Table.from_batches([batch])
        table_bytes += table.nbytes
        rows += table.num_rows
        check_size(table_bytes, rows, limit)
        tables.append(table)
    if not tables:
        return schema.empty_table()
    return pa.concat_tables(tables, promote_options="permissive")

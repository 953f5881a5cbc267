"""Cells that have types of their own, as those of workbooks and of JSON have."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pyarrow import compute

from forecasting.notes import Note
from forecasting.tables.raw_table import HEAD_ROWS, Dialect
from forecasting.tables.sizes import check_size

_INT64 = 2**63


@dataclass(frozen=True, slots=True)
class TypedTable:
    """Columns in memory. It implements RawTable."""

    names: Sequence[str]
    dialect: Dialect
    notes: Sequence[Note]
    table: pa.Table
    limit: int
    start: int | None = None
    """The row of the sheet that holds the first row, if the others follow it without a gap."""

    def head(self, rows: int = HEAD_ROWS) -> pa.Table:
        """Return the first rows."""
        return self.table.slice(0, rows)

    def first_line(self, rows: int) -> int | None:
        """Return the row of the sheet that holds the first row, if it has one."""
        return self.start

    def read(self, positions: Sequence[int], numbers: Collection[int] = ()) -> pa.Table:
        """Return the columns at these positions. Raises TableSizeError for a table too large."""
        columns = [_encode(self.table.column(position)) for position in positions]
        table = pa.Table.from_arrays(columns, [self.names[position] for position in positions])
        check_size(table.nbytes, table.num_rows, self.limit)
        return table


def to_column(cells: Sequence[Any]) -> pa.Array:
    """Return cells as int64, float64, timestamp[us] or, if they have several types, as texts.

    A cell that is None, or a text of spaces, is null.
    """
    kinds = {type(cell) for cell in cells} - {type(None)}
    if kinds and kinds <= {int, float}:
        return _to_numbers(cells)
    if kinds and kinds <= {dt.date, dt.datetime}:
        return pa.array([_to_datetime(cell) for cell in cells], pa.timestamp("us"))
    return pa.array([to_text(cell) or None for cell in cells], pa.string())


def to_text(cell: object) -> str:
    """Return a cell as it would be written in a CSV file; an empty one is an empty text."""
    if cell is None or isinstance(cell, str):
        return (cell or "").strip()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _INT64:
        return str(int(cell))
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    if isinstance(cell, dict | list | bool):
        return json.dumps(cell)
    return str(cell)


def _to_numbers(cells: Sequence[float | None]) -> pa.Array:
    if all(cell is None or (float(cell).is_integer() and abs(cell) < _INT64) for cell in cells):
        return pa.array([None if cell is None else int(cell) for cell in cells], pa.int64())
    return pa.array([None if cell is None else float(cell) for cell in cells], pa.float64())


def _to_datetime(cell: dt.date | None) -> dt.datetime | None:
    if cell is None or isinstance(cell, dt.datetime):
        return cell
    return dt.datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001 - the zone is unknown


def _encode(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_string(column.type):
        return column
    return compute.cast(compute.dictionary_encode(column), pa.dictionary(pa.int32(), pa.string()))

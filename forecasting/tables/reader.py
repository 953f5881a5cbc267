"""Bytes of any format → a checked table in the long format, `unique_id, ds, y`."""

from __future__ import annotations

import pyarrow as pa

from forecasting.notes import Note
from forecasting.tables import cells, columns, dates
from forecasting.tables.files.open_table import open_table
from forecasting.tables.options import TableOptions
from forecasting.tables.raw_table import broken_file
from forecasting.tables.table_content import TableContent


def read_table(content: bytes, media_type: str, options: TableOptions, limit: int) -> TableContent:
    """Return the series in a file, as the options say how it is to be read.

    Raises SeriesError, its path within the request, for a file that is no such table, and
    TableSizeError or MemoryError for a table of more than `limit` bytes.
    """
    try:
        raw = open_table(content, media_type, options, limit)
        names = columns.find_columns(raw.names)
        positions = [list(raw.names).index(name) for name in names]
        if raw.dialect.format in {"parquet", "arrow"}:
            columns.check_types(raw.head().schema, names)
        table, notes = _check_cells(raw.read(positions, numbers=positions[-1:]), options)
        return TableContent(table, (*raw.notes, *notes), raw.dialect.as_json())
    except MemoryError:  # pyarrow's is one of its exceptions, too
        raise
    except (pa.ArrowException, OSError, ValueError, LookupError, TypeError) as error:
        reason = " ".join(str(error).split())[:300]
        raise broken_file(f"the file cannot be read as {media_type}: {reason}") from error


def _check_cells(table: pa.Table, options: TableOptions) -> tuple[pa.Table, tuple[Note, ...]]:
    if not table.num_rows:
        raise broken_file("the file has no rows.", code="file_empty")
    times, notes = dates.to_times(table["ds"], options)
    checked = {"ds": times, "y": cells.to_values(table["y"])}
    if "unique_id" in table.column_names:
        checked["unique_id"] = cells.to_ids(table["unique_id"])
    return pa.table(checked), notes

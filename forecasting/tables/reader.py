"""Bytes of any format → a checked table in the long format, `unique_id, ds, y`."""

from __future__ import annotations

import csv

import pyarrow as pa

from forecasting.tables import arrow_stream, cells, columns, parquet
from forecasting.tables import csv as csv_format
from forecasting.tables.formats import ARROW_STREAM, CSV, PARQUET
from forecasting.tables.options import TableOptions
from forecasting.tables.table_content import TableContent

_READ = {CSV: csv_format.read, PARQUET: parquet.read, ARROW_STREAM: arrow_stream.read}


def read_table(
    content: bytes,
    media_type: str,
    options: TableOptions,  # noqa: ARG001  what reads the formats takes them next
    limit: int,
) -> TableContent:
    """Return the series in a file, as the options say how it is to be read.

    Raises SeriesError, its path within the request, for a file that is no such table, and
    TableSizeError or MemoryError for a table of more than `limit` bytes.
    """
    try:
        table = _READ[media_type](content, limit)
        return TableContent(_check_cells(table))
    except MemoryError:  # pyarrow's is one of its exceptions, too
        raise
    except (pa.ArrowException, OSError, ValueError, LookupError, TypeError, csv.Error) as error:
        reason = " ".join(str(error).split())[:300]
        raise columns.broken_file(f"the file cannot be read as {media_type}: {reason}") from error


def _check_cells(table: pa.Table) -> pa.Table:
    if not table.num_rows:
        raise columns.broken_file("the file has no rows.", code="file_empty")
    checked = {"ds": cells.to_dates(table["ds"]), "y": cells.to_values(table["y"])}
    if "unique_id" in table.column_names:
        checked["unique_id"] = cells.to_ids(table["unique_id"])
    return pa.table(checked)

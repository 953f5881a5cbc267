"""Bytes of any format → a checked table in the long format, `unique_id, ds, y`."""

from __future__ import annotations

import pyarrow as pa

from forecasting.errors import SeriesError
from forecasting.tables.columns.choice import find_known
from forecasting.tables.columns.header_dates import (
    find_header_dates,
    header_dates_unread,
    refuse_unread_steps,
)
from forecasting.tables.columns.looks import ColumnLooks
from forecasting.tables.columns.parts import refuse_cycles
from forecasting.tables.files.open_table import open_table
from forecasting.tables.layouts.long import read_long, understand
from forecasting.tables.layouts.wide import read_sideways, read_wide
from forecasting.tables.options import TableOptions
from forecasting.tables.raw_table import RawTable, broken_file
from forecasting.tables.rows_ahead import ContinuedTable, continue_table
from forecasting.tables.sizes import TableSizeError
from forecasting.tables.table_content import TableContent, UnclearTableError


def read_table(
    content: bytes, media_type: str, options: TableOptions, limit: int, ahead: bytes = b""
) -> TableContent:
    """Return the series in a file, as the options say how it is to be read.

    `ahead` is another file of the same format, if there is one, with what is known of the steps
    after those in the first.

    Raises SeriesError, its path within the request, for a file that is no such table, which is an
    UnclearTableError if the file could be opened; and TableSizeError or MemoryError for a table of
    more than `limit` bytes.
    """
    try:
        raw = open_table(content, media_type, options, limit)
        if ahead:
            known = open_table(ahead, media_type, options, limit)
            raw, options = continue_table(raw, known, options, limit)
        read = _read(raw, options, limit)
        return raw.mark_past(read) if isinstance(raw, ContinuedTable) else read
    except MemoryError:  # pyarrow's is one of its exceptions, too
        raise
    except (pa.ArrowException, OSError, ValueError, LookupError, TypeError, OverflowError) as error:
        reason = " ".join(str(error).split())[:300]
        raise broken_file(f"the file cannot be read as {media_type}: {reason}") from error


def _read(raw: RawTable, options: TableOptions, limit: int) -> TableContent:
    if not raw.names:
        message = "the table has no columns. Add one of values, with a row for each value."
        raise broken_file(message, code="file_empty")
    looks = ColumnLooks(raw)
    try:
        return _read_series(raw, looks, options, limit)
    except SeriesError as error:
        try:
            understood = understand(raw, looks, options.layout)
        except (TableSizeError, MemoryError):  # what is wrong matters more
            raise error from None
        raise UnclearTableError.of(error, understood) from error


def _read_series(
    raw: RawTable, looks: ColumnLooks, options: TableOptions, limit: int
) -> TableContent:
    known = find_known(looks, options)
    dates = [] if known.time is not None else find_header_dates(looks, known)
    if not dates and (options.layout == "wide" or known.target is None):
        refuse_cycles(looks)
    if known.time is None and not dates:
        refuse_unread_steps(looks, known)
    if options.layout == "long":
        if dates and known.target is None:
            raise header_dates_unread(looks, dates)
        return read_long(raw, looks, known, options)
    if dates:
        return read_sideways(raw, looks, known, dates, options, limit)
    return read_wide(raw, looks, known, options, limit)

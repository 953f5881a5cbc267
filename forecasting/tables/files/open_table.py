"""A file of any format → the columns in it."""

from __future__ import annotations

from forecasting.tables.files.arrow_stream import open_arrow
from forecasting.tables.files.csv import open_csv
from forecasting.tables.files.parquet import open_parquet
from forecasting.tables.formats import ARROW_STREAM, PARQUET, name_unreadable, recognise
from forecasting.tables.options import TableOptions
from forecasting.tables.raw_table import RawTable, TableFile, broken_file

_CURE = "Send a table as CSV, Excel, Parquet, Arrow or JSON."


def open_table(content: bytes, declared: str, options: TableOptions, limit: int) -> RawTable:
    """Return the columns of a file that takes at most `limit` bytes of memory.

    `declared` is its media type, as far as the caller knows; its content decides. Raises
    SeriesError for a file that is no table, TableSizeError, MemoryError, or pyarrow's errors for
    content that is damaged.
    """
    if not content.strip():
        raise broken_file(f"the file is empty. {_CURE}", code="file_empty")
    name = name_unreadable(content)
    if name is not None:
        raise broken_file(f"the file is {name}. {_CURE}", code="format_unknown")
    media_type = recognise(content, declared)
    file = TableFile(content, limit)
    if media_type == PARQUET:
        return open_parquet(file)
    if media_type == ARROW_STREAM:
        return open_arrow(file)
    return open_csv(file, options)

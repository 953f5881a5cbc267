"""Parquet files."""

from __future__ import annotations

import pyarrow as pa
from pyarrow import parquet

from forecasting.tables.columns import (
    check_size,
    check_types,
    find_columns,
    is_text,
    join_batches,
)

_BATCH_ROWS = 65_536


def read(content: bytes, limit: int) -> pa.Table:
    """Return the columns, texts as dictionaries.

    What the footer says about the size is checked first, but it may be wrong: the memory limit of
    the process is what holds. Raises SeriesError, TableSizeError, MemoryError, or pyarrow's errors
    for content that is no Parquet file.
    """
    schema = parquet.read_schema(pa.BufferReader(content))
    columns = find_columns(schema.names)
    check_types(schema, columns)
    texts = [name for name in columns if is_text(schema.field(name).type)]
    file = parquet.ParquetFile(pa.BufferReader(content), read_dictionary=texts)
    table_bytes = sum(
        chunk.total_uncompressed_size
        for group in map(file.metadata.row_group, range(file.metadata.num_row_groups))
        for chunk in map(group.column, range(group.num_columns))
        if chunk.path_in_schema in columns
    )
    check_size(table_bytes, file.metadata.num_rows, limit)
    batches = file.iter_batches(_BATCH_ROWS, columns=columns, use_threads=False)
    return join_batches(batches, schema, columns, limit)

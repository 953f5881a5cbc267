"""Streams of the Arrow IPC format, whose buffers may be compressed."""

from __future__ import annotations

import pyarrow as pa

from forecasting.tables.columns import check_types, find_columns, join_batches


def read(content: bytes, limit: int) -> pa.Table:
    """Return the columns as they are.

    Raises SeriesError, TableSizeError, MemoryError, or pyarrow's errors for content that is no
    Arrow stream.
    """
    options = pa.ipc.IpcReadOptions(use_threads=False)
    stream = pa.ipc.open_stream(pa.BufferReader(content), options=options)
    columns = find_columns(stream.schema.names)
    check_types(stream.schema, columns)
    return join_batches(stream, stream.schema, columns, limit)

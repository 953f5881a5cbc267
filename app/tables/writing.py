"""Tables → bytes of any format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.tables.formats import CSV, PARQUET

if TYPE_CHECKING:
    import pyarrow as pa


def write_table(table: pa.Table, media_type: str) -> bytes:
    """Return the table as a file. CSV has no room for the metadata of its schema."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    if media_type == CSV:
        from pyarrow import csv

        csv.write_csv(table, sink)
    elif media_type == PARQUET:
        from pyarrow import parquet

        parquet.write_table(table, sink, compression="zstd")
    else:
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
    return bytes(sink.getvalue())

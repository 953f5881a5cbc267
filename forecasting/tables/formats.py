"""The file formats of tables, by their media types: recognising and writing them.

A format is read by the module of its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

CSV = "text/csv"
PARQUET = "application/vnd.apache.parquet"
ARROW_STREAM = "application/vnd.apache.arrow.stream"

TABLES = (CSV, PARQUET, ARROW_STREAM)

_FIRST_BYTES = {b"PAR1": PARQUET}
_SUFFIXES = {".csv": CSV, ".parquet": PARQUET, ".arrows": ARROW_STREAM}


def recognise(content: bytes, filename: str) -> str:
    """Return the format that the first bytes of a file or its name tell, or else CSV."""
    for first_bytes, media_type in _FIRST_BYTES.items():
        if content.startswith(first_bytes):
            return media_type
    name = filename.lower()
    return next((kind for suffix, kind in _SUFFIXES.items() if name.endswith(suffix)), CSV)


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

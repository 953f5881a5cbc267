"""The file formats of tables, by their media types: recognising and writing them.

A format is read by the module of its name.
"""

from __future__ import annotations

import re

from forecasting.tables.libraries import pa

CSV = "text/csv"
PARQUET = "application/vnd.apache.parquet"
ARROW_STREAM = "application/vnd.apache.arrow.stream"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NDJSON = "application/x-ndjson"
JSON_LINES = "application/jsonl"
JSON_RECORDS = "application/json"
GZIP = "application/gzip"
ZIP = "application/zip"
UNKNOWN = "application/octet-stream"
"""The media type of a file that nothing is said about: its content tells what it is."""

TABLES = (CSV, PARQUET, ARROW_STREAM)
"""The formats that tables are answered in."""
READABLE = (*TABLES, XLSX, NDJSON, JSON_LINES, GZIP, ZIP)
"""The media types of bodies that are tables. JSON_RECORDS is one, too, if it holds a list."""

NAMES = {
    CSV: "CSV",
    PARQUET: "a Parquet file",
    ARROW_STREAM: "an Arrow file",
    XLSX: "a workbook",
    NDJSON: "JSON lines",
    JSON_LINES: "JSON lines",
    JSON_RECORDS: "JSON",
    GZIP: "a gzip file",
    ZIP: "a zip archive",
}
"""What people call a file of each format."""

FORMATS_IN_WORDS = "CSV, Excel, Parquet, Arrow or JSON"
"""The formats that tables are read from, as people are told of them."""

_SUFFIXES = {
    ".csv": CSV,
    ".tsv": CSV,
    ".txt": CSV,
    ".parquet": PARQUET,
    ".arrow": ARROW_STREAM,
    ".arrows": ARROW_STREAM,
    ".feather": ARROW_STREAM,
    ".xlsx": XLSX,
    ".ndjson": NDJSON,
    ".jsonl": JSON_LINES,
    ".json": JSON_RECORDS,
    ".gz": GZIP,
    ".zip": ZIP,
}
_FIRST_BYTES = {
    b"PAR1": PARQUET,
    b"ARROW1": ARROW_STREAM,
    b"\xff\xff\xff\xff": ARROW_STREAM,
    b"\x1f\x8b": GZIP,
    b"PK\x03\x04": ZIP,
    b"PK\x05\x06": ZIP,
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": XLSX,  # the workbooks of Excel before 2007
}
_UNREADABLE = {
    b"%PDF": "a PDF document",
    b"{\\rtf": "an RTF document",
    b"<?xml": "an XML document",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"GIF8": "an image",
    b"\x28\xb5\x2f\xfd": "packed with zstd",
    b"BZh": "packed with bzip2",
    b"\xfd7zXZ": "packed with xz",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"SQLite format 3": "an SQLite database",
    b"\x89HDF": "an HDF5 file",
    b"ORC": "an ORC file",
    b"Obj\x01": "an Avro file",
    b"\x80\x04\x95": "a pickle of Python",
    b"\x80\x05\x95": "a pickle of Python",
}
_HTML = re.compile(
    rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|body|table)\b", re.IGNORECASE | re.DOTALL
)
_JSON = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:\[\s*[\[{\]"\d-]|\{\s*["}])')


def format_of_name(filename: str) -> str:
    """Return the media type that a file's name tells, or else UNKNOWN."""
    name = filename.lower()
    return next((kind for suffix, kind in _SUFFIXES.items() if name.endswith(suffix)), UNKNOWN)


def recognise(content: bytes, declared: str) -> str:
    """Return the media type of a file by its content or, if that does not tell, as it is declared.

    Text that is declared as something else, or nothing, is CSV.
    """
    for first_bytes, media_type in _FIRST_BYTES.items():
        if content.startswith(first_bytes):
            return media_type
    start = content[:1_024]
    if _JSON.match(start):
        return declared if declared in {NDJSON, JSON_LINES} else JSON_RECORDS
    binary = declared in {PARQUET, ARROW_STREAM, XLSX, GZIP, ZIP}
    if declared == UNKNOWN or (binary and b"\0" not in start and start.strip()):
        return CSV
    return declared


def name_unreadable(content: bytes) -> str | None:
    """Return what a file is that is no table, such as "a PDF document"; None if that is unknown."""
    for first_bytes, name in _UNREADABLE.items():
        if content.startswith(first_bytes):
            return name
    return "an HTML page" if _HTML.match(content[:4_096]) else None


def write_table(table: pa.Table, media_type: str) -> bytes:
    """Return the table as a file. CSV has no room for the metadata of its schema."""
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

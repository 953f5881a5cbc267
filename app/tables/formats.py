"""The file formats of tables, by their media types.

A format is read by the module of its name in app/tables/reading, and written in app/tables/writing.
"""

from __future__ import annotations

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

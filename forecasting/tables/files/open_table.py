"""A file of any format → the columns in it."""

from __future__ import annotations

from forecasting.errors import SeriesError
from forecasting.notes import Note
from forecasting.tables.files.arrow_stream import open_arrow
from forecasting.tables.files.containers import UnpackedFile, unpack
from forecasting.tables.files.csv import open_csv
from forecasting.tables.files.excel import open_workbook
from forecasting.tables.files.json_records import open_json
from forecasting.tables.files.parquet import open_parquet
from forecasting.tables.formats import (
    ARROW_STREAM,
    FORMATS_IN_WORDS,
    GZIP,
    JSON_LINES,
    JSON_RECORDS,
    NAMES,
    NDJSON,
    PARQUET,
    UNKNOWN,
    XLSX,
    ZIP,
    name_unreadable,
)
from forecasting.tables.options import TableOptions
from forecasting.tables.raw_table import RawTable, TableFile, broken_file

_JSON = {JSON_RECORDS, NDJSON, JSON_LINES}
_CONTAINERS = {GZIP: "gzip", ZIP: "zip"}
_CURE = f"Send a table as {FORMATS_IN_WORDS}."


def open_table(content: bytes, declared: str, options: TableOptions, limit: int) -> RawTable:
    """Return the columns of a file that takes at most `limit` bytes of memory.

    `declared` is its media type, as far as the caller knows; its content decides. Raises
    SeriesError for a file that is no table, TableSizeError, MemoryError, or pyarrow's errors for
    content that is damaged.
    """
    unpacked = unpack(content, declared, limit)
    if not unpacked.content or unpacked.content.isspace():
        raise broken_file(f"the file is empty. {_CURE}", code="file_empty")
    name = name_unreadable(unpacked.content)
    if name is not None:
        raise broken_file(f"the file is {name}. {_CURE}", code="format_unknown")
    if options.sheet is not None and unpacked.media_type != XLSX:
        raise SeriesError(
            f"only workbooks have sheets, but the file is {NAMES[unpacked.media_type]}. Leave "
            "sheet out, or send the workbook itself.",
            code="sheet_unknown",
            path=("sheet",),
        )
    notes = _note_difference(declared, unpacked)
    file = TableFile(unpacked.content, limit, unpacked.container, notes)
    if unpacked.media_type == PARQUET:
        return open_parquet(file)
    if unpacked.media_type == ARROW_STREAM:
        return open_arrow(file)
    if unpacked.media_type == XLSX:
        return open_workbook(file, options)
    if unpacked.media_type in _JSON:
        return open_json(file)
    return open_csv(file, options)


def _note_difference(declared: str, unpacked: UnpackedFile) -> tuple[Note, ...]:
    """Return a note if a file is not what it was declared to be."""
    if declared == UNKNOWN or unpacked.container == _CONTAINERS.get(declared, ""):
        return ()
    found = [NAMES[unpacked.media_type]] if unpacked.media_type != declared else []
    if unpacked.container is not None:
        found.append(f"packed with {unpacked.container}")
    if not found or ({declared, unpacked.media_type} <= _JSON and unpacked.container is None):
        return ()
    message = f"The file was sent as {declared}, but is {', '.join(found)}, and was read as that."
    return (Note("format_recognised", message, 1),)

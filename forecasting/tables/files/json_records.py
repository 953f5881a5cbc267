"""Tables as JSON: a list of objects, an object of columns, or an object on each line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from forecasting.tables.files.csv_text import decode
from forecasting.tables.files.typed_table import TypedTable, to_column
from forecasting.tables.raw_table import Dialect, TableFile, broken_file
from forecasting.tables.sizes import check_size

_SHAPES = (
    'A table as JSON is a list of objects, [{"ds": "2024-01-01", "y": 1}, …], an object of '
    'columns, {"ds": ["2024-01-01", …], "y": [1, …]}, or an object on each line.'
)
_MOST_COLUMNS = 16_384
Columns = Mapping[str, Sequence[Any]]


def open_json(file: TableFile) -> TypedTable:
    """Return the columns of a file. Raises SeriesError for JSON that is no table, and
    TableSizeError for a table that is too large."""
    text = decode(file.content)
    try:
        name, columns = _parse(text.content.decode(), file.limit)
    except RecursionError as error:
        raise broken_file(f"the JSON is nested too deeply. {_SHAPES}") from error
    names = [name.strip() for name in columns]
    table = pa.Table.from_arrays([to_column(cells) for cells in columns.values()], names)
    if not table.num_rows:
        raise broken_file(f"the file has no rows. {_SHAPES}", code="file_empty")
    dialect = Dialect(name, file.container, encoding=text.encoding)
    return TypedTable(names, dialect, (*file.notes, *text.notes), table, file.limit)


def _parse(text: str, limit: int) -> tuple[str, Columns]:
    """Return the name of the format, and the cells of each column."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg != "Extra data":
            raise _broken(error, error.lineno) from error
        return "jsonl", _from_records(_parse_lines(text), limit)
    if isinstance(document, dict):
        document = document["data"] if isinstance(document.get("data"), list) else document
    if isinstance(document, dict):
        return "json", _from_columns(document, limit)
    if not isinstance(document, list) or not all(isinstance(row, dict) for row in document):
        raise broken_file(f"the JSON is no table. {_SHAPES}")
    return "json", _from_records(document, limit)


def _parse_lines(text: str) -> list[dict[str, Any]]:
    """Return the object on each line that is not blank."""
    records = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise _broken(error, number) from error
        if not isinstance(record, dict):
            raise broken_file(f"line {number} holds no object. {_SHAPES}")
        records.append(record)
    return records


def _from_records(records: Sequence[Mapping[str, Any]], limit: int) -> Columns:
    names = dict.fromkeys(name for record in records for name in record)
    _check_columns(len(names), len(records), limit)
    return {name: [record.get(name) for record in records] for name in names}


def _from_columns(document: Mapping[str, Any], limit: int) -> Columns:
    """Return the columns of an object. One that holds texts and numbers is a single row, and one
    of objects is what pandas writes, which name the rows."""
    if not any(isinstance(value, dict | list) for value in document.values()):
        return _from_records([document], limit)
    columns = {
        name: list(cells.values()) if isinstance(cells, dict) else cells
        for name, cells in document.items()
    }
    counts = {
        name: len(cells) if isinstance(cells, list) else -1 for name, cells in columns.items()
    }
    if len(set(counts.values())) != 1:
        sizes = ", ".join(f"{name}: {max(count, 0)}" for name, count in counts.items())[:300]
        raise broken_file(
            f"the columns of the JSON are not lists of one length ({sizes}). {_SHAPES}"
        )
    _check_columns(len(columns), max(counts.values()), limit)
    return columns


def _check_columns(columns: int, rows: int, limit: int) -> None:
    if columns > _MOST_COLUMNS:
        raise broken_file(
            f"the file has {columns} columns; {_MOST_COLUMNS} is the most. Send those you need.",
            code="too_many_columns",
        )
    check_size(8 * columns * rows, rows, limit)


def _broken(error: json.JSONDecodeError, line: int) -> Exception:
    return broken_file(
        f"line {line}, column {error.colno} is no JSON: {error.msg}. Is a bracket, a comma or a "
        "quote missing there?"
    )

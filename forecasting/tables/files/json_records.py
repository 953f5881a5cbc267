"""Tables as JSON: a list of objects, an object of columns, or an object on each line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from forecasting.tables.cells.dates import looks_like_dates
from forecasting.tables.files.csv_text import decode
from forecasting.tables.files.typed_table import TypedTable, to_column, to_text
from forecasting.tables.raw_table import Dialect, TableFile, broken_file
from forecasting.tables.sizes import check_size

_SHAPES = (
    'A table as JSON is a list of objects, [{"ds": "2024-01-01", "y": 1}, …], an object of '
    'columns, {"ds": ["2024-01-01", …], "y": [1, …]}, or an object on each line.'
)
_MOST_COLUMNS = 16_384
_INDEX = "index"
"""The name of a column that holds the keys of rows."""
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
        split = isinstance(document.get("columns"), list) and "data" in document
        records = not split and isinstance(document.get("data"), list)
        document = document["data"] if records else document
    if isinstance(document, dict):
        return "json", _from_object(document, limit)
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


def _from_object(document: Mapping[str, Any], limit: int) -> Columns:
    """Return the columns of an object in one of the shapes that pandas writes, or of one row."""
    if isinstance(document.get("columns"), list) and "data" in document:
        return _from_split(document, limit)
    if not any(isinstance(value, dict | list) for value in document.values()):
        return _from_records([document], limit)
    if all(isinstance(value, dict) for value in document.values()):
        return _from_keyed(document, limit)
    return _from_columns(document, limit)


def _from_columns(columns: Mapping[str, Any], limit: int) -> Columns:
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


def _from_keyed(document: Mapping[str, Mapping[str, Any]], limit: int) -> Columns:
    """Return the columns of an object of objects: columns whose cells have the keys of their rows,
    or rows whose cells have the names of their columns."""
    inner = list(dict.fromkeys(key for cells in document.values() for key in cells))
    if _are_row_keys(list(document)) and not _are_row_keys(inner):
        _check_columns(len(inner), len(document), limit)
        rows = document.values()
        return _with_index(
            list(document), {name: [row.get(name) for row in rows] for name in inner}
        )
    (first, cells), *rest = document.items()
    for name, others in rest:
        different = cells.keys() ^ others.keys()
        if different:
            raise broken_file(
                f"the columns {first!r} and {name!r} of the JSON do not have the same rows: only "
                f"one of them has the key {min(different)[:80]!r}. Give each of them a value, or "
                "null, for each key."
            )
    _check_columns(len(document), len(cells), limit)
    keys = list(cells)
    return _with_index(keys, {name: [row[key] for key in keys] for name, row in document.items()})


def _from_split(document: Mapping[str, Any], limit: int) -> Columns:
    """Return the columns of an object with their names, and the cells of each row as a list."""
    names, rows = document["columns"], document["data"]
    if len(set(map(str, names))) < len(names):
        raise broken_file("the names in 'columns' repeat. Give each column its own name.")
    if not isinstance(rows, list):
        raise broken_file(f"the JSON is no table. {_SHAPES}")
    for place, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != len(names):
            raise broken_file(
                f"row {place} of 'data', counted from 0, is not a list of {len(names)} cells. Give "
                "each row a cell, or null, for each of the 'columns'."
            )
    _check_columns(len(names), len(rows), limit)
    columns = {str(name): [row[at] for row in rows] for at, name in enumerate(names)}
    keys = document.get("index")
    if not isinstance(keys, list) or len(keys) != len(rows):
        return columns
    return _with_index([to_text(key) for key in keys], columns)


def _are_row_keys(keys: Sequence[str]) -> bool:
    """Return whether all keys count rows, or are dates, rather than names of columns."""
    return all(map(str.isdecimal, keys)) or looks_like_dates(pa.chunked_array([keys], pa.string()))


def _with_index(keys: Sequence[str], columns: Columns) -> Columns:
    """Return the columns, and before them the keys of the rows if only these hold dates."""
    index = pa.chunked_array([keys], pa.string())
    dated = looks_like_dates(index) and not any(
        looks_like_dates(pa.chunked_array([to_column(cells)])) for cells in columns.values()
    )
    return {_INDEX: list(keys), **columns} if dated and _INDEX not in columns else columns


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

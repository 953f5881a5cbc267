"""Workbooks of Excel and of LibreOffice: the values of one sheet."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

import pyarrow as pa
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
)

from forecasting.errors import SeriesError
from forecasting.notes import Note
from forecasting.tables.files.header import check_totals, filled, find_header, is_total
from forecasting.tables.files.typed_table import TypedTable, to_column, to_text
from forecasting.tables.options import TableOptions
from forecasting.tables.raw_table import Dialect, TableFile, broken_file
from forecasting.tables.sizes import TableSizeError

_CELL_BYTES = 32
"""What a cell takes while a sheet is read, be it filled or between filled ones."""
_CHUNK_BYTES = 2**20
_REFERENCE = re.compile(rb'\br="([A-Z]{0,3})([0-9]{1,7})"')
_JUDGED_ROWS = 100


def open_workbook(file: TableFile, options: TableOptions) -> TypedTable:
    """Return the columns of a sheet: the one that the options name, or the first with data.

    Formulas are read as the values that they had when the workbook was saved. Raises SeriesError
    for a workbook that cannot be read, has no such sheet, or whose sheet does not begin with the
    names of its columns, and TableSizeError for one that takes too much memory.
    """
    kind = _check_archive(file.content, file.limit)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(file.content)) as workbook:
            sheet, notes = _choose_sheet(workbook, options.sheet)
            rows = [list(row) for row in sheet.to_python()]
    except PasswordError as error:
        message = "the workbook is protected by a password. Save it without, or as CSV."
        raise broken_file(message, code="file_encrypted") from error
    except CalamineError as error:
        reason = " ".join(str(error).split())[:300]
        raise broken_file(f"the workbook cannot be read: {reason}. Save it as CSV.") from error
    first_row = 1 + (sheet.start or (0, 0))[0]
    names, header_row, columns, gapless, skipped = _to_columns(rows, first_row)
    dialect = Dialect(kind, file.container, sheet=sheet.name, header_line=header_row)
    table = pa.Table.from_arrays([to_column(column) for column in columns], names)
    start = header_row + 1 if gapless else None
    return TypedTable(names, dialect, (*file.notes, *notes, *skipped), table, file.limit, start)


def _choose_sheet(
    workbook: CalamineWorkbook, name: str | None
) -> tuple[CalamineSheet, Sequence[Note]]:
    names = [
        sheet.name for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet
    ]
    if name is not None:
        if name not in names:
            raise SeriesError(
                f"there is no sheet {name!r}; the sheets are: {', '.join(names)[:500]}.",
                code="sheet_unknown",
                path=("sheet",),
            )
        return workbook.get_sheet_by_name(name), ()
    for candidate in names:
        sheet = workbook.get_sheet_by_name(candidate)
        if sheet.height:
            return sheet, _note_others(candidate, names)
    raise broken_file("the workbook has no sheet with data.", code="file_empty")


def _note_others(chosen: str, names: Sequence[str]) -> Sequence[Note]:
    others = [name for name in names if name != chosen]
    if not others:
        return ()
    message = (
        f"The workbook has {len(names)} sheets, and {chosen!r}, the first one with data, was read. "
        f"To read another, name it as `sheet`: {', '.join(others)[:500]}."
    )
    return (Note("sheet_chosen", message, len(others)),)


def _to_columns(
    rows: list[list[Any]], first_row: int
) -> tuple[list[str], int, list[list[Any]], bool, tuple[Note, ...]]:
    """Return the names of the columns, the row of the sheet they are in, the cells below, whether
    these are in rows right below, and a note on titles above."""
    numbered = [
        (number, [None if cell == "" else cell for cell in row])
        for number, row in enumerate(rows, first_row)
    ]
    present = [(number, row) for number, row in numbered if any(c is not None for c in row)]
    if not present:
        raise broken_file("the sheet has no data.", code="file_empty")
    texts = [[to_text(cell) for cell in row] for _, row in present[:_JUDGED_ROWS]]
    position, notes = find_header(texts, [number for number, _ in present], place="row")
    header_row, _ = present[position]
    header = texts[position]
    body = [row for _, row in present[position + 1 :]]
    if len(filled(header)) == 1 and len(header) == 1:  # an empty cell is a missing value
        body = [row for number, row in numbered if header_row < number <= present[-1][0]]
    if len(body) > 1:
        check_totals(header, _rows_of_totals(body))
    columns = [list(column) for column in zip_longest(*body)]
    kept = [at for at, name in enumerate(header) if name or any(c is not None for c in columns[at])]
    gapless = header_row + len(body) == present[-1][0]
    return [header[at] for at in kept], header_row, [columns[at] for at in kept], gapless, notes


def _rows_of_totals(body: Sequence[Sequence[Any]]) -> list[list[str]]:
    """Return the last row, and those before it that hold one of its names of sums, as texts."""
    totals = {cell for cell in body[-1] if isinstance(cell, str) and is_total(cell)}
    rows = [row for row in body if not totals.isdisjoint(row)] if totals else body[-1:]
    return [[to_text(cell) for cell in row] for row in rows]


def _check_archive(content: bytes, limit: int) -> str:
    """Return the kind of a workbook: xlsx, xlsb, ods or, if it is no archive, xls.

    Raises TableSizeError if it is unpacked to more than it may, or if the cells of a sheet lie so
    far apart that the cells between them would take more, and SeriesError if it is damaged.
    """
    if not content.startswith(b"PK"):
        return "xls"
    unpacked = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            for name in names:
                rows = columns = 1
                with archive.open(name) as member:
                    while chunk := member.read(_CHUNK_BYTES):
                        unpacked += len(chunk)
                        if name.startswith("xl/worksheets/"):
                            rows, columns = _extent(chunk, rows, columns)
                        if max(unpacked, rows * columns * _CELL_BYTES) > limit:
                            raise TableSizeError
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise broken_file(f"the workbook is damaged: {error}. Save it as CSV.") from error
    kinds = {"xl/workbook.xml": "xlsx", "xl/workbook.bin": "xlsb"}
    return next((kind for name, kind in kinds.items() if name in names), "ods")


def _extent(chunk: bytes, rows: int, columns: int) -> tuple[int, int]:
    """Return the last row and the last column that a part of a sheet refers to, or those given."""
    found = _REFERENCE.findall(chunk)
    letters = {letters for letters, _ in found}
    for name in letters:
        number = 0
        for letter in name:
            number = 26 * number + letter - ord("A") + 1
        columns = max(columns, number)
    return max([rows, *(int(row) for _, row in found)]), columns

"""Workbooks: the values of one sheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from forecasting.errors import SeriesError
from forecasting.tables.files.excel import open_workbook
from forecasting.tables.options import TableOptions
from forecasting.tables.raw_table import RawTable, TableFile
from forecasting.tables.sizes import TableSizeError
from tests.support.workbooks import (
    Cell,
    Formula,
    sheet,
    write_open_document,
    write_workbook,
    zip_workbook,
)

DAYS = [dt.datetime(2024, 1, day) for day in (1, 2, 3)]  # noqa: DTZ001
ROWS: list[list[Cell]] = [["ds", "y"], [DAYS[0], 1.5], [DAYS[1], 1.5], [DAYS[2], 1.5]]
CELLS = [{"ds": day, "y": 1.5} for day in DAYS]


def opened(sheets: Mapping[str, Sequence[Sequence[Cell]]], name: str | None = None) -> RawTable:
    return open_workbook(TableFile(write_workbook(sheets), 2**24), TableOptions(sheet=name))


def cells(raw: RawTable) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = raw.read(range(len(raw.names))).to_pylist()
    return found


def test_dates_come_as_dates_and_numbers_as_numbers() -> None:
    raw = opened({"Sales": ROWS})
    assert cells(raw) == CELLS
    assert raw.dialect.as_json() == {"format": "xlsx", "sheet": "Sales", "header_line": 1}
    assert not raw.notes


def test_formulas_are_read_as_the_values_they_had() -> None:
    formulas = [Formula("A1+1", 2.0), Formula("A2+1"), Formula("A3+1", 4.0)]
    raw = opened({"Sales": [["ds", "y"], *zip(DAYS, formulas, strict=True)]})
    assert [row["y"] for row in cells(raw)] == [2, None, 4]


def test_whole_numbers_are_whole_and_a_column_of_several_types_is_text() -> None:
    raw = opened({"Sales": [["store", "note"], [1, 2], [2, "b"], [3, DAYS[0]], [4, None]]})
    assert cells(raw) == [
        {"store": 1, "note": "2"},
        {"store": 2, "note": "b"},
        {"store": 3, "note": "2024-01-01"},
        {"store": 4, "note": None},
    ]


def test_a_table_need_not_begin_in_the_first_cell() -> None:
    raw = opened({"Sales": [[], *([None, *row] for row in ROWS[:2]), [], [None, *ROWS[2]]]})
    assert cells(raw) == CELLS[:2]
    assert raw.dialect.header_line == 2
    assert raw.first_line(2) is None
    assert opened({"Sales": [[], *ROWS]}).first_line(3) == 3


def test_workbooks_of_libreoffice_are_read_too() -> None:
    raw = open_workbook(TableFile(write_open_document(ROWS), 2**24), TableOptions())
    assert cells(raw) == CELLS
    assert raw.dialect.format == "ods"


def test_the_first_sheet_with_data_is_read_unless_another_is_named() -> None:
    sheets: dict[str, list[list[Cell]]] = {"Cover": [], "Sales": ROWS, "Notes": [["a"], ["b"]]}
    raw = opened(sheets)
    assert cells(raw) == CELLS
    assert [note.code for note in raw.notes] == ["sheet_chosen"]
    assert "'Sales'" in raw.notes[0].message
    assert opened(sheets, "Notes").names == ["a"]


@pytest.mark.parametrize(
    ("rows", "name", "code", "message"),
    [
        (ROWS, "Costs", "sheet_unknown", "no sheet 'Costs'; the sheets are: Sales"),
        ([["a", 1], [], ["x", *ROWS[0]], ["x", *ROWS[1]]], None, "header_not_first", "above row 3"),
        (ROWS[1:], None, "header_missing", "row 1 looks like data"),
        ([*ROWS, ["Total", 4.5]], None, "totals_row", "'Total'"),
        ([], None, "file_empty", "no sheet with data"),
        (ROWS[:1], None, "file_empty", "no rows below the names"),
    ],
)
def test_an_error_names_the_row_and_what_to_change(
    rows: Sequence[Sequence[Cell]], name: str | None, code: str, message: str
) -> None:
    with pytest.raises(SeriesError, match=message) as raised:
        opened({"Sales": rows}, name)
    assert raised.value.code == code


def test_titles_blank_columns_and_empty_rows_around_a_table_are_skipped() -> None:
    rows: list[list[Cell]] = [
        ["Report 2024"],
        [],
        *([None, row[0], None, row[1]] for row in ROWS),
        [None],
        [""],
    ]
    raw = opened({"Sales": rows})
    assert cells(raw) == CELLS
    assert [(note.code, note.count) for note in raw.notes] == [("rows_skipped", 1)]
    assert (raw.dialect.header_line, raw.first_line(3)) == (3, 4)


def test_a_series_that_is_called_total_is_no_row_of_sums() -> None:
    days: list[list[Cell]] = [[day, name, 1] for day in DAYS for name in ("a", "Total")]
    rows: list[list[Cell]] = [["ds", "id", "y"], *days]
    assert len(cells(opened({"Sales": rows}))) == 6
    wide: list[list[Cell]] = [["id", *DAYS], ["a", 1, 2, 3], ["b", 1, 2, 3], ["Total", 2, 4, 6]]
    assert len(cells(opened({"Sales": wide}))) == 3


def test_cells_that_lie_far_apart_are_refused_rather_than_filled_between() -> None:
    far = '</row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    part = sheet([["a"]]).replace("</row>", far)
    content = zip_workbook(["Sales"], {"xl/worksheets/sheet0.xml": part})
    with pytest.raises(TableSizeError):
        open_workbook(TableFile(content, 2**26), TableOptions())


def test_a_sheet_that_unpacks_to_more_than_it_may_is_refused() -> None:
    part = sheet([["a"]]) + " " * 2**25
    content = zip_workbook(["Sales"], {"xl/worksheets/sheet0.xml": part})
    with pytest.raises(TableSizeError):
        open_workbook(TableFile(content, 2**24), TableOptions())


@pytest.mark.parametrize("size", [100, 1_000, 1_500])
def test_a_damaged_workbook_is_refused(size: int) -> None:
    content = write_workbook({"Sales": ROWS})
    with pytest.raises(SeriesError, match="Save it as CSV"):
        open_workbook(TableFile(content[:size], 2**24), TableOptions())

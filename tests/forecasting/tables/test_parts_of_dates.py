"""Columns that hold a part of each date or of each number, and names that may be coordinates."""

from collections.abc import Sequence
from typing import Literal

import pytest

from forecasting.errors import SeriesError
from forecasting.series.repair import NO_RULES
from forecasting.tables.formats import CSV
from forecasting.tables.options import TableOptions
from forecasting.tables.reader import read_table
from forecasting.tables.table_content import TableContent
from forecasting.tables.table_series import to_series_items

DAYS = [f"2024-01-{day:02}" for day in range(1, 21)]
WIDE = TableOptions(layout="wide")
MONTHS = "Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec"
MONATE = "Januar,Februar,März,April,Mai,Juni,Juli,August,September,Oktober,November,Dezember"


def read(rows: Sequence[str], options: TableOptions | None = None) -> TableContent:
    return read_table("\n".join(rows).encode(), CSV, options or TableOptions(), 10**8)


def values(found: TableContent) -> dict[str | None, list[float]]:
    items = to_series_items(found, frequency=None, timezone=None)
    return {item.id: item.read(NO_RULES).values.tolist() for item in items}


def refusal(rows: Sequence[str], options: TableOptions | None = None) -> SeriesError:
    with pytest.raises(SeriesError) as refused:
        read(rows, options)
    return refused.value


@pytest.mark.parametrize("layout", ["long", "wide"])
@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (f"year,{MONTHS}", "months"),
        (f"Jahr,{MONATE}", "months"),
        ("year," + ",".join(map(str, range(1, 13))), "months"),
        ("year,Q1,Q2,Q3,Q4", "quarters"),
        ("week,Mon,Tue,Wed,Thu,Fri,Sat,Sun", "days of the week"),
        ("date," + ",".join(map(str, range(24))), "hours"),
        ("date," + ",".join(f"H{hour:02}" for hour in range(1, 25)), "hours"),
        ("date," + ",".join(f"{n // 2:02}:{30 * (n % 2):02}" for n in range(48)), "times of the"),
    ],
)
def test_names_of_columns_that_are_parts_of_dates_are_refused(
    header: str, kind: str, layout: Literal["long", "wide"]
) -> None:
    columns = header.count(",")
    years = header.startswith(("year", "Jahr"))
    rows = [
        ",".join([str(2000 + at) if years else day, *(str(at + n) for n in range(columns))])
        for at, day in enumerate(DAYS)
    ]
    error = refusal([header, *rows], TableOptions(layout=layout))
    assert (error.code, f"are {kind}" in error.message) == ("columns_unclear", True)
    assert "Write a row for each value" in error.message


def test_names_of_columns_that_are_months_are_refused_in_a_table_of_several_series() -> None:
    rows = [f"{shop},{2000 + at}" + ",5" * 12 for shop in "AB" for at in range(10)]
    for options in (TableOptions(), WIDE):
        error = refusal([f"shop,year,{MONTHS}", *rows], options)
        assert "are months, so that each row holds the values of many dates" in error.message


def test_one_column_of_a_cycle_may_be_asked_for_and_numbers_may_be_series() -> None:
    rows = [f"{2000 + at}," + ",".join(str(at + n) for n in range(12)) for at in range(20)]
    found = read([f"year,{MONTHS}", *rows], TableOptions(target_col="Feb"))
    assert values(found)[None] == list(range(1, 21))
    shops = ",".join(map(str, range(1, 31)))
    rows = [f"{day}," + ",".join(["5"] * 30) for day in DAYS]
    assert len(values(read([f"date,{shops}", *rows], WIDE))) == 30


@pytest.mark.parametrize("layout", ["long", "wide"])
@pytest.mark.parametrize("name", ["settlement_period", "HE", "hour", "Hour Ending", "interval"])
@pytest.mark.parametrize("cell", ["{}", "H{:02}"])
@pytest.mark.parametrize("value", ["price", "load"])
def test_a_column_with_the_rest_of_each_time_is_refused(
    name: str, cell: str, value: str, layout: Literal["long", "wide"]
) -> None:
    rows = [f"{day},{cell.format(n)},{n}.5,7" for day in DAYS for n in range(1, 25)]
    error = refusal([f"date,{name},{value},wind", *rows], TableOptions(layout=layout))
    assert f"{name!r} holds the rest of them. Join the two" in error.message
    assert "target_col" not in error.message
    assert "layout" not in error.message


def test_a_column_with_the_rest_of_each_time_is_refused_in_a_table_of_several_series() -> None:
    rows = [f"{day},{hour},{shop},5" for shop in "AB" for day in DAYS for hour in range(24)]
    error = refusal(["date,hour,shop,sold", *rows])
    assert "'hour' holds the rest of them. Join the two" in error.message
    joined = [row.replace(",", " ", 1).replace(",", ":00,", 1) for row in rows]
    assert list(values(read(["date,shop,sold", *joined]))) == ["A", "B"]


@pytest.mark.parametrize("third", ["", "comment", "Bemerkung"])
def test_decimal_commas_that_cut_numbers_in_two_are_refused(third: str) -> None:
    rows = [f"{day},{100 + at},{at % 10}" for at, day in enumerate(DAYS)]
    error = refusal([f"date,value,{third}", *rows])
    assert error.code == "decimal_unclear"
    assert "100,0. Write decimal points" in error.message
    quoted = [f'{day},"{100 + at},{at % 10}",' for at, day in enumerate(DAYS)]
    assert values(read([f"date,value,{third}", *quoted]))[None][1] == 101.1
    remarks = [f"{day},{100 + at},{'fine' if at else 5}" for at, day in enumerate(DAYS)]
    assert values(read([f"date,value,{third}", *remarks]))[None][1] == 101


@pytest.mark.parametrize("header", ["date,x,y,value", "date,x,y,depth", "date,lon,y,sales"])
def test_a_y_that_may_be_a_coordinate_is_asked_for(header: str) -> None:
    rows = [f"{day},1.5,2.5,{at}" for at, day in enumerate(DAYS)]
    error = refusal([header, *rows])
    assert "target_col=" in error.message
    *_, name = header.split(",")
    assert repr(name) in error.message
    assert values(read([header, *rows], TableOptions(target_col=name)))[None][1] == 1
    canonical = header.replace("date", "ds")
    assert values(read([canonical, *rows]))[None][1] == 2.5


@pytest.mark.parametrize("blank", ["", "\n"])
def test_a_sum_below_a_column_of_values_is_refused(blank: str) -> None:
    numbers = [100 + at for at in range(20)]
    error = refusal(["value", *map(str, numbers), f"{blank}{sum(numbers)}"])
    assert error.code == "totals_row"
    assert f"line {22 + len(blank)}" in error.message
    assert values(read(["value", *map(str, numbers), "2191"]))[None][-1] == 2191


def test_the_year_beside_a_date_is_no_series() -> None:
    rows = [f"{day},2024,{at},{2 * at}" for at, day in enumerate(DAYS)]
    found = read(["Date,Year,north,south", *rows], WIDE)
    assert list(values(found)) == ["north", "south"]
    assert any("'Year'" in note.message for note in found.notes if note.code == "columns_ignored")


def test_a_sheet_of_a_file_that_is_no_workbook_is_refused() -> None:
    error = refusal(["ds,y", *(f"{day},1" for day in DAYS)], TableOptions(sheet="Sales"))
    assert (error.code, error.path) == ("sheet_unknown", ("sheet",))

"""A column decides by itself which sign is its decimal sign, or the caller does."""

import json
import re
from collections.abc import Callable, Iterable

import pytest

from forecasting.errors import SeriesError
from forecasting.tables.formats import CSV, JSON_RECORDS, XLSX
from forecasting.tables.options import TableOptions
from forecasting.tables.reader import read_table
from tests.support.workbooks import write_workbook

ISO = [f"2024-01-{day:02}" for day in range(1, 21)]
GERMAN = [f"{day:02}.01.2024" for day in range(1, 21)]
THOUSANDS = [f"1.{970 + day}" for day in range(20)]
CROSSING = [f"{980 + day:,}".replace(",", ".") for day in range(0, 40, 2)]
THOUSANDTHS = [f"{1.5 + day / 7:.3f}" for day in range(20)]


def write(
    header: str, dates: Iterable[str], values: Iterable[str], row: str = "{},{}"
) -> tuple[bytes, str]:
    rows = [row.format(date, value) for date, value in zip(dates, values, strict=True)]
    return "\n".join([header, *rows]).encode(), CSV


def workbook(values: Iterable[str]) -> tuple[bytes, str]:
    rows = [["ds", "y"], *(list(row) for row in zip(ISO, values, strict=True))]
    return write_workbook({"data": rows}), XLSX


def columns(values: Iterable[str]) -> tuple[bytes, str]:
    return json.dumps({"ds": ISO, "y": list(values)}).encode(), JSON_RECORDS


def read(file: tuple[bytes, str], **options: str) -> list[float]:
    found = read_table(*file, TableOptions(**options), 10**8)  # type: ignore[arg-type]
    return [float(value) for value in found.table["y"].to_pylist()]


def with_comma(values: Iterable[str]) -> list[str]:
    return [value.replace(".", ",") for value in values]


UNCLEAR: dict[str, Callable[[list[str]], tuple[bytes, str]]] = {
    "tabs": lambda values: write("ds\ty", GERMAN, values, "{}\t{}"),
    "bars": lambda values: write("ds|y", ISO, values, "{}|{}"),
    "semicolons": lambda values: write("ds;y", ISO, values, "{};{}"),
    "commas and German dates": lambda values: write("ds,y", GERMAN, values),
    "quotes": lambda values: write("ds,y", ISO, values, '{},"{}"'),
    "all in quotes": lambda values: write('"ds","y"', ISO, values, '"{}","{}"'),
    "a currency": lambda values: write("ds,y", ISO, values, "{},{} €"),
    "texts in JSON": columns,
    "texts in a workbook": workbook,
    "an hour beside": lambda values: write("ds;hour;y", ISO, values, "{};12.30;{}"),
    "a price beside": lambda values: write("ds;price;y", ISO, values, "{};12,30;{}"),
    "US thousands between semicolons": lambda v: write("ds;y", ISO, with_comma(v), "{};{}"),
}


@pytest.mark.parametrize("values", [THOUSANDS, CROSSING], ids=["above 1000", "across 1000"])
@pytest.mark.parametrize("name", UNCLEAR)
def test_thousands_or_thousandths_are_refused_and_both_cures_work(
    name: str, values: list[str]
) -> None:
    file = UNCLEAR[name](values)
    with pytest.raises(SeriesError, match="may be") as refused:
        read(file, time_col="ds", target_col="y")
    assert refused.value.code == "decimal_unclear"
    grouped, fraction = re.findall(r"decimal=([.,])", refused.value.message)
    found = read(file, time_col="ds", target_col="y", decimal=grouped)
    assert found == [float(value.replace(".", "")) for value in values]
    found = read(file, time_col="ds", target_col="y", decimal=fraction)
    assert found == [float(value) for value in values]


def test_whole_numbers_beside_three_digits_are_refused_in_any_file() -> None:
    with pytest.raises(SeriesError, match=r"'1\.000' may be 1000 or 1\.000"):
        read(write("ds,y", ISO, CROSSING))
    with pytest.raises(SeriesError, match=r"'1\.000' may be 1000 or 1\.000"):
        read(write("ds,y", ISO[:3], ["998", "999", "1.000"]))


@pytest.mark.parametrize("shift", [0, 1])
def test_a_row_of_dates_shows_its_decimal_sign_as_a_column_does(shift: int) -> None:
    row = ["shop", *ISO[:6]], ["A", "998", "999", "1.000", "1.001", "1.002", "1.003"]
    content = "\n".join(",".join(line[shift:]) for line in row).encode()
    with pytest.raises(SeriesError, match=r"'1\.000' may be 1000 or 1\.000"):
        read((content, CSV), layout="wide")
    assert read((content, CSV), layout="wide", decimal=",")[-1] == 1003


@pytest.mark.parametrize(
    ("values", "written"),
    [
        (THOUSANDTHS, "{},{}"),
        (THOUSANDTHS, '"{}",{}'),
        ([*THOUSANDTHS[:-1], "0.567"], '{},"{}"'),
        ([*THOUSANDTHS[:-1], "-1234.567"], '{},"{}"'),
        ([*THOUSANDTHS[:-1], "1.5"], '{},"{}"'),
        ([*THOUSANDTHS[:-1], "1.2345"], '{},"{}"'),
        ([*THOUSANDTHS[:-1], "1.234e5"], '{},"{}"'),
        (["970", *THOUSANDTHS[:-2], "1.5"], "{},{}"),
        (["0", *THOUSANDTHS[:-2], "0.250"], "{},{}"),
    ],
)
def test_decimals_of_three_digits_are_read_if_nothing_suggests_thousands(
    values: list[str], written: str
) -> None:
    assert read(write("ds,y", ISO, values, written)) == [float(value) for value in values]


def test_a_number_with_two_points_shows_that_they_separate_thousands() -> None:
    values = [*THOUSANDS[:-1], "1.234.567"]
    found = read(write("ds,y", ISO, values, '{},"{}"'))
    assert found == [float(value.replace(".", "")) for value in values]


def test_a_zero_before_a_comma_is_no_thousand() -> None:
    with pytest.raises(SeriesError, match="line 3 of the file, column 'y': '0,567'"):
        read(write("ds,y", ISO[:2], ["0.5", '"0,567"']))

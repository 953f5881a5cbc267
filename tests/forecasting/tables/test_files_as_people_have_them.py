"""Files as people have them are read like the canonical ones, or their errors say how to.

Each error names an option and its value, such as `id_col=store`. The test sends just that.
"""

import re
import shlex
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from forecasting.errors import SeriesError
from forecasting.series.repair import NO_RULES
from forecasting.series.series import Series
from forecasting.tables.formats import CSV
from forecasting.tables.options import TableOptions
from forecasting.tables.reader import read_table
from forecasting.tables.table_content import TableContent
from forecasting.tables.table_series import TableSeriesItem, to_series_items

MONTHS = [(2022 + month // 12, month % 12 + 1) for month in range(24)]
VALUES = [round(1000 + 37.25 * step + 120.5 * (step % 12 == 11), 2) for step in range(24)]
WHOLE = [1100 + 7 * step for step in range(24)]
SHOPS = ("Köln", "Bonn", "Aachen")


def series_of(content: str | bytes, options: TableOptions | None = None) -> list[Series]:
    file = content.encode() if isinstance(content, str) else content
    found = read_table(file, CSV, options or TableOptions(), 10**8)
    return [item.read(NO_RULES) for item in items(found)]


def items(found: TableContent) -> list[TableSeriesItem]:
    return to_series_items(found, frequency=None, timezone=None)


def shown(series: Iterable[Series]) -> list[object]:
    return [(item.id, item.future_timestamps(1), item.values) for item in series]


def same(found: list[Series], wanted: list[Series]) -> bool:
    return len(found) == len(wanted) and all(
        one.id == other.id
        and one.future_timestamps(3) == other.future_timestamps(3)
        and np.array_equal(one.values, other.values, equal_nan=True)
        for one, other in zip(found, wanted, strict=True)
    )


def table(header: str, *rows: str, end: str = "\n") -> str:
    return end.join([header, *rows]) + end


def single(
    header: str = "ds,y",
    row: Callable[[str, float], str] = "{},{}".format,
    date: str = "{}-{:02}-01",
    values: Iterable[float] = VALUES,
    end: str = "\n",
) -> str:
    """One series of months: a row for each date and value."""
    rows = [row(date.format(*month), y) for month, y in zip(MONTHS, values, strict=True)]
    return table(header, *rows, end=end)


def panel(
    header: str = "unique_id,ds,y",
    row: Callable[[str, str, float], str] = "{},{},{}".format,
    names: Iterable[str] = SHOPS,
) -> str:
    """Three series of months, one after the other."""
    rows = [
        row(name, f"{year}-{month:02}-01", y + 10 * number)
        for number, name in enumerate(names)
        for (year, month), y in zip(MONTHS, WHOLE, strict=True)
    ]
    return table(header, *rows)


def german(number: float) -> str:
    """1234.5 as 1.234,50."""
    return f"{number:,.2f}".translate({ord(","): ".", ord("."): ","})


ONE, WHOLE_ONE, THREE = single(), single(values=WHOLE), panel()
READ: dict[str, str | bytes] = {
    "date and value": single("date,value"),
    "month and passengers": single("month,passengers"),
    "names in capitals": single("DS,Y"),
    "the other way around": single("sales,date", lambda date, y: f"{y},{date}"),
    "German": single("Datum;Umsatz", lambda date, y: f"{date};{german(y)}", "01.{1:02}.{0}"),
    "German without thousands": single("Monat;Umsatz", lambda d, y: f"{d};{y}".replace(".", ",")),
    "German with euros": single("Monat;Umsatz", lambda date, y: f"{date};{german(y)} €"),
    "English thousands": single("date,sales", lambda date, y: f'{date},"{y:,.2f}"'),
    "English with dollars": single("date,sales", lambda date, y: f'{date},"${y:,.2f}"'),
    "Swiss thousands": single("date;sales", lambda d, y: f"{d};{y:,.2f}".replace(",", "'")),
    "French thousands": single(
        "date;ventes", lambda d, y: f"{d};{y:,.2f}".replace(",", "\u202f").replace(".", ",")
    ),
    "spaces around": single("ds, y", lambda date, y: f"{date} ,  {y} "),
    "no-break spaces around": single("ds,y", lambda date, y: f"{date},\u00a0{y}\u00a0"),
    "plus signs": single("ds,y", lambda date, y: f"{date},+{y}"),
    "exponents": single("ds,y", lambda date, y: f"{date},{y:.6e}"),
    "percent": single("ds,y", lambda date, y: f"{date},{y}%"),
    "tabs": single("date\tvalue", "{}\t{}".format),
    "bars": single("date|value", "{}|{}".format),
    "line ends of old": single("date,value", end="\r"),
    "line ends of Windows": single("date,value", end="\r\n"),
    "in quotes": single('"date","value"', '"{}","{}"'.format),
    "UTF-16": single("date\tvalue", "{}\t{}".format).encode("utf-16"),
    "a byte order mark": single("date,value").encode("utf-8-sig"),
    "the index of pandas": table(
        ",date,value",
        *(f"{n},{row}" for n, row in enumerate(single("date,value").splitlines()[1:])),
    ),
    "a name with spaces and umlauts": single("Monat (Beginn),Umsatz in Köln"),
    "a text beside": single("date,sales,remark", "{},{},fine".format),
    "stock prices": single("Date,Open,High,Low,Close", lambda d, y: f"{d},1,2,3,{y}"),
    "months without days": single("month,sales", date="{}-{:02}"),
}  # fmt: skip
READ_WHOLE = {
    "whole numbers": single("date,sales", values=WHOLE),
    "a column of texts for missing": single("date,n", values=WHOLE),
}
READ_THREE: dict[str, str] = {
    "store, date, sales": panel("store,date,sales"),
    "date, store, sales": panel("date,store,sales", lambda s, d, y: f"{d},{s},{y}"),
    "an index, too": panel("Unnamed: 0,item_id,date,sales", lambda s, d, y: f"7,{s},{d},{y}"),
    "Filiale;Monat;Umsatz": panel("Filiale;Monat;Umsatz", "{};{};{},0".format),
    "country of a statistics office": panel("country,time_period,value"),
}
CURED = {
    "a panel whose id has another name": (panel("store,ds,y"), THREE),
    "names that a shell would not take as they are": (
        single("date,Umsatz (€),Kosten (€)", lambda date, y: f"{date},{y},{y * 2}"),
        ONE,
    ),
    "ids that a shell would not take as they are": (panel("Store & Co,ds,y"), THREE),
    "two numbers": (single("date,a,b", lambda date, y: f"{date},{y},{y * 2}"), ONE),
    "thousands or thousandths": (
        single("ds,y", lambda date, y: f'{date},"{y:,.0f}"', values=WHOLE),
        WHOLE_ONE,
    ),
    "German thousands or English thousandths": (
        single("ds;y", lambda date, y: f"{date};{y:,.0f}".replace(",", "."), values=WHOLE),
        WHOLE_ONE,
    ),
    "two dates": (single("due,ordered,sales", lambda date, y: f"{date},2020-01-01,{y}"), ONE),
    "an id that does not tell the series apart": (
        panel("unique_id,item,ds,y", lambda s, d, y: f"all,{s},{d},{y}"),
        panel(names=[f"all/{name}" for name in SHOPS]),
    ),
    "no time that is known": (single("when,y", lambda d, y: f"{d} approx,{y}"), None),
    "a date and an hour": (
        table("date,hour,load", *(f"2024-01-{n // 24 + 1:02},{n % 24},{n}" for n in range(96))),
        None,
    ),
    "a year and a month": (
        table(
            "year,month,sales",
            *(f"{y},{m},{y * m}" for y in range(2015, 2020) for m in range(1, 13)),
        ),
        None,
    ),
}
WIDE = table("month,Köln,Bonn,Aachen", *(
    f"{year}-{month:02}-01,{y},{y + 10},{y + 20}"
    for (year, month), y in zip(MONTHS, WHOLE, strict=True)
))  # fmt: skip
SIDEWAYS = table(
    ",".join(["shop", *(f"{year}-{month:02}-01" for year, month in MONTHS)]),
    *(
        ",".join([name, *(str(y + 10 * number) for y in WHOLE)])
        for number, name in enumerate(SHOPS)
    ),
)
OPTION = re.compile(r"(\w+)=('[^']*'|[^\s;]+?)(?=[.,;]?(?:\s|$))")
"""An option and its value in a message."""


@pytest.mark.parametrize("name", READ)
def test_a_file_is_read_like_the_canonical_one(name: str) -> None:
    assert same(series_of(READ[name]), series_of(ONE)), shown(series_of(READ[name]))


@pytest.mark.parametrize("column", ["store", "store_id", "SKU", "Filiale"])
def test_an_id_that_is_the_same_in_each_row_names_the_series(column: str) -> None:
    for name in ("A", "7"):
        (series,) = series_of(single(f"{column},date,sales", f"{name},{{}},{{}}".format))
        assert series.id == name
        assert same([replace(series, id=None)], series_of(ONE))
    several = series_of(single(f"{column},sensor,date,sales", "7,8,{},{}".format))
    assert [series.id for series in several] == [None]
    (usual,) = series_of(single(f"{column},ds,y", "7,{},{}".format))
    assert usual.id == "7"


@pytest.mark.parametrize("name", READ_WHOLE)
def test_a_file_of_whole_numbers_is_read_like_the_canonical_one(name: str) -> None:
    assert same(series_of(READ_WHOLE[name]), series_of(WHOLE_ONE))


@pytest.mark.parametrize("name", READ_THREE)
def test_a_file_of_several_series_is_read_like_the_canonical_one(name: str) -> None:
    assert same(series_of(READ_THREE[name]), series_of(THREE)), shown(series_of(READ_THREE[name]))


@pytest.mark.parametrize("name", CURED)
def test_the_cure_in_an_error_works(name: str) -> None:
    content, wanted = CURED[name]
    with pytest.raises(SeriesError) as refused:
        series_of(content)
    message = refused.value.message
    assert "repair" not in message
    if wanted is None:
        assert re.search(r"Send \w+_col|Join ", message), message
        return
    option, value = OPTION.findall(message)[0]
    options: dict[str, Any] = {option: shlex.split(value)[0]}
    found = series_of(content, TableOptions(**options))
    assert same(found, series_of(wanted)), (message, shown(found))


@pytest.mark.parametrize("content", [WIDE, SIDEWAYS])
def test_a_table_with_a_column_or_a_row_for_each_series_is_read_if_the_layout_is_wide(
    content: str,
) -> None:
    with pytest.raises(SeriesError, match="layout=wide"):
        series_of(content)
    assert same(series_of(content, TableOptions(layout="wide")), series_of(THREE))


def test_a_file_of_values_alone_is_read_in_its_order() -> None:
    found = read_table(table("sales", "3", "1", "2").encode(), CSV, TableOptions(), 10**6)
    assert [item.read(NO_RULES).values.tolist() for item in items(found)] == [[3, 1, 2]]
    assert [note.code for note in found.notes] == ["rows_in_order", "columns_chosen"]


@pytest.mark.parametrize("missing", ["", "NA", "N/A", "#N/A", "null", "NaN", "None", "-", "–", "."])
def test_a_value_may_be_missing_in_many_ways(missing: str) -> None:
    rows = [f"2024-01-0{day},{missing if day == 3 else day}" for day in range(1, 8)]
    (series,) = series_of(table("date,sales", *rows))
    assert series.values.tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert [note.code for note in series.notes] == ["missing_values_filled"]


@pytest.mark.parametrize("bad", ["many", "#DIV/0!", "#VALUE!", "inf", "1e999", "12%", "1,5,0"])
def test_a_cell_that_is_no_number_is_named_by_its_line(bad: str) -> None:
    rows = [f'2024-01-0{day},"{bad if day == 3 else day}"' for day in range(1, 8)]
    with pytest.raises(SeriesError, match="line 4 of the file, column 'sales': ") as refused:
        series_of(table("date,sales", *rows))
    assert refused.value.path == ("file", 2, "sales")


def test_an_option_that_names_no_column_lists_them() -> None:
    with pytest.raises(
        SeriesError, match="no column 'price'; the columns are 'ds', 'y'"
    ) as refused:
        series_of(ONE, TableOptions(target_col="price"))
    assert refused.value.path == ("target_col",)


def test_options_name_columns_in_any_case_and_with_any_characters() -> None:
    content = single('Monat (Beginn),Umsatz "netto" in Köln'.replace('"', "'"))
    options = TableOptions(time_col="monat (beginn)", target_col="Umsatz 'NETTO' in köln")
    assert same(series_of(content, options), series_of(ONE))


def test_a_wide_table_whose_columns_hold_several_series_is_refused() -> None:
    content = panel("shop,date,sold,returned", lambda s, d, y: f"{s},{d},{y},1")
    with pytest.raises(SeriesError, match=r"send id_col=shop\. Leave .*sold"):
        series_of(content, TableOptions(layout="wide"))
    assert same(
        series_of(content, TableOptions(id_col="shop", target_col="sold")), series_of(THREE)
    )


def test_rows_that_are_series_may_lack_names() -> None:
    content = re.sub("^[^,]*,", "", SIDEWAYS, flags=re.MULTILINE)
    found = series_of(content, TableOptions(layout="wide"))
    assert [series.id for series in found] == ["0", "1", "2"]

"""Which columns cut a table into series, and which only say something about its rows."""

import datetime as dt
from collections.abc import Sequence

import pandas as pd
import pytest

from forecasting.errors import SeriesError
from forecasting.series.repair import NO_RULES
from forecasting.series.series import Series
from forecasting.tables.formats import CSV, PARQUET
from forecasting.tables.options import TableOptions
from forecasting.tables.reader import read_table
from forecasting.tables.table_content import TableContent
from forecasting.tables.table_series import to_series_items

DAYS = [str(dt.date(2024, 1, 1) + dt.timedelta(day)) for day in range(60)]
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def read(rows: Sequence[str], options: TableOptions | None = None) -> TableContent:
    return read_table("\n".join(rows).encode(), CSV, options or TableOptions(), 10**8)


def read_frame(frame: pd.DataFrame) -> TableContent:
    return read_table(frame.to_parquet(), PARQUET, TableOptions(), 10**8)


def series_of(found: TableContent) -> list[Series]:
    items = to_series_items(found, frequency=None, timezone=None)
    return [item.read(NO_RULES) for item in items]


@pytest.mark.parametrize("name", ["day_name", "promo_code", "state", "station", "period_key"])
def test_a_column_cuts_no_series_if_no_time_repeats(name: str) -> None:
    rows = [f"{day},{WEEKDAYS[at % 7]},{100 + at}" for at, day in enumerate(DAYS)]
    found = read([f"date,{name},sales", *rows])
    (series,) = series_of(found)
    assert series.values.tolist() == list(range(100, 160))
    (note,) = (note for note in found.notes if note.code == "columns_ignored")
    assert f"left out {name!r}" in note.message
    assert len(series_of(read([f"date,{name},sales", *rows], TableOptions(id_col=name)))) == 7


@pytest.mark.parametrize("name", ["store", "unique_id"])
def test_whole_numbers_that_pandas_has_made_floats_are_ids(name: str) -> None:
    frame = pd.DataFrame({name: [1.0] * 60 + [2.0] * 60, "date": DAYS * 2, "sales": range(120)})
    assert [one.id for one in series_of(read_frame(frame))] == ["1", "2"]
    assert [one.id for one in series_of(read_frame(frame[:60]))] == ["1"]
    shares = frame.assign(**{name: frame[name] + 0.5})
    with pytest.raises(SeriesError):
        series_of(read_frame(shares))
    with pytest.raises(SeriesError, match="empty"):
        read_frame(frame.assign(**{name: frame[name].mask(frame.index == 3)}))


@pytest.mark.parametrize("header", ["id,ds,y", "store,date,value", "unique_id,ds,y"])
@pytest.mark.parametrize("name", ["k", "7"])
def test_one_series_keeps_its_id(header: str, name: str) -> None:
    found = read([header, *(f"{name},{day},{at}" for at, day in enumerate(DAYS))])
    (series,) = series_of(found)
    assert series.id == name
    if not header.startswith("unique_id"):
        assert f"Read {header.split(',', 1)[0]!r} as the ids" in found.notes[0].message


@pytest.mark.parametrize("header", ["id,ds,y", "store,date,value", "unique_id,ds,y"])
def test_a_row_without_the_id_of_the_only_series_is_named(header: str) -> None:
    rows = [f"{'A' if at != 4 else ''},{day},{at}" for at, day in enumerate(DAYS[:20])]
    with pytest.raises(SeriesError, match=r"^line 6 .*empty\. Name the series of each row"):
        read([header, *rows])
    undated = [f"{'A' if at != 4 else ''},{at}" for at in range(20)]
    with pytest.raises(SeriesError, match=r"^line 6 .*empty\. Name the series of each row"):
        read([f"{header.split(',', 1)[0]},y", *undated], TableOptions(target_col="y"))


def test_a_code_in_a_few_rows_is_no_id() -> None:
    rows = [f"{'SALE' if at % 5 == 0 else ''},{day},{at}" for at, day in enumerate(DAYS)]
    found = read(["promo_code,ds,y", *rows])
    assert series_of(found)[0].id is None
    assert "left out 'promo_code'" in found.notes[0].message


def test_a_column_cuts_no_series_if_one_time_alone_repeats() -> None:
    states = ["closed" if at % 7 == 6 else "open" for at in range(60)]
    rows = [
        f"{day},{state},{100 + at}"
        for at, (day, state) in enumerate(zip(DAYS, states, strict=True))
    ]
    rows.append(f"{DAYS[-1]},closed,7")
    with pytest.raises(SeriesError, match=r"id_col=state\. If there is one series, give each time"):
        read(["date,state,sales", *rows])


def test_rows_without_times_are_not_cut_into_series_by_a_guess() -> None:
    rows = [f"{at % 26 + 1},{100 + at}" for at in range(52)]
    with pytest.raises(SeriesError, match=r"id_col=shop_no\. If the rows are one series, delete"):
        read(["shop_no,sales", *rows])
    assert len(series_of(read(["sales", *(row.split(",")[1] for row in rows)]))) == 1


def test_different_cells_do_not_make_up_the_same_id() -> None:
    rows = [f"{x},{z},{day},1" for x, z in (("a/b", "c"), ("a", "b/c")) for day in DAYS[:10]]
    options = TableOptions(id_col="x,z")
    with pytest.raises(SeriesError, match=r"^line 12 .*'x' and 'z' make up the id 'a/b/c' here"):
        read(["x,z,ds,y", *rows], options)
    cured = [row.replace("/", "-") for row in rows]
    assert [one.id for one in series_of(read(["x,z,ds,y", *cured], options))] == ["a-b/c", "a/b-c"]


@pytest.mark.parametrize("start", [0, 1])
def test_a_column_that_counts_the_rows_is_not_read(start: int) -> None:
    rows = [f'"{at}","{day}",{100 + at}' for at, day in enumerate(DAYS, start)]
    (series,) = series_of(read(['"","date","sales"', *rows], TableOptions(layout="wide")))
    assert series.id == "sales"
    undated = [f"{at},{100 + at}" for at in range(start, 60)]
    assert len(series_of(read(['"","sales"', *undated]))) == 1


def test_a_column_that_counts_the_rows_before_some_were_left_out_is_not_read() -> None:
    rows = [f"{3 * at + 2},{day},{100 + at}" for at, day in enumerate(DAYS)]
    (series,) = series_of(read([",date,sales", *rows], TableOptions(layout="wide")))
    assert series.id == "sales"
    years = [f"{2000 + at},{100 + at}" for at in range(20)]
    assert series_of(read([",sales", *years]))[0].calendar is not None


GEO = "freq,unit,geo,2015,2016,2017,2018,2019"
COUNTRIES = [f"A,EUR,{geo},1,2,3,4,{at}" for at, geo in enumerate(("DE", "FR", "IT", "ES"))]


def test_a_text_that_is_the_same_in_all_rows_does_not_name_them() -> None:
    found = read([GEO, *COUNTRIES], TableOptions(layout="wide"))
    assert [one.id for one in series_of(found)] == ["DE", "FR", "IT", "ES"]
    (note,) = (note for note in found.notes if note.code == "columns_ignored")
    assert "'freq', 'unit'" in note.message


def test_columns_that_tell_the_rows_apart_are_proposed_as_their_names() -> None:
    rows = [*COUNTRIES, *(row.replace("EUR", "USD") for row in COUNTRIES)]
    with pytest.raises(SeriesError, match="Send id_col=unit,geo, or") as refused:
        read([GEO, *rows], TableOptions(layout="wide"))
    assert "2016" not in refused.value.message
    found = read([GEO, *rows], TableOptions(layout="wide", id_col="unit,geo"))
    assert len({one.id for one in series_of(found)}) == 8

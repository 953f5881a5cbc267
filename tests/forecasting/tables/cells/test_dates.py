"""A column of dates is read into times or steps, whatever it is written in."""

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest

from forecasting.errors import SeriesError
from forecasting.tables.cells.dates import looks_like_dates, to_times
from forecasting.tables.options import TableOptions

DAYS = [dt.date(2024, 1, 1) + dt.timedelta(day) for day in range(40)]
ISO = [day.isoformat() for day in DAYS]


def column(*chunks: list[Any], kind: pa.DataType | None = None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(chunk, kind) for chunk in chunks])


def times(cells: pa.ChunkedArray, **options: Any) -> pa.Array:
    return to_times(cells, TableOptions(**options))[0]


def days_of(found: pa.Array) -> list[dt.date]:
    days: list[dt.date] = found.cast(pa.date32()).to_pylist()
    return days


@pytest.mark.parametrize(
    "cells",
    [
        column(DAYS),
        column(ISO),
        column(ISO[:7], ISO[7:]),
        column([f" {day} " for day in ISO]),
        column(ISO, kind=pa.large_string()),
        pa.chunked_array([pa.array(chunk).dictionary_encode() for chunk in (ISO[:7], ISO[7:])]),
        column([day.strftime("%d.%m.%Y") for day in DAYS]),
        column([day.strftime("%Y%m%d") for day in DAYS]),
        column([day.strftime("%Y%m%d.0") for day in DAYS]),
        column([int(day.strftime("%Y%m%d")) for day in DAYS]),
        column([float(day.strftime("%Y%m%d")) for day in DAYS]),
        column([(day - dt.date(1899, 12, 30)).days for day in DAYS], kind=pa.int32()),
    ],
)  # fmt: skip
def test_dates_are_the_same_times_however_they_are_written(cells: pa.ChunkedArray) -> None:
    found = times(cells)
    assert found.type == pa.timestamp("us")
    assert days_of(found) == DAYS
    assert looks_like_dates(cells)


def test_repeated_texts_keep_their_rows() -> None:
    found = times(column(["2024-01-02", "2024-01-01", "2024-01-02"]))
    assert days_of(found) == [dt.date(2024, 1, day) for day in (2, 1, 2)]


def test_seconds_since_1970_are_utc_and_noted() -> None:
    found, notes = to_times(column([1704067200 + 86400 * day for day in range(9)]), TableOptions())
    assert found.type == pa.timestamp("us", "UTC")
    assert found[0].as_py() == dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    assert [(note.code, note.count) for note in notes] == [("dates_recognised", 9)]
    assert "seconds since 1970: 1704067200 is 2024-01-01" in notes[0].message


def test_an_order_of_day_and_month_that_was_found_out_is_noted() -> None:
    months = [f"{month:02}/01/{year}" for year in (2023, 2024) for month in range(1, 13)]
    found, notes = to_times(column(months), TableOptions())
    assert days_of(found)[1] == dt.date(2023, 2, 1)
    assert [note.code for note in notes] == ["dates_recognised"]
    assert "The month was taken to come first" in notes[0].message


@pytest.mark.parametrize("cells", [[3, 1, 2], ["3", "1", "2"], [3.0, 1.0, 2.0], ["3.0", "1", "+2"]])
def test_whole_numbers_that_count_steps_stay_so(cells: list[Any]) -> None:
    found, notes = to_times(column(cells), TableOptions())
    assert (found.type, found.to_pylist(), notes) == (pa.int64(), [3, 1, 2], ())
    assert not looks_like_dates(column(cells))


def test_one_offset_is_a_zone_and_several_are_kept_with_each_time() -> None:
    one = times(column(["2024-01-01T00:00+01:00", "2024-01-01T01:00+01:00"]))
    assert one.type == pa.timestamp("us", "+01:00")
    several = times(column(["2024-03-31 00:00 +0100", "2024-03-31 03:00 +0200"]))
    assert [text.replace(".000000", "") for text in several.to_pylist()] == [
        "2024-03-31T00:00:00+01:00",
        "2024-03-31T03:00:00+02:00",
    ]


@pytest.mark.parametrize(
    ("cells", "date_format"),
    [
        (["01/02/24", "01/03/24"], "%d/%m/%y"),
        (["01022024", "01032024"], "%d%m%Y"),
        ([1022024, 1032024], "%d%m%Y"),
        ([240201.0, 240301.0], "%y%m%d"),
    ],
)
def test_a_date_format_holds_for_the_whole_column(cells: list[Any], date_format: str) -> None:
    found = times(column(cells), date_format=date_format)
    assert days_of(found) == [dt.date(2024, 2, 1), dt.date(2024, 3, 1)]


@pytest.mark.parametrize(
    ("cells", "options", "code", "row"),
    [
        (["2024-01-01", None], {}, "cell_invalid", 1),
        (["2024-01-01", "2024-01-01", "soon"], {}, "timestamp_invalid", 2),
        (["2024-01-01", "2024-01-01", "01.02.2024"], {}, "timestamp_invalid", 2),
        (["01/02/2024", "02/02/2024"], {}, "dates_ambiguous", 0),
        (["31.01.2024", "31.13.2024"], {"date_format": "%d.%m.%Y"}, "timestamp_invalid", 1),
        ([20240131, 20240201, 20240230], {}, "timestamp_invalid", 2),
        ([1.5, 2.0], {}, "column_type", 0),
        ([1.0, float("nan")], {}, "column_type", 1),
        (["2024-01-01", "0001-01-01"], {}, "timestamp_invalid", 1),
    ],
)
def test_the_first_cell_that_cannot_be_read_is_named(
    cells: list[Any], options: dict[str, str], code: str, row: int
) -> None:
    with pytest.raises(SeriesError, match=r"\.$") as refused:
        times(column(cells), **options)
    assert (refused.value.code, refused.value.path) == (code, (row,))


def test_a_date_format_that_cannot_be_read_with_is_refused_as_an_option() -> None:
    with pytest.raises(SeriesError) as refused:
        times(column(ISO), date_format="YYYY")
    assert refused.value.path == ("date_format",)


@pytest.mark.parametrize(
    ("cells", "dates"),
    [
        ([*ISO, "soon"], True),
        (["31-Jan-24", "1-Feb-24"], True),
        (["01/02/2024", None], True),
        (["a", "b"], False),
        ([1, 2, 3], False),
        (["1.5", "2.5"], False),
        ([1.5, 2.5], False),
        ([True, False], False),
        ([None], False),
        ([], False),
    ],
)
def test_columns_of_dates_are_told_from_others(cells: list[Any], dates: bool) -> None:
    kind = pa.string() if not cells or cells == [None] else None
    assert looks_like_dates(column(cells, kind=kind)) == dates

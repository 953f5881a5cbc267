"""The times of a bulk job's table are those of a request's, whatever they are written in."""

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from bulk.places import Place
from bulk.reading.table import BulkTable, open_table
from bulk.reading.times import NO_TIME, TimeColumn
from forecasting.errors import SeriesError
from forecasting.tables.cells.dates import to_times
from forecasting.tables.options import TableOptions

FIRST, ZERO = map(dt.datetime.fromisoformat, ("2024-01-01", "1899-12-30"))
DAYS = [FIRST + dt.timedelta(day) for day in range(40)]
SECONDS = [int(day.replace(tzinfo=dt.UTC).timestamp()) for day in DAYS]
ISO = [day.date().isoformat() for day in DAYS]


def whole(written: str) -> list[int]:
    return [int(day.strftime(written)) for day in DAYS]


def first_cells(cells: list[Any] | pa.Array, date_format: str | None = None) -> TimeColumn:
    return TimeColumn.of("ds", pa.chunked_array([cells]), date_format, None)


@pytest.mark.parametrize(
    ("cells", "date_format"),
    [
        (DAYS, None),
        (ISO, None),
        (SECONDS, None),
        ([float(second) for second in SECONDS], None),
        ([1000 * second for second in SECONDS], None),
        ([f"{second}.0" for second in SECONDS], None),
        (whole("%Y%m%d"), None),
        ([str(day) for day in whole("%Y%m%d")], None),
        (pa.array([(day - ZERO).days for day in DAYS], pa.int32()), None),
        (whole("%d%m%Y"), "%d%m%Y"),
        ([float(day) for day in whole("%y%m%d")], "%y%m%d"),
        ([101, 102, 103], "%y%m%d"),
        (["101", "102.0", "000103"], "%y%m%d"),
        ([24001, 24002], "%y%j"),
        (["31.01.2024", "01.02.2024"], "%d.%m.%Y"),
        ([7, 8, 9], None),
        ([7.0, 8.0, 9.0], None),
        (["+7", "8.0", "9"], None),
        (pa.array([7, 8, 9], pa.decimal128(9, 2)), None),
        (pa.array([7, 8, 9], pa.float16()), None),
    ],
)
def test_times_are_those_of_a_request(cells: list[Any] | pa.Array, date_format: str | None) -> None:
    column = pa.chunked_array([cells])
    expected, notes = to_times(column, TableOptions(date_format=date_format))
    found = TimeColumn.of("ds", column, date_format, None)
    assert found.read(column.combine_chunks()).tolist() == expected.cast(pa.int64()).to_pylist()
    assert found.type == expected.type
    assert found.note is None or (found.note,) == notes
    assert (found.note is None) == (not notes)


def test_what_is_no_number_or_no_day_is_no_time() -> None:
    steps = first_cells([1.0, 2.0])
    assert steps.read(pa.array([3.0, 3.5, None, 1e300])).tolist() == [3, *[NO_TIME] * 3]
    assert steps.read(pa.array(["+3", "soon", "4"])).tolist() == [3, NO_TIME, 4]
    assert steps.read(pa.array([3, 2**63], pa.uint64())).tolist() == [3, NO_TIME]
    days = first_cells([20240130, 20240131])
    times = days.read(pa.array([20240101, 20240230, None])).tolist()
    assert times == [10**6 * SECONDS[0], NO_TIME, NO_TIME]


@pytest.mark.parametrize(
    ("first", "later", "named"),
    [
        (list(range(1990, 2020)), [2020, 2300], "years, and 2300 is none"),
        (SECONDS, [SECONDS[0], 10**12], "seconds since 1970, and 1000000000000 is none"),
        (SECONDS, [60, 61], "seconds since 1970, and 61 is none"),
        (whole("%Y%m%d"), [202401], "YYYYMMDD, and 202401 is none"),
        (SECONDS, DAYS, "dates as whole numbers, and is of the type timestamp"),
    ],
)
def test_later_numbers_are_written_as_the_first_ones_are(
    first: list[Any], later: list[Any], named: str
) -> None:
    with pytest.raises(SeriesError, match=named):
        first_cells(first).read(pa.array(later))


@pytest.mark.parametrize(
    ("cells", "named"),
    [
        ([1.5, 2.5], "1.5 is no date and no whole number"),
        (pa.array([None, None], pa.float64()), "the first rows of 'ds' are empty"),
        ([202451, 202452], "a year and a week"),
        ([True, False], "is of the type bool"),
    ],
)
def test_first_cells_that_are_no_times_are_refused(cells: list[Any] | pa.Array, named: str) -> None:
    with pytest.raises(SeriesError, match=named):
        first_cells(cells)


@pytest.mark.parametrize(
    ("cells", "named"),
    [
        ([*range(2000), *SECONDS], "as seconds since 1970"),
        ([86_400 * (day - 20) for day in range(3000)], "seconds since 1970"),
        ([3_600 * hour for hour in range(30_000)], "seconds since 1970"),
        ([600 * number for number in range(200_000)], "seconds since 1970"),
        (list(range(24_500, 27_500)), "Excel's numbers of days"),
        ([20_000] * 1_000 + list(range(20_000, 28_000)), "Excel's numbers of days"),
        ([202_451] * 1_000 + [202_452], "a year and a week"),
    ],
)
def test_steps_that_turn_out_to_be_dates_are_refused(
    tmp_path: Path, cells: list[int], named: str
) -> None:
    with pytest.raises(SeriesError, match=f"begin as steps, and later look like dates.*{named}"):
        list(table_of(cells, tmp_path).rows())


@pytest.mark.parametrize(
    "cells",
    [
        list(range(1, 300_000)),
        list(range(24_500, 100_000)),
        [60 * number for number in range(3_000)],
        [0, 1, 2 * 10**9],
        [2 * 10**6 * number for number in range(200_000)],
    ],
)
def test_steps_stay_steps(tmp_path: Path, cells: list[int]) -> None:
    read = [rows.times for rows in table_of(cells, tmp_path).rows()]
    assert np.concatenate(read).tolist() == cells


def table_of(steps: list[int], folder: Path) -> BulkTable:
    """Return a table of one series with these in its column of times."""
    count = len(steps)
    columns = {"unique_id": pa.array(["a"]).take(pa.array(np.zeros(count, int))), "ds": steps}
    file = folder / "in.parquet"
    parquet.write_table(pa.table({**columns, "y": np.zeros(count)}), file)
    return open_table(Place.of(str(file)), TableOptions())

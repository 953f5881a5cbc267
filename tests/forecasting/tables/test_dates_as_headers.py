"""Tables whose header holds dates, so that each row is a series."""

import re
from collections.abc import Sequence

import pytest

from forecasting.errors import SeriesError
from forecasting.series.repair import NO_RULES
from forecasting.tables.formats import CSV
from forecasting.tables.options import TableOptions
from forecasting.tables.reader import read_table
from forecasting.tables.table_content import TableContent
from forecasting.tables.table_series import to_series_items

YEARS = [str(year) for year in range(2000, 2010)]
DAYS = [f"2024-01-{day:02}" for day in range(1, 13)]
COUNTS = [[str((row + day) % 2) for day in range(12)] for row in range(40)]


def table(names: Sequence[str], rows: Sequence[Sequence[str]], first: str = "item") -> str:
    lines = [[first, *names], *([f"s{number}", *row] for number, row in enumerate(rows))]
    return "\n".join(map(",".join, lines))


def read(content: str, **options: str) -> TableContent:
    wide = {"layout": "wide"} | options
    return read_table(content.encode(), CSV, TableOptions(**wide), 10**8)  # type: ignore[arg-type]


def values_of(found: TableContent) -> list[list[float]]:
    items = to_series_items(found, frequency=None, timezone=None)
    return [item.read(NO_RULES).values.tolist() for item in items]


def future_of(found: TableContent) -> list[str] | None:
    (first, *_) = to_series_items(found, frequency=None, timezone=None)
    return first.read(NO_RULES).future_timestamps(1)


@pytest.mark.parametrize("column", [0, 4, 9], ids=["first", "middle", "last"])
@pytest.mark.parametrize("rows", [2, 6])
@pytest.mark.parametrize("options", [{}, {"id_col": "item"}], ids=["found", "named"])
def test_a_cell_that_is_no_number_is_named_though_most_of_its_column_are_none(
    column: int, rows: int, options: dict[str, str]
) -> None:
    cells = [[str(row + at) for at in range(10)] for row in range(rows)]
    for row in range(1, rows):
        cells[row][column] = "confidential"
    with pytest.raises(SeriesError, match=f"line 3 .* column '{YEARS[column]}': 'confid"):
        read(table(YEARS, cells), **options)


def test_one_flag_among_few_different_numbers_is_named() -> None:
    cells = [row.copy() for row in COUNTS]
    cells[3][11] = ":"
    with pytest.raises(SeriesError, match="line 5 of the file, column '2024-01-12': ':'"):
        read(table(DAYS, cells))
    columns = [[day, *row] for day, row in zip(DAYS, zip(*cells, strict=True), strict=True)]
    long = "\n".join(",".join(row) for row in [["ds", *map(str, range(40))], *columns])
    with pytest.raises(SeriesError, match="line 13 of the file, column '3': ':'"):
        read(long, time_col="ds")


def test_a_column_of_a_few_different_numbers_and_a_typing_error_names_the_line() -> None:
    rows = [f"{day},{row[0]}" for day, row in zip(DAYS, COUNTS, strict=False)]
    rows[7] = f"{DAYS[7]},l"
    with pytest.raises(SeriesError, match="line 9 of the file, column 'n': 'l' is not a number"):
        read("\n".join(["date,n", *rows]), layout="long")


def test_columns_that_are_neither_ids_nor_dates_are_noted() -> None:
    rows = [[*map(str, range(10)), "9"] for _ in range(3)]
    found = read(table([*YEARS, "latest"], rows), id_col="item")
    assert values_of(found)[0] == list(range(10))
    (note,) = (note for note in found.notes if note.code == "columns_ignored")
    assert note.message == "Left out the columns 'latest'."


@pytest.mark.parametrize("names", [YEARS[::-1], [*DAYS[5:10], *DAYS[:5]], DAYS[9::-1]])
def test_columns_are_read_in_the_order_of_their_dates(names: list[str]) -> None:
    content = table(names, [[str(100 + int(name[-2:])) for name in names]] * 2)
    first = 100 + min(int(name[-2:]) for name in names)
    found = read(content)
    assert values_of(found) == [list(range(first, first + 10))] * 2
    assert str(future_of(found)).startswith(("['2010-01-01", "['2024-01-11"))


@pytest.mark.parametrize(
    ("names", "following"),
    [
        ([f"2024{month:02}" for month in range(1, 13)], "2025-01-01"),
        ([f"2024{month:02}" for month in range(12, 0, -1)], "2025-01-01"),
        ([day.replace("-", "") for day in DAYS], "2024-01-13"),
    ],
)
def test_names_may_be_dates_in_digits(names: list[str], following: str) -> None:
    found = read(table(names, [[str(100 + place) for place in range(12)]] * 2))
    assert future_of(found) == [f"{following}T00:00:00"]


def test_a_first_row_of_a_name_and_numbers_is_still_data() -> None:
    for numbers in (["202401", "202500", "202600"], ["45292", "45293", "45294"], ["240101"] * 3):
        with pytest.raises(SeriesError, match="line 1 looks like data"):
            read(table(numbers, [numbers] * 2, first="s"))


@pytest.mark.parametrize("names", [["2000", "2001", "2001", "2002"], ["2002", "2001", "2001"]])
def test_two_columns_of_one_date_are_refused(names: list[str]) -> None:
    with pytest.raises(SeriesError, match="two columns, '2001' and '2001', are the same time"):
        read(table(names, [["1"] * len(names)] * 3))


def test_years_and_a_column_of_dates_are_unclear() -> None:
    content = "\n".join(["date,2001,2002,2003", *(f"{day},1,2,{day[-2:]}" for day in DAYS)])
    with pytest.raises(SeriesError, match=r"Send time_col=date if each column is a series"):
        read(content)
    assert values_of(read(content, time_col="date"))[2] == list(range(1, 13))


def test_a_name_among_dates_that_is_none_is_named() -> None:
    with pytest.raises(SeriesError, match="among the names of the columns: '2010e' is not a date"):
        read(table([*YEARS, "2010e"], [["1"] * 11] * 3))


@pytest.mark.parametrize(
    "name",
    ["X{0}", "{0} [YR{0}]", "{0}e", "d_{1}", "Q{1}", "week {1}", "{2}"],
)
@pytest.mark.parametrize("options", [{"layout": "long"}, {}, {"id_col": "item"}])
def test_names_that_seem_to_be_times_are_to_be_written_as_dates(
    name: str, options: dict[str, str]
) -> None:
    months = ["Januar", "Februar", "März", "April", "Mai", "Juni", "July", "Aug", "Sept.", "Oct"]
    names = [name.format(year, at + 1, months[at]) for at, year in enumerate(YEARS)]
    rows = [[str(row * 20 + at) for at in range(10)] for row in range(4)]
    with pytest.raises(SeriesError, match="Write dates in their place") as refused:
        read(table(names, rows), **options)
    assert re.search("1990.*and send layout=wide", refused.value.message)
    assert values_of(read(table(YEARS, rows), **options | {"layout": "wide"}))[1][0] == 20


def test_columns_that_are_numbered_are_series_if_nothing_names_the_rows() -> None:
    content = "s1,s2,s3\n1,2,3\n2,3,4\n3,4,5"
    assert values_of(read(content)) == [[1, 2, 3], [2, 3, 4], [3, 4, 5]]

"""CSV files as people have them: what is understood, and what is said about the rest."""

from __future__ import annotations

from typing import Any

import pytest

from forecasting.errors import SeriesError
from forecasting.tables.files.csv import open_csv
from forecasting.tables.options import TableOptions
from forecasting.tables.raw_table import RawTable, TableFile

DAYS = ["2024-01-01,5", "2024-01-02,6", "2024-01-03,7"]
CELLS = [{"ds": f"2024-01-0{n}", "y": n + 4.0} for n in (1, 2, 3)]


def lines(*texts: str, end: str = "\n") -> bytes:
    return "".join(text + end for text in texts).encode()


def opened(content: bytes, **options: Any) -> RawTable:
    return open_csv(TableFile(content, 2**26), TableOptions(**options))


def cells(raw: RawTable) -> list[dict[str, Any]]:
    """The cells of all columns; those of the last one are numbers."""
    positions = range(len(raw.names))
    found: list[dict[str, Any]] = raw.read(positions, numbers=[positions[-1]]).to_pylist()
    return found


def refusal(content: bytes, **options: Any) -> SeriesError:
    with pytest.raises(SeriesError) as raised:
        cells(opened(content, **options))
    return raised.value


@pytest.mark.parametrize(
    "content",
    [
        lines("ds,y", *DAYS, end="\r"),
        lines("ds,y", *DAYS, end="\r\n"),
        b"ds,y\r\n2024-01-01,5\r2024-01-02,6\n2024-01-03,7",
        lines("", " ", "ds,y", DAYS[0], "", *DAYS[1:], "", ""),
        lines("# made by hand", "#", "ds,y", *DAYS),
        lines("sep=,", "ds,y", *DAYS),
        lines("ds , y", *(day.replace(",", " , ") for day in DAYS)),
        lines("ds,y,", *(f"{day}," for day in DAYS)),
        lines("ds,y", *(f"{day},," for day in DAYS)),
        lines("ds,y", *DAYS, ",", ","),
        lines("ds,y", DAYS[0], " , ", *DAYS[1:]),
        lines("ds,y", *DAYS).decode().encode("utf-16"),
        lines("ds,y", *DAYS).decode().encode("utf-16-be"),
        lines("ds,y", *(f'"{day[:10]}", "{day[11:]}"' for day in DAYS)),
    ],
)
def test_what_spreadsheets_add_to_a_table_does_not_change_it(content: bytes) -> None:
    assert cells(opened(content)) == CELLS


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_the_separator_and_the_decimal_sign_are_found(delimiter: str) -> None:
    raw = opened(
        lines("ds,y", "2024-01-01,1#5", "2024-01-02,-2#25")
        .replace(b",", delimiter.encode())
        .replace(b"#", b",")
    )
    assert (raw.dialect.delimiter, raw.dialect.decimal) == (delimiter, ",")
    assert [row["y"] for row in cells(raw)] == [1.5, -2.25]


def test_numbers_that_may_have_points_for_thousands_stay_texts() -> None:
    raw = opened(lines("ds;y", "2024-01-01;1.500", "2024-01-02;2.250"))
    assert raw.dialect.decimal is None
    assert [row["y"] for row in cells(raw)] == ["1.500", "2.250"]
    raw = opened(lines("ds;y", "2024-01-01;1.500", "2024-01-02;2.250"), decimal=".")
    assert [row["y"] for row in cells(raw)] == [1.5, 2.25]


def test_the_separator_that_the_caller_names_is_taken() -> None:
    raw = opened(lines("a,b;c", "1,2;3"), delimiter=";")
    assert raw.names == ["a,b", "c"]
    error = refusal(b"a,b\n1,2\n", delimiter="x")
    assert (error.code, error.path) == ("delimiter_unknown", ("delimiter",))


def test_fields_in_quotes_may_hold_separators_and_line_ends() -> None:
    raw = opened(b'id,ds,y\n"a,b",1,1\n"c\r\nd""",2,2\ne, "f,g",3\n')
    assert [(row["id"], row["ds"]) for row in cells(raw)] == [
        ("a,b", "1"), ('c\r\nd"', "2"), ("e", "f,g"),
    ]  # fmt: skip


def test_text_that_is_not_utf_8_is_read_as_windows_1252_and_noted() -> None:
    raw = opened("ds,größe\n2024-01-01,5\n".encode("cp1252"))
    assert raw.names == ["ds", "größe"]
    assert [note.code for note in raw.notes] == ["encoding_assumed"]


def test_an_empty_line_of_a_single_column_is_a_missing_value() -> None:
    assert [row["y"] for row in cells(opened(lines("y", "1", "2", "", "4", "", "")))] == [
        1,
        2,
        None,
        4,
    ]


def test_a_single_column_may_have_decimal_commas() -> None:
    raw = opened(lines("y", "1,5", "-2,25", "3,0"))
    assert [row["y"] for row in cells(raw)] == [1.5, -2.25, 3.0]


def test_the_same_text_is_one_text_whatever_spaces_are_around_it() -> None:
    table = opened(lines("id,y", "a,1", "a ,2", " a,3")).read([0])
    assert table.column(0).combine_chunks().dictionary.to_pylist() == ["a"]


def test_a_column_without_a_name_is_kept_if_it_has_cells() -> None:
    assert opened(lines(",y", *DAYS)).names == ["", "y"]


def test_lines_are_named_only_if_each_row_is_one() -> None:
    assert opened(lines("", "# by hand", "ds,y", *DAYS, "")).first_line(3) == 4
    assert opened(lines("ds,y", *DAYS, end="\r\n")).first_line(3) == 2
    assert opened(lines("ds,y", *DAYS, end="\r")).first_line(3) == 2
    assert opened(lines("ds,y", DAYS[0], "", *DAYS[1:])).first_line(3) is None
    assert opened(b'ds,y\n"a\nb",1\nc,2\n').first_line(2) is None


def test_the_head_holds_the_first_rows_as_texts() -> None:
    head = opened(lines("ds,y", *DAYS)).head(2)
    assert head.to_pylist() == [{"ds": "2024-01-01", "y": "5"}, {"ds": "2024-01-02", "y": "6"}]


@pytest.mark.parametrize(
    ("content", "code", "message"),
    [
        (b"", "file_empty", "the file is empty"),
        (b" \n\t\n", "file_empty", "the file is empty"),
        (b"ds,y\n\n", "file_empty", "no rows below the names"),
        (lines("Report,2024", "", "day,shop,y", "2024-01-01,a,5"), "header_not_first", "above.* 3"),
        (lines(",A,B", "ds,y,y,z", "2024-01-01,5,6,7"), "header_not_first", "above line 2"),
        (lines("Sales report", *DAYS), "header_not_first", "line 1 has one field, 'Sales report'"),
        (lines(*DAYS), "header_missing", r"line 1 looks like data \(2024-01-01, 5\)"),
        (lines("ds,y", *DAYS, "Total,18"), "totals_row", "'Total'.* Delete that row"),
        (lines("ds,y", *DAYS, "", "2024-01-04"), "file_broken", "line 6 has 1 field .*2 were"),
        (lines("ds,y", *DAYS, "2024-01-04,1,5"), "file_broken", "line 5 has 3 .*decimal comma"),
        (lines("ds,y", *DAYS, "Source: own data"), "file_broken", "line 5 .*footnote"),
        (b'ds,y\n"2024-01-01,5\n2024-01-02,6\n', "file_broken", "line 2 holds a quote"),
        (b"ds,y\n2024-01-01,5\0\n", "encoding_unknown", "line 2 holds a NUL byte"),
        (b"ds,y\n2024-01-01,\x81\n", "encoding_unknown", "line 2 is text in neither"),
        (b"\xff\xfed\0s\0,", "encoding_unknown", "UTF-16"),
        (lines("sep=x", "ds,y", *DAYS), "delimiter_unknown", "line 1 says"),
        (b"a," * 1_000_000, "too_many_columns", "1000001 columns; 16384 is the most"),
        (b"a," * 20_000 + b"\n" + b"1," * 20_000, "too_many_columns", "20000 columns"),
        (b"ds,y\n1," + b"5" * 3_000_000 + b"\n", "line_too_long", "line 2 is longer"),
        (b"ds,y\n1," + b"5" * 300_000 + b"\n", "cell_too_long", "line 2 holds a field"),
        (lines("ds,y", *DAYS * 50_000) + b"1,2,3\n", "file_broken", "line 150002 has 3 fields"),
    ],
)  # fmt: skip
def test_an_error_names_the_line_and_what_to_change(
    content: bytes, code: str, message: str
) -> None:
    error = refusal(content)
    assert (error.code, error.path) == (code, ("file",))
    with pytest.raises(SeriesError, match=message):
        raise error


@pytest.mark.parametrize("times", ["2019,2020", "2019-01-31,2019-02-28", "01/2019,02/2019"])
def test_times_and_years_may_be_the_names_of_columns(times: str) -> None:
    table = ["store," + times, "a,5,6", "b,7,8"]
    assert opened(lines(*table)).names == ["store", *times.split(",")]
    below_a_title = opened(lines("Sales of all stores,,", "", *table))
    assert below_a_title.names == ["store", *times.split(",")]


@pytest.mark.parametrize(
    ("titles", "message"),
    [
        (["Sales report", ""], "Skipped 1 line above the names of the columns in line 3."),
        (["Sales report,"], "Skipped 1 line above the names of the columns in line 2."),
        (["", "Sales", "2024", ""], "Skipped 2 lines above the names of the columns in line 5."),
    ],
)
def test_titles_above_the_names_are_skipped_with_a_note(titles: list[str], message: str) -> None:
    raw = opened(lines(*titles, "ds,y", *DAYS))
    assert cells(raw) == CELLS
    assert [(note.code, note.message) for note in raw.notes] == [("rows_skipped", message)]
    assert (raw.dialect.header_line, raw.first_line(3)) == (len(titles) + 1, len(titles) + 2)
    error = refusal(lines(*titles, "ds,y", *DAYS, "2024-01-04,1,5"))
    assert f"line {len(titles) + 5} has 3 fields" in error.message


def test_titles_of_two_fields_are_skipped_if_the_names_differ_without_them() -> None:
    raw = opened(lines("Report;Sales;", "Filiale;Tag;Umsatz", "a;2024-01-01;5,5"))
    assert raw.names == ["Filiale", "Tag", "Umsatz"]


@pytest.mark.parametrize(
    "rows",
    [
        ["id,y", "a,1", "a,2", "total,3", "total,5"],
        ["day,id,y", "1,a,1", "1,Total,2", "2,a,3", "2,Total,4"],
        ["day,id,y", "1,a,1", "1,Sum,2", *(f"{n},a,{n}" for n in range(2, 9_000)), "9000,Sum,4"],
        ["store,2021,2022,2023", "a,1,2,3", "b,1,2,3", "Total,2,4,6"],
        ["store,Jan 2021,Feb 2021,Mar 2021", "a,1,2,3", "b,1,2,3", "Total,2,4,6"],
    ],
)
def test_a_series_that_is_called_total_is_no_row_of_sums(rows: list[str]) -> None:
    assert len(cells(opened(lines(*rows)))) == len(rows) - 1


@pytest.mark.parametrize(
    "rows",
    [
        ["day,id,y", "1,a,1", "1,b,2", "2,a,3", "2,b,4", "Total,,10"],
        ["day,id,y", "1,a,1", "1,b,2", "2,a,3", "2,b,4", ",Total,10"],
        ["day,a,Total", "1,1,1", "2,2,2", "Total,3,3"],
        ["y", "1", "2", "Total"],
        ["day,y,", "1,1,", "Total:,2,", ",,", ""],
    ],
)
def test_a_row_of_sums_is_refused(rows: list[str]) -> None:
    assert refusal(lines(*rows)).code == "totals_row"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("quote", ['"', ""])
def test_rows_that_have_names_of_their_own_need_one_in_the_header(
    delimiter: str, quote: str
) -> None:
    rows = [f"#{n}#,#{day[:10]}#,{n}" for n, day in enumerate(DAYS, 1)]
    content = "\n".join(["#date#,#value#", *rows]).replace(",", delimiter).replace("#", quote)
    with pytest.raises(SeriesError, match=r"line 2 has 3 fields .* line 1, too: begin"):
        opened(content.encode()).read([0, 1])
    named = f"row{delimiter}{content}".encode()
    assert [row["value"] for row in cells(opened(named))] in ([1, 2, 3], ["1", "2", "3"])


def test_quotes_between_spaces_are_told_what_separates_fields() -> None:
    with pytest.raises(SeriesError, match=r"line 1 holds a quote .* Separate fields by commas"):
        opened(b'"date" "value"\n"1" "2024-01-01" 5\n"2" "2024-01-02" 6\n')

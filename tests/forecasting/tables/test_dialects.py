"""A table in any dialect of CSV is read as the same cells."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import io
from dataclasses import dataclass

from hypothesis import given, note, settings
from hypothesis import strategies as st

from forecasting.tables.files.open_table import open_table
from forecasting.tables.formats import UNKNOWN
from forecasting.tables.options import TableOptions

NAMES = ["unique_id", "ds", "y", "größe"]
Row = tuple[str, str, float | None, str]


@dataclass(frozen=True)
class Written:
    """How a table is written."""

    delimiter: str
    decimal: str
    line_end: str
    encoding: str
    quote_all: bool
    space: str
    trailing: bool
    blank_lines: bool
    top: str


texts = st.text("ab é,;|\t\"'#\n-.", min_size=1, max_size=12).map(str.strip).filter(bool)
numbers = st.none() | st.integers(-(10**9), 10**9).map(lambda number: number / 1_000)
rows = st.lists(
    st.tuples(texts, st.dates(dt.date(1900, 1, 1)).map(str), numbers, texts | st.just("")),
    min_size=2,
    max_size=20,
)
dialects = st.builds(
    Written,
    delimiter=st.sampled_from(",;\t|"),
    decimal=st.sampled_from(".,"),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(
        ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-16-be-sig", "cp1252"]
    ),
    quote_all=st.booleans(),
    space=st.sampled_from(["", " "]),
    trailing=st.booleans(),
    blank_lines=st.booleans(),
    top=st.sampled_from(["", "# made by hand", "sep"]),
)


def number_text(number: float | None, decimal: str) -> str:
    return "" if number is None else f"{number:.3f}".replace(".", decimal)


def write(table: list[Row], how: Written) -> bytes:
    lines = [NAMES, *([i, ds, number_text(y, how.decimal), remark] for i, ds, y, remark in table)]
    text = ""
    if how.top:
        text = (f"sep={how.delimiter}" if how.top == "sep" else how.top) + how.line_end
    for line in lines:
        sink = io.StringIO()
        if how.quote_all:
            csv.writer(sink, delimiter=how.delimiter, quoting=csv.QUOTE_ALL).writerow(line)
        else:
            csv.writer(sink, delimiter=how.delimiter).writerow(line)
        text += spaced(line, how) if how.space else sink.getvalue().removesuffix("\r\n")
        text += how.delimiter * how.trailing + how.line_end * (1 + how.blank_lines)
    if how.encoding == "utf-16-be-sig":
        return codecs.BOM_UTF16_BE + text.encode("utf-16-be")
    return text.encode(how.encoding)


def spaced(line: list[str], how: Written) -> str:
    """Every field in quotes, with a space before it."""
    fields = ['"' + field.replace('"', '""') + '"' for field in line]
    return (how.delimiter + how.space).join(fields)


@settings(max_examples=300)
@given(rows, dialects)
def test_a_table_in_any_dialect_is_read_as_the_same_cells(table: list[Row], how: Written) -> None:
    content = write(table, how)
    note(repr(content))
    raw = open_table(content, UNKNOWN, TableOptions(), 2**26)
    assert list(raw.names) == NAMES
    assert raw.dialect.delimiter == how.delimiter
    read = raw.read([0, 1, 2, 3], numbers=[2]).to_pylist()
    found = [(row["unique_id"], row["ds"], to_number(row["y"]), row["größe"]) for row in read]
    assert found == [(i, ds, y, remark or None) for i, ds, y, remark in table]
    assert raw.head().num_rows == len(table)


def to_number(cell: float | str | None) -> float | None:
    return float(cell.replace(",", ".")) if isinstance(cell, str) else cell

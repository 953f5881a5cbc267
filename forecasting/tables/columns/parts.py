"""Columns that hold only a part of each date or of each number."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa
from pyarrow import compute

from forecasting.errors import SeriesError
from forecasting.tables.columns.looks import ColumnLooks, Look
from forecasting.tables.columns.names import is_index_name, is_remark_name, is_time_name
from forecasting.tables.raw_table import RawTable, broken_file

_CLOCK = re.compile(r"\d\d?:\d\d(:\d\d)?")
_PART = re.compile(r"[a-z]{0,3} ?\d{1,3}(\.0)?", re.IGNORECASE)
"""An hour, a half hour, a week or a month as it is counted, such as 7 or HE07."""
_PART_NAME = re.compile(
    r"(?:^|[^a-z])(?:hours?|hr|he|hh|sp|minutes?|periods?|interval|half_?hour|weeks?|months?"
    r"|stunde|uhr|uhrzeit|viertelstunde|kw|heure|hora)(?:[^a-z]|$)",
    re.IGNORECASE,
)
_MONTHS = re.compile(
    r"(?:(jan)|(feb|fév|fev)|(mar|mär|mrz)|(apr|avr|abr)|(may|mai|maj)|(jun|juin)|(jul|juil)"
    r"|(aug|aoû|aou|ago)|(sep|set)|(oct|okt|out)|(nov)|(dec|dez|déc|dic))[a-zéûçñ]*\.?",
    re.IGNORECASE,
)
_DAYS = re.compile(
    r"(?:(mon)|(tue)|(wed)|(thu)|(fri)|(sat)|(sun))[a-z]*\.?"
    r"|(?:(mo)|(di)|(mi)|(do)|(fr)|(sa)|(so))(?:[a-z]*tag|ttwoch)?\.?",
    re.IGNORECASE,
)
_QUARTERS = re.compile(r"(?:q|qtr|quarter) ?([1-4])", re.IGNORECASE)
_HOURS = re.compile(r"(?:h|he|hr|hour)?[ _]?0?(\d|1\d|2[0-5])(?:h|:00(?::00)?)?", re.IGNORECASE)
_MONTHS_COUNTED = re.compile(r"m?0?([1-9]|1[0-2])", re.IGNORECASE)
_TIMES_OF_DAY = re.compile(r"(\d\d?:\d\d)(?::00)?")
_CYCLES: tuple[tuple[str, re.Pattern[str], int], ...] = (
    ("months", _MONTHS, 6),
    ("quarters", _QUARTERS, 4),
    ("days of the week", _DAYS, 7),
    ("months", _MONTHS_COUNTED, 12),
    ("hours", _HOURS, 23),
    ("times of the day", _TIMES_OF_DAY, 24),
)
"""What columns may be named for, and how many different names make it certain."""
_DIGITS = r"^[0-9]{1,3}$"
_WHOLE = r"^[+-]?[0-9]+$"


def is_part_of_time(looks: ColumnLooks, position: int) -> bool:
    """Return whether a column may hold hours or months beside the dates or years."""
    if looks[position] not in {Look.TEXTS, Look.NUMBERS, Look.DATES}:
        return False
    first = str(looks.column(position).drop_null()[0]).strip()
    counted = _PART_NAME.search(looks.names[position]) and _PART.fullmatch(first)
    return bool(is_time_name(looks.names[position]) or _CLOCK.fullmatch(first) or counted)


def refuse_cycles(looks: ColumnLooks) -> None:
    """Raise SeriesError if the names of columns are parts of dates, such as Jan to Dec.

    The rest of each date is in a column of times, or follows from the order of the rows.
    """
    for kind, pattern, fewest in _CYCLES:
        named = [at for at, name in enumerate(looks.names) if pattern.fullmatch(name.strip())]
        different = {_part(pattern, looks.names[at]) for at in named}
        others = set(range(len(looks))) - set(named)
        counted = any(looks.names[at].strip().isdigit() for at in others)
        if len(different) < fewest or len(named) < len(others) or counted:
            continue
        times = [at for at in others if is_time_name(looks.names[at]) or looks[at] is Look.DATES]
        if looks.among(sorted(others), Look.TEXTS) and not times:
            continue  # each row is a series
        if pattern is _MONTHS_COUNTED and not any(map(looks.may_be_dates, times)):
            continue
        if len(looks.among(named, Look.NUMBERS, Look.EMPTY)) == len(named):
            first, last = looks.names[named[0]], looks.names[named[-1]]
            raise broken_file(
                f"the names of the columns {first!r} to {last!r} are {kind}, so that each row "
                "holds the values of many dates. Write a row for each value, with its whole date, "
                "such as 2024-01-31 or 2024-01-31 17:00, in a column ds, and the value in a "
                "column y. If each column is a series, give them other names.",
                code="columns_unclear",
            )


def refuse_parts(looks: ColumnLooks, time: int, free: Sequence[int]) -> None:
    """Raise SeriesError if times repeat in the first rows, and another column holds their rest.

    Times that differ in a column of texts belong to different series, and do not repeat.
    """
    parts = [at for at in free if is_part_of_time(looks, at)]
    others = [at for at in looks.among(free, Look.TEXTS) if at not in parts]
    rows = _texts(looks.column(time))
    for position in others:
        rows = _join(rows, looks.column(position))
    if len(compute.unique(rows)) == len(rows):
        return
    for position in parts:
        if len(compute.unique(_join(rows, looks.column(position)))) == len(rows):
            raise parts_of_times(looks, time, position)


def parts_of_times(looks: ColumnLooks, time: int, position: int) -> SeriesError:
    """Return the error for a column that holds the rest of each time, such as the hour."""
    return broken_file(
        f"the times in {looks.names[time]!r} repeat, for the column "
        f"{looks.names[position]!r} holds the rest of them. Join the two into one column, "
        "such as 2024-01-31 or 2024-01-31 17:00.",
        code="columns_unclear",
    )


def refuse_cut_numbers(raw: RawTable, looks: ColumnLooks, targets: Sequence[int]) -> None:
    """Raise SeriesError if the decimal commas of a column seem to have cut its numbers in two.

    The part after the comma is then in the next column, which has no name or that of remarks.
    """
    if raw.dialect.delimiter != ",":
        return
    for target in targets:
        after = target + 1
        if after == len(looks) or not _is_spare(looks.names[after]):
            continue
        if _matches(looks, target, _WHOLE) and _matches(looks, after, _DIGITS):
            whole, rest = (looks.column(at).drop_null()[0].as_py() for at in (target, after))
            raise broken_file(
                f"the column {looks.names[after]!r} holds numbers only: those in "
                f"{looks.names[target]!r} seem to have decimal commas, which cut them in two, such "
                f"as {whole},{rest}. Write decimal points, or put such numbers in quotes.",
                code="decimal_unclear",
            )


def _is_spare(name: str) -> bool:
    return is_index_name(name) or is_remark_name(name)


def _matches(looks: ColumnLooks, position: int, pattern: str) -> bool:
    """Return whether all cells that are not empty are written so; at least one is."""
    cells = _texts(looks.column(position).drop_null())
    return len(cells) > 0 and bool(
        compute.all(compute.match_substring_regex(cells, pattern)).as_py()
    )


def _part(pattern: re.Pattern[str], name: str) -> str:
    """Return which of the parts a name means: the group of the pattern, or what is in it."""
    found = pattern.fullmatch(name.strip())
    assert found is not None
    return str(found.lastindex) if pattern.groups > 1 else found.group(1)


def _join(first: pa.ChunkedArray, second: pa.ChunkedArray) -> pa.ChunkedArray:
    return compute.binary_join_element_wise(first, _texts(second), "\n")


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return compute.fill_null(compute.cast(column, pa.string()), "")

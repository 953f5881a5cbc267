"""Tables whose header holds the dates, so that each row is a series."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

import pyarrow as pa

from forecasting.dates.unreadable import looks_like_date
from forecasting.errors import SeriesError
from forecasting.tables.cells.dates import looks_like_dates
from forecasting.tables.columns.choice import KnownColumns
from forecasting.tables.columns.looks import ColumnLooks, Look
from forecasting.tables.raw_table import broken_file

_FEWEST = 3
_WHOLE_NUMBER = re.compile(r"\d{2,}", re.ASCII)
_MONTH = re.compile(
    r"(jan|feb|f[eé]v|m[aä]r|avr|apr|ma[iy]|jun|juin|jul|juil|aug|ao[uû]|sep|o[ck]t|nov|de[cz]|d[eé]c)"
    r"[a-zéû]*\.?",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(\D*)(\d+)(.*)", re.ASCII)


def find_header_dates(looks: ColumnLooks, known: KnownColumns) -> list[int]:
    """Return the columns that have dates as their names, if most columns have; or else none.

    All of them are returned, whatever their cells hold, and so are columns of numbers among them
    whose names have digits, such as `2019e`: what is wrong with these is for the reader to say.

    Raises SeriesError if the names are years, and a column holds dates, too.
    """
    dated = find_dated_names(looks.names)
    if not dated:
        return []
    rest = [at for at in range(len(looks)) if at not in {*dated, *known.ids}]
    times = looks.among(rest, Look.DATES)
    if times and not known.ids and all(looks.names[at].isdecimal() for at in dated):
        time, first = looks.names[times[0]], looks.names[dated[0]]
        raise broken_file(
            f"the names of the columns may be years, such as {first!r}, and the column {time!r} "
            f"holds dates. Send time_col={shlex.quote(time)} if each column is a series, or id_col "
            "with the column that names the rows if each row is one.",
            code="columns_unclear",
        )
    numbers = looks.among(rest, Look.NUMBERS, Look.EMPTY)
    odd = [at for at in numbers if at > dated[0] and re.search(r"\d\d", looks.names[at])]
    return sorted([*dated, *odd])


def find_dated_names(names: Sequence[str]) -> list[int]:
    """Return the positions of the names that are dates, if most are; or else none."""
    dated = [at for at, name in enumerate(names) if _may_be_date(name)]
    if len(dated) < _FEWEST or 2 * len(dated) < len(names):
        return []
    return dated if looks_like_dates(pa.chunked_array([[names[at] for at in dated]])) else []


def header_dates_unread(looks: ColumnLooks, dates: Sequence[int]) -> SeriesError:
    """Return the error for such a table unless its layout is known to be wide."""
    first, last = looks.names[dates[0]], looks.names[dates[-1]]
    return broken_file(
        f"the names of the columns are dates, from {first!r} to {last!r}, so that each row seems "
        "to be a series. Send layout=wide to read it so.",
        code="columns_unclear",
    )


def refuse_unread_steps(looks: ColumnLooks, known: KnownColumns) -> None:
    """Raise SeriesError if each row seems to be a series, at steps that are no dates as written.

    These are names such as `X1990`, `1990 [YR1990]`, `d_1`, `2019e` or `Jan`, above numbers and
    beside a column of texts that names the rows.
    """
    if known.target is not None:
        return
    rest = [at for at in range(len(looks)) if not looks.is_index(at)]
    steps = _longest_run(looks.names)
    steps = looks.among(steps, Look.NUMBERS, Look.EMPTY)
    others = [at for at in rest if at not in set(steps)]
    if len(steps) < _FEWEST or len(steps) < len(others):
        return
    if not (known.ids or looks.among(others, Look.TEXTS)) or looks.among(others, Look.DATES):
        return
    first, last = looks.names[steps[0]], looks.names[steps[-1]]
    raise broken_file(
        f"the names of the columns from {first!r} to {last!r} seem to be times, so that each row "
        "is a series, but they are not dates that can be read. Write dates in their place, such as "
        "1990, 1990-01 or 1990-01-31, and send layout=wide. If the rows are in the order of time, "
        "send target_col with the name of the column of the values.",
        code="columns_unclear",
    )


def _may_be_date(name: str) -> bool:
    return looks_like_date(name) or _WHOLE_NUMBER.fullmatch(name) is not None


def _longest_run(names: Sequence[str]) -> list[int]:
    """Return the longest run of columns whose names count on by one, or name months."""
    best: list[int] = []
    run: list[int] = []
    for at, name in enumerate(names):
        if not (run and _follows(names[run[-1]], name)):
            run = []
        run.append(at)
        best = max(best, run, key=len)
    return list(best)


def _follows(name: str, after: str) -> bool:
    """Return whether a name is the one before the other: one less, or a month as the other is."""
    if _MONTH.fullmatch(name) and _MONTH.fullmatch(after):
        return True
    first, second = _NUMBERED.fullmatch(name), _NUMBERED.fullmatch(after)
    if first is None or second is None or first[1] != second[1]:
        return False
    return abs(int(second[2]) - int(first[2])) == 1

"""Tables whose header holds the dates, so that each row is a series."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa

from forecasting.errors import SeriesError
from forecasting.tables.cells.dates import looks_like_dates
from forecasting.tables.columns.looks import ColumnLooks, Look
from forecasting.tables.raw_table import broken_file

_FEWEST = 3
_DIGITS = re.compile(r"\d\d")


def find_header_dates(looks: ColumnLooks) -> list[int]:
    """Return the columns that have dates as their names, if most columns have; or else none."""
    return looks.among(find_dated_names(looks.names), Look.NUMBERS, Look.EMPTY)


def find_dated_names(names: Sequence[str]) -> list[int]:
    """Return the positions of the names that are dates, if most are; or else none."""
    dated = [at for at, name in enumerate(names) if _DIGITS.search(name)]
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

"""What columns look like, by their first rows."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
import pyarrow as pa
from pyarrow import compute, types

from forecasting.tables.cells.dates import looks_like_dates
from forecasting.tables.cells.numbers import looks_like_numbers
from forecasting.tables.columns.names import fill_names, is_index_name
from forecasting.tables.raw_table import HEAD_ROWS, RawTable

_HEAD_CELLS = 200_000
_FEWEST_ROWS = 20
_MOST_DESCRIBED = 12
_COUNT = r"^[0-9]{1,18}$"


class Look(StrEnum):
    """What a column looks like."""

    DATES = "dates"
    NUMBERS = "numbers"
    TEXTS = "texts"
    EMPTY = "empty"
    OTHER = "something else"


class ColumnLooks:
    """The columns of a file, by what they look like. Each is looked at when it is asked for."""

    def __init__(self, raw: RawTable) -> None:
        self.names = fill_names(raw.names)
        self._raw = raw
        self._head: pa.Table | None = None
        self._looks: dict[int, Look] = {}

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, position: int) -> Look:
        if position not in self._looks:
            self._looks[position] = _look_at(self.column(position))
        return self._looks[position]

    def column(self, position: int) -> pa.ChunkedArray:
        """Return the first rows of a column."""
        if self._head is None:
            rows = _HEAD_CELLS // max(1, len(self.names))
            self._head = self._raw.head(min(HEAD_ROWS, max(_FEWEST_ROWS, rows)))
        return self._head.column(position)

    def among(self, positions: Sequence[int], *looks: Look) -> list[int]:
        """Return those of the positions whose columns look like one of these."""
        return [position for position in positions if self[position] in looks]

    def may_be_dates(self, position: int) -> bool:
        """Return whether the numbers of a column are written as dates are, such as 20240131."""
        return looks_like_dates(self.column(position))

    def is_index(self, position: int) -> bool:
        """Return whether a column counts the rows, as pandas and R write the names of their rows.

        It has no name and counts from 0 or 1. Beside dates, rows may have been left out.
        """
        if position or not is_index_name(self.names[0]):
            return False
        texts = compute.drop_null(compute.cast(self.column(0), pa.string())).combine_chunks()
        if not len(texts) or not compute.all(compute.match_substring_regex(texts, _COUNT)).as_py():
            return False
        counted = compute.cast(texts, pa.int64()).to_numpy()
        steps = np.diff(counted)
        if counted[0] in (0, 1) and (steps == 1).all():
            return True
        dated = any(self[at] is Look.DATES for at in range(1, len(self)))
        return dated and bool((steps > 0).all())

    def different(self, position: int) -> int:
        """Return how many different cells there are in the first rows of a column."""
        return len(compute.unique(self.column(position)))

    def describe(self, positions: Sequence[int]) -> str:
        """Return the names of columns with what they look like, as a message lists them."""
        listed = ", ".join(
            f"{self.names[at][:80]!r} ({self[at]}{self._example(at)})"
            for at in positions[:_MOST_DESCRIBED]
        )
        more = len(positions) - _MOST_DESCRIBED
        return listed if more <= 0 else f"{listed} and {more} more"

    def _example(self, position: int) -> str:
        if self[position] is not Look.TEXTS:
            return ""
        return f" such as {str(self.column(position).drop_null()[0])[:40]!r}"


def _look_at(column: pa.ChunkedArray) -> Look:
    if column.null_count == len(column):
        return Look.EMPTY
    kind = column.type.value_type if types.is_dictionary(column.type) else column.type
    readable = (types.is_string, types.is_large_string, types.is_integer, types.is_floating)
    dated = (types.is_date, types.is_timestamp)
    if any(fits(kind) for fits in dated):
        return Look.DATES
    if types.is_decimal(kind):
        return Look.NUMBERS
    if not any(fits(kind) for fits in readable):
        return Look.OTHER
    if looks_like_numbers(column):
        return Look.NUMBERS
    return Look.DATES if looks_like_dates(column) else Look.TEXTS

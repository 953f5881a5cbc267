"""The series of a table in the long format, `unique_id, ds, y`, one row a value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from forecasting.errors import Path, SeriesError
from forecasting.prediction.bounds import Bounds
from forecasting.series.series import Series
from forecasting.series.time_zones import parse_zone
from forecasting.series.timestamps import Times, parse_times, times_from_index
from forecasting.types import Floats

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Rows = npt.NDArray[np.int64]
_MISSING = ["", "NA", "NaN", "nan", "null", "None"]
"""What counts as a missing value where y is text, in a CSV file."""
_COLUMNS = {"values": "y", "timestamps": "ds"}
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
_LONGEST_ID = 256


@dataclass(frozen=True, slots=True)
class TableItem:
    """One series of a table; `rows` (n,) says which rows its values come from."""

    id: str | None
    values: Floats
    rows: Rows
    dates: _Dates
    frequency: str | None
    zone: tzinfo | None

    def bounds(self, otherwise: Bounds) -> Bounds:
        return otherwise

    def read(self, *, repair: bool) -> Series:
        try:
            times = self._times()
            if times is None:
                steps = self.dates.steps(self.rows)
                return Series.from_steps(self.values, steps, id=self.id, repair=repair)
            return Series.from_dates(
                self.values, times, id=self.id, frequency=self.frequency, repair=repair
            )
        except SeriesError as error:
            if self.id is None:
                raise
            raise error.with_message(f"series {self.id!r}: {error.message}") from error

    def place(self, path: Path) -> Path:
        """A value or a timestamp is a cell of the file; the rest is about its first row."""
        if path == ("frequency",):
            return path
        column = _COLUMNS.get(str(path[0])) if path else None
        row = path[1] if len(path) > 1 and isinstance(path[1], int) else 0
        cell = ("file", int(self.rows[row]))
        return cell if column is None else (*cell, column)

    def _times(self) -> Times | None:
        try:
            times = self.dates.times(self.rows)
        except SeriesError as error:
            raise error.under("timestamps") from error
        return None if times is None else times.in_zone(self.zone)


@dataclass(frozen=True, slots=True)
class _Dates:
    """A column ds: texts (codes into the different ones), typed times or whole numbers."""

    texts: Sequence[str] = ()
    codes: Rows | None = None
    index: pd.DatetimeIndex | None = None
    numbers: Rows | None = None

    def times(self, rows: Rows) -> Times | None:
        """None where ds counts steps. Raises SeriesError, its path an index into `rows`."""
        if self.index is not None:
            return times_from_index(self.index[rows])
        if self.codes is None:
            return None
        return parse_times([self.texts[code] for code in self.codes[rows].tolist()])

    def steps(self, rows: Rows) -> Rows:
        assert self.numbers is not None
        return self.numbers[rows]


def items_of(table: pa.Table, *, frequency: str | None, timezone: str | None) -> list[TableItem]:
    """The series of a table as `read_table` gives it, in the order of their first rows.

    Raises SeriesError, its path within the request, for cells that make no sense.
    """
    if not table.num_rows:
        raise SeriesError("the file has no rows.", code="file_empty", path=("file",))
    zone = None if timezone is None else parse_zone(timezone)
    values = _values(table.column("y"))
    dates = _dates(table.column("ds"))
    names, groups = _groups(table)
    return [
        TableItem(name, values[rows], rows, dates, frequency, zone)
        for name, rows in zip(names, groups, strict=True)
    ]


def _groups(table: pa.Table) -> tuple[list[str | None], list[Rows]]:
    """The ids and the rows of each."""
    if "unique_id" not in table.column_names:
        return [None], [np.arange(table.num_rows)]
    texts, codes = _encoded(table.column("unique_id"), "unique_id")
    long = next((code for code, text in enumerate(texts) if len(text) > _LONGEST_ID), None)
    if long is not None:
        raise _bad_cell(
            f"an id has at most {_LONGEST_ID} characters.", int((codes == long).argmax())
        )
    present, first, groups = np.unique(codes, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rows = np.split(np.argsort(groups, kind="stable"), np.cumsum(np.bincount(groups))[:-1])
    return [texts[present[group]] for group in order], [rows[group] for group in order.tolist()]


def _values(column: pa.ChunkedArray) -> Floats:
    """float64, NaN where a value is missing."""
    import pyarrow as pa
    from pyarrow import compute

    if pa.types.is_string(column.type):
        missing = compute.is_in(column, value_set=pa.array(_MISSING))
        column = compute.if_else(missing, pa.scalar(None, pa.string()), column)
    try:
        numbers = compute.cast(column, pa.float64(), safe=False)
    except pa.ArrowInvalid as error:
        row = next(row for row, text in enumerate(column.to_pylist()) if not _is_number(text))
        raise _bad_cell(f"{str(column[row])[:80]!r} is no number.", row, "y") from error
    values = np.asarray(numbers.to_numpy(), dtype=np.float64)
    infinite = np.isinf(values)
    if infinite.any():
        row = int(infinite.argmax())
        raise _bad_cell(f"{values[row]} is no finite number.", row, "y")
    return values


def _is_number(text: str | None) -> bool:
    import pyarrow as pa
    from pyarrow import compute

    try:
        compute.cast(pa.array([text], pa.string()), pa.float64())
    except pa.ArrowInvalid:
        return False
    return True


def _dates(column: pa.ChunkedArray) -> _Dates:
    import pandas as pd
    import pyarrow as pa
    from pyarrow import compute

    if column.null_count:
        row = compute.index(compute.is_null(column), pa.scalar(True)).as_py()
        raise _bad_cell("ds is empty.", row, "ds")
    if pa.types.is_integer(column.type):
        return _Dates(numbers=np.asarray(compute.cast(column, pa.int64()).to_numpy()))
    if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
        zone = getattr(column.type, "tz", None)
        nanoseconds = getattr(column.type, "unit", None) == "ns"
        try:
            stamps = compute.cast(column, pa.timestamp("us", zone), safe=not nanoseconds)
        except pa.ArrowInvalid as error:
            message = "ds holds times that lie outside the years 1 to 9999."
            raise SeriesError(message, code="timestamp_invalid", path=("file", "ds")) from error
        index = pd.DatetimeIndex(compute.cast(stamps, pa.timestamp("us")).to_numpy())
        if zone is not None:
            index = index.tz_localize("UTC").tz_convert(parse_zone(zone))
        return _Dates(index=index)
    texts, codes = _encoded(column, "ds")
    if all(_WHOLE.fullmatch(text) for text in texts):
        return _Dates(numbers=np.array([int(text) for text in texts])[codes])
    return _Dates(texts=texts, codes=codes)


def _encoded(column: pa.ChunkedArray, name: str) -> tuple[list[str], Rows]:
    """The different texts of a column, and which of them each row has."""
    import pyarrow as pa
    from pyarrow import compute

    if not pa.types.is_dictionary(column.type):
        column = compute.dictionary_encode(compute.cast(column, pa.string()))
    whole: Any = column.unify_dictionaries().combine_chunks()
    whole = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
    if whole.null_count:
        row = compute.index(compute.is_null(whole), pa.scalar(True)).as_py()
        raise _bad_cell(f"{name} is empty.", row, name)
    texts = [str(text) for text in whole.dictionary.to_pylist()]
    return texts, np.asarray(whole.indices.to_numpy(zero_copy_only=False), dtype=np.int64)


def _bad_cell(message: str, row: int, column: str = "unique_id") -> SeriesError:
    return SeriesError(
        f"row {row} of the file, counted from 0: {message}",
        code="cell_invalid",
        path=("file", row, column),
    )

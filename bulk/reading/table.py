"""A table whose columns are known, as a stream of rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyarrow import compute, types

from bulk.places import Place
from bulk.reading.faults import BatchPlace
from bulk.reading.files import SourceFile, list_files
from bulk.reading.rows import Rows
from bulk.reading.steps import SeenSteps
from bulk.reading.times import NO_TIME, TimeColumn
from forecasting.errors import SeriesError
from forecasting.tables.cells.ids import BETWEEN, as_integers, check_id_type
from forecasting.tables.cells.numbers import is_missing
from forecasting.tables.columns.choice import choose_columns, find_known
from forecasting.tables.columns.looks import ColumnLooks
from forecasting.tables.columns.names import list_names
from forecasting.tables.files.periods import refuse_periods
from forecasting.tables.files.typed_table import TypedTable
from forecasting.tables.options import TableOptions, check_without_dates
from forecasting.tables.raw_table import HEAD_ROWS, Dialect
from forecasting.types import Floats

_NUMBER = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"
_ID_COL = ("id_col",)
_HOLDS_NUMBERS = (types.is_integer, types.is_floating, types.is_decimal, types.is_null)


@dataclass(frozen=True, slots=True)
class BulkTable:
    """A table in the long format."""

    files: Sequence[SourceFile]
    ids: tuple[str, ...]
    """The columns that name the series."""
    target: str
    times: TimeColumn | None
    """None if there is no column of times, so that the rows of each series are steps."""

    @property
    def time_type(self) -> pa.DataType:
        """The type of the column `ds` in the output."""
        return pa.int64() if self.times is None else self.times.type

    def ids_alone(self) -> Iterator[tuple[list[str | None], int]]:
        """Yield the ids of the runs of each batch, and how many rows it has.

        Raises SeriesError if a column of ids is of another type in one file than it may be.
        """
        for file in self.files:
            for batch in file.batches(self.ids):
                names, _ = _runs(self.ids, batch.columns)
                yield names, batch.num_rows

    def rows(self) -> Iterator[Rows]:
        """Yield all rows, batch by batch.

        Raises SeriesError if a column is of another type in one file than it may be, and after the
        last row, if the steps turn out to be dates.
        """
        seen = None
        if self.times is not None and self.times.are_steps:
            seen = SeenSteps(self.times.name)
        names = (*self.ids, *([] if self.times is None else [self.times.name]), self.target)
        for file in self.files:
            first_row = 0
            for batch in file.batches(names):
                part = BatchPlace(file.place.location, first_row)
                rows = self._read(batch, part)
                if seen is not None:
                    seen.add(rows.times)
                yield rows
                first_row += batch.num_rows
        if seen is not None:
            seen.check()

    def _read(self, batch: pa.RecordBatch, place: BatchPlace) -> Rows:
        """Return the rows of a batch of the columns of ids, times and values."""
        refuse_periods(batch.schema, "input")
        ids, starts = _runs(self.ids, batch.columns[: len(self.ids)])
        lengths = np.diff(np.append(starts, batch.num_rows))
        cells = batch.columns[-1]
        values = _to_floats(cells, self.target)
        faults = place.faults(starts, np.isinf(values), cells, self.target, "a finite number")
        times = np.zeros(batch.num_rows, np.int64)
        if self.times is not None:
            cells = _without_missing(batch.column(len(self.ids)))
            try:
                times = self.times.read(cells)
            except SeriesError as error:
                raise place.located(error) from error
            name, expected = self.times.name, self.times.expected
            faults |= place.faults(starts, times == NO_TIME, cells, name, expected)
        faults |= place.nameless(ids, starts)
        return Rows(ids, lengths, times, values, faults)


def open_table(
    place: Place,
    options: TableOptions,
    *,
    frequency: str | None = None,
    timezone: str | None = None,
) -> BulkTable:
    """Find the files of a table, and which of its columns are which, by its first rows.

    `frequency` and `timezone` are what the caller says of all dates, which there then have to be.
    Raises SeriesError, its path within the request, OSError, or pyarrow's errors.
    """
    files = list_files(place, options)
    names = files[0].names()
    head = next((batch for file in files for batch in file.batches(names)), None)
    if head is None:
        raise SeriesError("the table has no rows.", code="file_empty", path=("input",))
    first = pa.Table.from_batches([head]).slice(0, HEAD_ROWS)
    raw = TypedTable([name.strip() for name in names], Dialect("table"), (), first, 2**40)
    looks = ColumnLooks(raw)
    known = find_known(looks, options)
    if not known.ids:
        raise SeriesError(
            f"no column is called unique_id; the columns are {list_names(looks.names)}. Send "
            "id_col with the one that names the series, or several with commas between them.",
            code="column_missing",
            path=_ID_COL,
        )
    for at in known.ids:
        check_id_type(as_integers(first.column(at)).type, looks.names[at], _ID_COL)
    chosen = choose_columns(looks, known)
    refuse_periods(first.select(sorted(chosen.taken())).schema, "input")
    _check_target(first.column(chosen.target), looks.names[chosen.target])
    times = None
    if chosen.time is not None:
        column = _without_missing(first.column(chosen.time))
        times = TimeColumn.of(names[chosen.time], column, options.date_format, timezone)
    if times is None:
        check_without_dates(None, frequency=frequency, timezone=timezone)
    elif times.are_steps:
        first_step = int(times.read(column.drop_null().slice(0, 1).combine_chunks())[0])
        check_without_dates(first_step, frequency=frequency, timezone=timezone)
    ids = tuple(names[at] for at in chosen.ids)
    return BulkTable(files, ids, names[chosen.target], times)


def _runs(names: Sequence[str], columns: Sequence[pa.Array]) -> tuple[list[str | None], np.ndarray]:
    """Return the id of each run of rows with the same id, and the row that it starts with."""
    columns = [as_integers(column) for column in columns]
    for name, column in zip(names, columns, strict=True):
        check_id_type(column.type, name, _ID_COL)
    column = columns[0]
    if len(columns) > 1:
        texts = [compute.cast(_plain(part), pa.string()) for part in columns]
        _check_parts(texts)
        column = compute.binary_join_element_wise(*texts, BETWEEN)
    if not types.is_dictionary(column.type):
        column = column.dictionary_encode()
    codes = compute.fill_null(column.indices, -1).to_numpy(zero_copy_only=False)
    starts = np.flatnonzero(np.append(True, codes[1:] != codes[:-1]))
    texts = compute.cast(column.dictionary, pa.string())
    return texts.take(column.indices.take(pa.array(starts))).to_pylist(), starts


def _check_target(head: pa.ChunkedArray, name: str) -> None:
    """Raise SeriesError for a column of values whose first cells are no numbers at all."""
    values = _to_floats(head.combine_chunks(), name)
    if types.is_floating(head.type):
        return
    if np.isinf(values).any() and not np.isfinite(values).any():
        raise SeriesError(
            f"the column {name!r} holds {str(head.drop_null()[0])[:80]!r}; values are numbers.",
            code="column_type",
            path=("target_col",),
        )


def _check_parts(columns: Sequence[pa.Array]) -> None:
    """Raise SeriesError if different parts could make up the same id, as a/b, c and a, b/c do."""
    for column in columns:
        found = compute.match_substring(column, BETWEEN)
        if compute.any(found).as_py():
            cell = column[compute.index(found, pa.scalar(True)).as_py()]
            raise SeriesError(
                f"{str(cell)!r} is a part of an id, and has the sign {BETWEEN!r} in it, which "
                "stands between the parts. Write another sign, or make one column of the ids.",
                code="cell_invalid",
                path=_ID_COL,
            )


def _plain(column: pa.Array) -> pa.Array:
    if types.is_dictionary(column.type):
        return compute.cast(column, column.type.value_type)
    return column


def _without_missing(column: pa.Array) -> pa.Array:
    """Return a column with null for each text that means a missing value, as NA does."""
    column = _plain(column)
    if not (types.is_string(column.type) or types.is_large_string(column.type)):
        return column
    texts = compute.cast(column, pa.string())
    return compute.if_else(is_missing(texts), pa.scalar(None, pa.string()), texts)


def _to_floats(column: pa.Array, name: str) -> Floats:
    """Return values (n,): NaN for one that is missing, infinity for a cell that is no number.

    Raises SeriesError if the column is of a type that holds no numbers.
    """
    column = _without_missing(column)
    if not types.is_string(column.type):
        if not any(holds(column.type) for holds in _HOLDS_NUMBERS):
            raise SeriesError(
                f"the column {name!r} is of the type {column.type}; values are numbers.",
                code="column_type",
                path=("target_col",),
            )
        floats = compute.cast(column, pa.float64(), safe=False)
        return np.asarray(floats.to_numpy(zero_copy_only=False), dtype=np.float64)
    try:
        floats = compute.cast(column, pa.float64())
    except pa.ArrowInvalid:
        fits = compute.match_substring_regex(column, _NUMBER)
        texts = compute.utf8_trim_whitespace(compute.if_else(fits, column, "inf"))
        floats = compute.cast(texts, pa.float64())
    return np.asarray(floats.to_numpy(zero_copy_only=False), dtype=np.float64)

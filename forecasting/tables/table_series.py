"""A table as the child process gives it → the series in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import Any

import numpy as np
import numpy.typing as npt

from forecasting.errors import Path, SeriesError
from forecasting.notes import Note
from forecasting.prediction.bounds import Bounds
from forecasting.series.repair import DateRules
from forecasting.series.series import Series
from forecasting.series.time_zones import parse_zone
from forecasting.series.timestamps import Times, parse_times, times_from_index
from forecasting.tables.libraries import pa, pd
from forecasting.tables.options import check_without_dates
from forecasting.tables.table_content import TARGET, CellPlaces, TableContent
from forecasting.tables.table_covariates import TableCovariates
from forecasting.types import Floats

Rows = npt.NDArray[np.int64]
_COLUMNS = {"values": "y", "timestamps": "ds"}
"""The column of the table that holds a field of a series object."""
_BESIDE = ("past_covariates", "future_covariates", "static")
"""The fields of a series object that columns of covariates hold."""


@dataclass(frozen=True, slots=True)
class TableSeriesItem:
    """One series of a table."""

    id: str | None
    values: Floats
    """(n,): NaN where a value is missing."""
    rows: Rows
    """(n,): the rows of the table that the values come from."""
    dates: _Dates
    frequency: str | None
    zone: tzinfo | None
    places: CellPlaces = field(default_factory=CellPlaces)
    """Where in the file the rows of the table come from."""
    beside: TableCovariates | None = None
    """The columns of covariates; None if there are none."""
    target: str | None = None
    """The target that the values are of, if the table has several."""
    together: bool = True
    """Whether the past of all targets is read beside this one."""

    def alone(self) -> TableSeriesItem:
        """Return the series without the past of the other targets."""
        return replace(self, together=False)

    def bounds(self, default: Bounds) -> Bounds:
        """Return `default`: a table has no bounds for one of its series."""
        return default

    def read(self, rules: DateRules) -> Series:
        """Return the series, oldest first: one whose dates fall from row to row is turned around,
        with a note. Raises SeriesError, its path as in a series object."""
        try:
            times = self.times()
            if _falls(self.dates.steps(self.rows) if times is None else times.stamps):
                return self._read_reversed(times, rules)
            return self._read(self.values, self.rows, times, rules)
        except SeriesError as error:
            raise error.with_message(self._name_place(error) + error.message) from error

    def _read_reversed(self, times: Times | None, rules: DateRules) -> Series:
        """Return the series with its last row first. The paths of errors are those of the rows in
        their order in the table."""
        backwards = np.arange(len(self.rows))[::-1]
        times = None if times is None else times.take(backwards)
        try:
            series = self._read(self.values[backwards], self.rows[backwards], times, rules)
        except SeriesError as error:
            if len(error.path) < 2 or not isinstance(error.path[1], int):
                raise
            raise error.at(error.path[0], int(backwards[error.path[1]])) from error
        message = "The newest value came first, so the rows were read from the last to the first."
        return replace(
            series, notes=(Note("rows_reversed", message, len(self.rows)), *series.notes)
        )

    def _read(self, values: Floats, rows: Rows, times: Times | None, rules: DateRules) -> Series:
        beside = self.beside
        covariates = None if beside is None else beside.beside(rows, together=self.together)
        rows_ahead = beside is not None and bool(beside.known_ahead)
        if times is None:
            series = Series.from_steps(
                values,
                self.dates.steps(rows),
                id=self.id,
                repair=rules.repair,
                covariates=covariates,
                rows_ahead=rows_ahead,
            )
        else:
            series = Series.from_dates(
                values,
                times,
                id=self.id,
                frequency=self.frequency,
                rules=rules,
                covariates=covariates,
                rows_ahead=rows_ahead,
            )
        series = series if self.target is None else replace(series, target=self.target)
        if beside is None:
            return series
        return beside.complete(series, rows, rules.repair.gaps, together=self.together)

    def times(self) -> Times | None:
        """Return the times of the values (n,) as they are given; None if they are whole numbers.

        Raises SeriesError, its path as in a series object.
        """
        try:
            times = self.dates.times(self.rows)
        except SeriesError as error:
            raise error.under("timestamps") from error
        return None if times is None else times.in_zone(self.zone)

    def steps(self) -> Rows | None:
        """Return the whole numbers (n,) that the values come with in place of times; None if the
        file has neither."""
        return None if self.places.counted else self.dates.steps(self.rows)

    def locate(self, path: Path) -> Path:
        """Return where in the request a path within the series lies.

        A value or a timestamp is a cell of the file. Anything else is about the first row of the
        series, except for the columns of covariates and the options beside the table.
        """
        if path[:1] in {("frequency",), ("open",), ("calendar",)}:
            return path
        if path[:1] == ("targets",):
            return ("target_cols",)
        if path and path[0] in _BESIDE:
            option = "static_cols" if path[0] == "static" else "covariates"
            return ("file", *path[1:2]) if len(path) > 1 else (option,)
        column = _COLUMNS.get(str(path[0])) if path else None
        position = path[1] if len(path) > 1 and isinstance(path[1], int) else 0
        return self.places.locate(int(self.rows[position]), column, self.id)

    def _name_place(self, error: SeriesError) -> str:
        """Return the id of the series, if it has one, and the line in the file of an error."""
        words = [] if self.id is None else [f"series {self.id!r}"]
        position = error.path[1] if len(error.path) > 1 else None
        if isinstance(position, int) and position < len(self.rows):
            words += self.places.name_line(int(self.rows[position]))
        return f"{', '.join(words)}: " if words else ""


@dataclass(frozen=True, slots=True)
class _Dates:
    """The column `ds` of all series: texts, typed times or whole numbers."""

    texts: Sequence[str] = ()
    """The different texts of the column."""
    codes: Rows | None = None
    """The index of its text for each row."""
    index: pd.DatetimeIndex | None = None
    numbers: Rows | None = None

    def times(self, rows: Rows) -> Times | None:
        """Return the times in these rows, or None if the column holds whole numbers.

        Raises SeriesError, its path an index into `rows`.
        """
        if self.index is not None:
            return times_from_index(self.index[rows])
        if self.codes is None:
            return None
        return parse_times([self.texts[code] for code in self.codes[rows].tolist()])

    def order(self) -> Rows:
        """Return numbers that rise with time, one for each row of the table.

        Texts that are no dates are in the order of their rows; reading their series says so.
        """
        if self.numbers is not None:
            return self.numbers
        if self.index is not None:
            return np.asarray(self.index.as_unit("us").asi8)
        assert self.codes is not None
        try:
            return parse_times(self.texts).stamps.astype(np.int64)[self.codes]
        except SeriesError:
            return np.arange(self.codes.size)

    def steps(self, rows: Rows) -> Rows:
        """Return the whole numbers in these rows."""
        assert self.numbers is not None
        return self.numbers[rows]


def _falls(stamps: npt.NDArray[Any]) -> bool:
    """Return whether each of several stamps (n,) is earlier than the one before."""
    return len(stamps) > 1 and bool((stamps[1:] < stamps[:-1]).all())


def to_series_items(
    content: TableContent, *, frequency: str | None, timezone: str | None
) -> list[TableSeriesItem]:
    """Return the series of a table, in the order of their first rows.

    `frequency` and `timezone` hold for all of them. Raises SeriesError, its path within the
    request, for a time zone that is unknown, and for either option if there are no dates.
    """
    table = content.table
    zone = None if timezone is None else parse_zone(timezone)
    values = table["y"].to_numpy()
    dates = _dates(table["ds"].chunk(0))
    if dates.numbers is not None:
        check_without_dates(int(dates.numbers[0]), frequency=frequency, timezone=timezone)
    ids, groups = _group_rows(table)
    beside = TableCovariates.of_table(table)
    if beside is not None:
        beside = beside.seen_ahead(values, dates.order(), groups)
    targets: dict[str | None, Floats] = {
        name.removeprefix(TARGET): table[name].to_numpy()
        for name in table.column_names
        if name.startswith(TARGET)
    }
    return [
        TableSeriesItem(
            series_id,
            of_target[rows],
            rows,
            dates,
            frequency,
            zone,
            content.places if target is None else replace(content.places, target=target),
            beside,
            target,
        )
        for series_id, rows in zip(ids, groups, strict=True)
        for target, of_target in (targets or {None: values}).items()
    ]


def _group_rows(table: pa.Table) -> tuple[Sequence[str | None], list[Rows]]:
    """Return the id and the rows of each series, in the order of their first rows."""
    if "unique_id" not in table.column_names:
        return [None], [np.arange(table.num_rows)]
    texts, codes = _texts(table["unique_id"].chunk(0))
    present, first, groups = np.unique(codes, return_index=True, return_inverse=True)
    order = np.argsort(first).tolist()
    rows = np.split(np.argsort(groups, kind="stable"), np.cumsum(np.bincount(groups))[:-1])
    return [texts[present[group]] for group in order], [rows[group] for group in order]


def _dates(column: pa.Array) -> _Dates:
    from pyarrow import compute

    if pa.types.is_integer(column.type):
        return _Dates(numbers=column.to_numpy())
    if pa.types.is_dictionary(column.type):
        texts, codes = _texts(column)
        return _Dates(texts=texts, codes=codes)
    index = pd.DatetimeIndex(compute.cast(column, pa.timestamp("us")).to_numpy())
    if column.type.tz is not None:
        index = index.tz_localize("UTC").tz_convert(parse_zone(column.type.tz))
    return _Dates(index=index)


def _texts(column: pa.DictionaryArray) -> tuple[list[str], Rows]:
    """Return the different texts of a column, and the index of its text for each row."""
    return column.dictionary.to_pylist(), column.indices.to_numpy().astype(np.int64)

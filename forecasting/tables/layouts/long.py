"""Tables with a row for each value of each series."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import types

from forecasting.errors import SeriesError
from forecasting.notes import Note
from forecasting.tables.cells.covariates import to_covariate
from forecasting.tables.cells.dates import to_times
from forecasting.tables.cells.decimal_sign import NumberStyle
from forecasting.tables.cells.ids import to_ids
from forecasting.tables.cells.numbers import to_numbers
from forecasting.tables.columns.choice import (
    ChosenColumns,
    KnownColumns,
    choose_columns,
    note_choice,
)
from forecasting.tables.columns.looks import ColumnLooks, Look
from forecasting.tables.columns.panel import check_ids, find_ids
from forecasting.tables.columns.parts import refuse_cut_numbers
from forecasting.tables.options import TableOptions
from forecasting.tables.raw_table import RawTable, broken_file
from forecasting.tables.table_content import (
    COVARIATE,
    KNOWN_AHEAD,
    STATIC,
    TARGET,
    CellPlaces,
    TableContent,
)
from forecasting.types import Floats

_MOST_DESCRIBED = 100
_FEWEST_IN_SUM = 6
"""The last of fewer values may be their sum by chance."""
_TIME_TYPES = (
    types.is_string,
    types.is_large_string,
    types.is_integer,
    types.is_floating,
    types.is_decimal,
    types.is_date,
    types.is_timestamp,
)


def read_long(
    raw: RawTable, looks: ColumnLooks, known: KnownColumns, options: TableOptions
) -> TableContent:
    """Return the series of a table in the long format.

    Raises SeriesError, its path within the request, if it is not clear which columns are meant, or
    a cell cannot be read; TableSizeError or MemoryError for a table that takes too much memory.
    """
    chosen = choose_columns(looks, known)
    refuse_cut_numbers(raw, looks, [chosen.target])
    read = raw.read(_positions(chosen), numbers=(chosen.target,))
    if not read.num_rows:
        message = "the file has no rows. Add a row for each value."
        raise broken_file(message, code="file_empty")
    times = None if chosen.time is None else read.column(_positions(chosen).index(chosen.time))
    ids = read.columns[: len(chosen.ids)]
    id_notes: list[Note] = []
    if ids:
        check_ids(raw, looks, chosen, times, ids)
    else:
        found, id_notes = find_ids(raw, looks, chosen, times)
        chosen = replace(chosen, ids=found)
        ids = raw.read(chosen.ids).columns if chosen.ids else []
    places = make_places(raw, looks, chosen, read.num_rows)
    guessed_ids = len(ids) > 0 and not known.ids
    notes = [*raw.notes, *note_choice(looks, chosen, guessed_ids=guessed_ids), *id_notes]
    columns: dict[str, pa.Array] = {}
    if ids:
        names = [looks.names[at] for at in chosen.ids]
        columns["unique_id"] = to_ids(ids, names, places)
    if times is None:
        columns["ds"] = _count_rows(read.num_rows, columns.get("unique_id"))
    else:
        columns["ds"], time_notes = read_times(times, options, places)
        notes += time_notes
    style = number_style(raw, options)
    columns["y"], number_notes = to_numbers(read.columns[-1], places.target, style, places)
    if times is None and not ids:
        _refuse_sum(columns["y"].to_numpy(), places)
    targets, target_notes = _read_targets(raw, looks, chosen, style, places)
    beside, beside_notes = _read_beside(raw, looks, chosen, style, places)
    columns |= targets | beside
    understood = understand(raw, looks, "long", chosen, chosen.targets)
    notes += [*number_notes, *target_notes, *beside_notes]
    return TableContent(pa.table(columns), tuple(notes), understood, places)


def _read_targets(
    raw: RawTable,
    looks: ColumnLooks,
    chosen: ChosenColumns,
    style: NumberStyle,
    places: CellPlaces,
) -> tuple[dict[str, pa.Array], list[Note]]:
    """Return the columns of several targets, by their names in the long table, and notes on them.

    Those on the first are left out, for it was read already.
    """
    columns: dict[str, pa.Array] = {}
    notes: list[Note] = []
    read = raw.read(chosen.targets, numbers=chosen.targets).columns if chosen.targets else []
    refuse_cut_numbers(raw, looks, chosen.targets[1:])
    for at, column in zip(chosen.targets, read, strict=True):
        name = looks.names[at]
        columns[TARGET + name], found = to_numbers(column, name, style, places)
        notes += () if at == chosen.target else found
    return columns, notes


def _read_beside(
    raw: RawTable,
    looks: ColumnLooks,
    chosen: ChosenColumns,
    style: NumberStyle,
    places: CellPlaces,
) -> tuple[dict[str, pa.Array], list[Note]]:
    """Return the columns of covariates, by their names in the long table, and notes on them."""
    roles = dict.fromkeys(chosen.covariates, COVARIATE)
    roles |= dict.fromkeys(chosen.known_ahead, KNOWN_AHEAD) | dict.fromkeys(chosen.static, STATIC)
    columns: dict[str, pa.Array] = {}
    notes: list[Note] = []
    read = raw.read(list(roles), numbers=list(roles)).columns if roles else []
    for (at, role), column in zip(roles.items(), read, strict=True):
        name = looks.names[at]
        if looks[at] is Look.DATES:
            raise SeriesError(
                f"the column {name!r} holds dates. Covariates are numbers, true and false, or "
                "texts that name categories.",
                code="column_type",
                path=("file", name),
            )
        columns[role + name], found = to_covariate(column, name, style, places)
        notes += found
    return columns, notes


def make_places(raw: RawTable, looks: ColumnLooks, chosen: ChosenColumns, rows: int) -> CellPlaces:
    """Return where the cells of the chosen columns, which have so many rows, are."""
    return CellPlaces(
        time="ds" if chosen.time is None else looks.names[chosen.time],
        target=looks.names[chosen.target],
        first_line=raw.first_line(rows),
        counted=chosen.time is None,
    )


def number_style(raw: RawTable, options: TableOptions) -> NumberStyle:
    """Return what the caller or the file says about numbers in texts."""
    return NumberStyle(options.decimal, raw.dialect.plain)


def read_times(
    column: pa.ChunkedArray, options: TableOptions, places: CellPlaces
) -> tuple[pa.Array, tuple[Note, ...]]:
    """Return a column of times as `to_times` does; a bad cell is named by its place in the file."""
    kind = column.type.value_type if types.is_dictionary(column.type) else column.type
    if not any(fits(kind) for fits in _TIME_TYPES):
        raise SeriesError(
            f"the column {places.time!r} is of the type {column.type}; times are dates, times, "
            "texts or whole numbers.",
            code="column_type",
            path=("file", places.time),
        )
    try:
        return to_times(column, options)
    except SeriesError as error:
        if error.path == ("date_format",):
            raise
        if not error.path:
            raise error.at("file", places.time) from error
        located = places.bad_cell(error.message, int(error.path[0]), places.time)
        raise SeriesError(located.message, code=error.code, path=located.path) from error


def understand(
    raw: RawTable,
    looks: ColumnLooks,
    layout: str,
    chosen: ChosenColumns | None = None,
    targets: Sequence[int] = (),
) -> dict[str, Any]:
    """Return how a file was read, as JSON: its dialect, its layout and its first columns.

    `chosen` is None if it is not clear which columns are meant; `targets` are the columns of values
    if there are several.
    """
    roles: dict[int, str] = {}
    if chosen is not None:
        roles = dict.fromkeys(targets or [chosen.target], "target")
        roles |= dict.fromkeys(chosen.ids, "id")
        roles |= dict.fromkeys(chosen.covariates, "covariate")
        roles |= dict.fromkeys(chosen.static, "static")
        if chosen.time is not None:
            roles[chosen.time] = "time"
    columns = [
        {
            "name": looks.names[at][:256],
            "looks_like": str(looks[at]),
            "taken_for": roles.get(at),
        }
        for at in range(min(len(looks), _MOST_DESCRIBED))
    ]
    return {**raw.dialect.as_json(), "layout": layout, "columns": columns}


def _refuse_sum(values: Floats, places: CellPlaces) -> None:
    """Raise SeriesError if the last of the values (n,) is the sum of those before it."""
    present = np.flatnonzero(~np.isnan(values))
    *given, last = values[present].tolist() or [0.0]
    if np.count_nonzero(given) < _FEWEST_IN_SUM or not math.isclose(last, math.fsum(given)):
        return
    message = "this value is the sum of all those above it. Delete its row."
    error = places.bad_cell(message, int(present[-1]), places.target)
    raise SeriesError(error.message, code="totals_row", path=error.path)


def _positions(chosen: ChosenColumns) -> list[int]:
    time = () if chosen.time is None else (chosen.time,)
    return [*chosen.ids, *time, chosen.target]


def _count_rows(rows: int, ids: pa.DictionaryArray | None) -> pa.Array:
    """Return the position of each row (rows,) among those of its series."""
    if ids is None:
        return pa.array(np.arange(rows))
    codes = ids.indices.to_numpy()
    order = np.argsort(codes, kind="stable")
    first = np.flatnonzero(np.diff(codes[order], prepend=-1))
    lengths = np.diff(np.append(first, rows))
    counted = np.empty(rows, np.int64)
    counted[order] = np.arange(rows) - np.repeat(first, lengths)
    return pa.array(counted)

"""Tables with a column for each series, or with a row for each series and dates as column names."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
from pyarrow import compute, types

from forecasting.errors import SeriesError
from forecasting.notes import Note
from forecasting.tables.cells.dates import to_times
from forecasting.tables.cells.decimal_sign import NumberStyle
from forecasting.tables.cells.ids import to_ids
from forecasting.tables.cells.numbers import share_decimal, to_numbers
from forecasting.tables.columns.choice import ChosenColumns, KnownColumns, choose_time
from forecasting.tables.columns.looks import ColumnLooks, Look
from forecasting.tables.columns.names import is_id_name, is_time_name, list_names
from forecasting.tables.columns.panel import find_ids
from forecasting.tables.columns.parts import refuse_cut_numbers, refuse_parts
from forecasting.tables.layouts.long import make_places, number_style, read_times, understand
from forecasting.tables.options import TableOptions
from forecasting.tables.raw_table import RawTable, broken_file
from forecasting.tables.sizes import check_size
from forecasting.tables.table_content import CellPlaces, TableContent

_OF_LONG_TABLES = ("target_col", "target_cols", "covariates", "known_ahead", "static_cols")
_VALUE_BYTES = 20
"""What a value takes in the long table: 8 bytes for ds and y each, 4 for unique_id."""


def read_wide(
    raw: RawTable, looks: ColumnLooks, known: KnownColumns, options: TableOptions, limit: int
) -> TableContent:
    """Return the series of a table with a column for each of them, named by the header.

    Raises SeriesError, its path within the request, if it is not clear which columns are meant, or
    a cell cannot be read; TableSizeError or MemoryError for a table that takes too much memory.
    """
    _refuse_columns(options, "id_col", *_OF_LONG_TABLES)
    free = [at for at in range(len(looks)) if at != known.time and not looks.is_index(at)]
    time = choose_time(looks, free, known, wide=True) if known.time is None else known.time
    if time in free:
        free.remove(time)
    series = looks.among(free, Look.NUMBERS)
    if time is not None:
        refuse_parts(looks, time, free)
        # The year or the month beside a date is no series.
        series = [at for at in series if not is_time_name(looks.names[at])]
    if not series:
        raise broken_file(
            f"no column looks like numbers. The columns are: {looks.describe(range(len(looks)))}. "
            "With layout=wide, each column of numbers is a series.",
            code="column_missing",
        )
    refuse_cut_numbers(raw, looks, series)
    names = _different_names([looks.names[at] for at in series])
    positions = series if time is None else [time, *series]
    read = raw.read(positions, numbers=series)
    rows, count = read.num_rows, len(series)
    _check_rows(rows, count, limit)
    chosen = ChosenColumns(series[0], time)
    places = make_places(raw, looks, chosen, rows)
    notes = [*raw.notes, *_note_wide(looks, free, series, time)]
    dates = pa.array(np.arange(rows))
    if time is not None:
        _refuse_repeats(raw, looks, chosen, read.column(0))
        dates, time_notes = read_times(read.column(0), options, places)
        notes += time_notes
    columns = read.columns[len(positions) - count :]
    values, number_notes = _read_values(columns, names, number_style(raw, options), places)
    table = pa.table(
        {
            "unique_id": _repeat(pa.array(names), np.repeat(np.arange(count), rows)),
            "ds": dates.take(pa.array(np.tile(np.arange(rows), count))),
            "y": np.concatenate(values),
        }
    )
    understood = understand(raw, looks, "wide", chosen, series)
    places = replace(places, layout="wide", period=rows)
    return TableContent(table, (*notes, *number_notes), understood, places)


def read_sideways(
    raw: RawTable,
    looks: ColumnLooks,
    known: KnownColumns,
    dates: Sequence[int],
    options: TableOptions,
    limit: int,
) -> TableContent:
    """Return the series of a table with a row for each of them.

    `dates` are the columns whose names are dates. Raises as `read_wide` does.
    """
    _refuse_columns(options, "time_col", *_OF_LONG_TABLES)
    ids = known.ids or _find_row_ids(looks, dates)
    dates, times, time_notes = _read_header(looks, dates, options)
    names = [looks.names[at] for at in dates]
    read = raw.read([*ids, *dates], numbers=dates)
    rows, count = read.num_rows, len(dates)
    _check_rows(rows, count, limit)
    chosen = ChosenColumns(dates[0], None, ids)
    places = make_places(raw, looks, chosen, rows)
    cells, style = read.columns[len(ids) :], number_style(raw, options)
    if any(types.is_dictionary(column.type) for column in cells) and style.decimal is None:
        where = f"the columns {names[0]!r} to {names[-1]!r}"
        style = share_decimal(raw.read(dates).columns, where, style)
    values, number_notes = _read_values(cells, names, style, places)
    columns: dict[str, pa.Array] = {
        "ds": times.take(pa.array(np.tile(np.arange(count), rows))),
        "y": np.stack(values, axis=1).ravel(),
    }
    if ids:
        row_ids = to_ids(read.columns[: len(ids)], [looks.names[at] for at in ids], places)
        _check_row_ids(row_ids, [looks.names[at] for at in ids], places)
        columns["unique_id"] = row_ids.take(pa.array(np.repeat(np.arange(rows), count)))
    elif rows > 1:
        texts = pa.array([str(row) for row in range(rows)])
        columns["unique_id"] = _repeat(texts, np.repeat(np.arange(rows), count))
    ignored = [
        at for at in range(len(looks)) if at not in {*ids, *dates} and not looks.is_index(at)
    ]
    message = f"Read each row as a series, at the dates {names[0]} to {names[-1]}."
    chosen_notes = [Note("columns_chosen", message, rows), *_note_ignored(looks, ignored)]
    understood = understand(raw, looks, "wide", chosen, dates)
    places = replace(places, layout="sideways", period=count, counted=False)
    notes = (*raw.notes, *chosen_notes, *time_notes, *number_notes)
    return TableContent(pa.table(columns), notes, understood, places)


def _read_header(
    looks: ColumnLooks, dates: Sequence[int], options: TableOptions
) -> tuple[Sequence[int], pa.Array, tuple[Note, ...]]:
    """Return columns whose names are times in the order of these, the times, and notes."""
    names = [looks.names[at] for at in dates]
    try:
        times, notes = to_times(pa.chunked_array([names]), options)
    except SeriesError as error:
        if error.path == ("date_format",):
            raise
        message = f"among the names of the columns: {error.message}"
        raise broken_file(message, code=error.code) from error
    if types.is_dictionary(times.type):  # texts whose offsets differ
        return dates, times, notes
    order = compute.array_sort_indices(times)
    times = times.take(order)
    places = order.to_pylist()
    repeated = np.flatnonzero(np.diff(times.cast(pa.int64()).to_numpy()) == 0)
    if repeated.size:
        first, second = (names[places[at]] for at in (repeated[0], repeated[0] + 1))
        raise broken_file(
            f"the names of two columns, {first!r} and {second!r}, are the same time. Give each "
            "column its own time, or delete one of them.",
            code="column_repeated",
        )
    return [dates[place] for place in places], times, notes


def _refuse_columns(options: TableOptions, *names: str) -> None:
    for name in names:
        if getattr(options, name) is not None:
            raise SeriesError(
                f"a table with layout=wide has no {name}: its series are the columns of numbers, "
                f"or the rows below dates. Leave {name} out.",
                code="columns_unclear",
                path=(name,),
            )


def _check_rows(rows: int, columns: int, limit: int) -> None:
    if not rows:
        message = "the file has no rows. Add a row for each date."
        raise broken_file(message, code="file_empty")
    check_size(rows * columns * _VALUE_BYTES, rows, limit)


def _refuse_repeats(
    raw: RawTable, looks: ColumnLooks, chosen: ChosenColumns, times: pa.ChunkedArray
) -> None:
    """Raise SeriesError if times repeat because the columns hold several series each."""
    try:
        find_ids(raw, looks, chosen, times)
    except SeriesError as error:
        if error.path != ("id_col",):
            raise
        raise error.with_message(
            f"{error.message} Leave layout=wide out, and send "
            f"target_col={shlex.quote(looks.names[chosen.target])} or another column of values."
        ) from error


def _different_names(names: list[str]) -> list[str]:
    repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if repeated:
        raise broken_file(
            f"there is more than one column {repeated[0]!r}. With layout=wide, the columns name "
            "the series: give each its own name.",
            code="column_repeated",
        )
    return names


def _note_wide(
    looks: ColumnLooks, free: Sequence[int], series: Sequence[int], time: int | None
) -> list[Note]:
    """Return notes on the columns that were taken for the time, for series, or were left out."""
    listed = list_names([looks.names[at] for at in series])
    read = "their rows in order" if time is None else f"{looks.names[time]!r} as the time"
    notes = [Note("columns_chosen", f"Read as series: {listed}; and {read}.", len(series))]
    ignored = [at for at in free if at not in set(series)]
    return [*notes, *_note_ignored(looks, ignored)]


def _note_ignored(looks: ColumnLooks, ignored: Sequence[int]) -> list[Note]:
    if not ignored:
        return []
    message = f"Left out the columns {list_names([looks.names[at] for at in ignored])}."
    return [Note("columns_ignored", message, len(ignored))]


def _read_values(
    columns: Sequence[pa.ChunkedArray],
    names: Sequence[str],
    style: NumberStyle,
    places: CellPlaces,
) -> tuple[list[np.ndarray], list[Note]]:
    """Return the values of each column (rows,), and one note of each kind."""
    values: list[np.ndarray] = []
    notes: dict[str, Note] = {}
    for column, name in zip(columns, names, strict=True):
        numbers, column_notes = to_numbers(column, name, style, places)
        values.append(numbers.to_numpy())
        notes |= {note.code: note for note in column_notes}
    return values, list(notes.values())


def _find_row_ids(looks: ColumnLooks, dates: Sequence[int]) -> tuple[int, ...]:
    """Return the column that names the rows, or () if there is none.

    A text that is the same in all rows names none of them.

    Raises SeriesError, which proposes columns that tell the first rows apart, if it is not clear.
    """
    rest = [at for at in range(len(looks)) if at not in set(dates) and not looks.is_index(at)]
    texts = looks.among(rest, Look.TEXTS)
    named = [at for at in rest if is_id_name(looks.names[at])]
    differing = [at for at in texts if looks.different(at) > 1]
    for found in (named, differing, texts, rest):
        if len(found) == 1:
            return tuple(found)
    if not rest:
        return ()
    likely = [at for at in named if at in differing] or differing or named or texts or rest
    rows = len(looks.column(rest[0]))
    single = [at for at in likely if looks.different(at) == rows]
    names = ",".join(looks.names[at] for at in single[:1] or differing or likely)
    raise broken_file(
        f"the columns {looks.describe(rest)} may name the rows. Send "
        f"id_col={shlex.quote(names)}, or the ones that tell the rows apart, with commas between "
        "them.",
        code="columns_unclear",
    )


def _check_row_ids(ids: pa.DictionaryArray, names: Sequence[str], places: CellPlaces) -> None:
    codes = ids.indices.to_numpy()
    _, first = np.unique(codes, return_index=True)
    if first.size < codes.size:
        row = int(np.setdiff1d(np.arange(codes.size), first)[0])
        message = f"{ids[row].as_py()!r} names another row, too. Each row is a series."
        raise places.bad_cell(message, row, names[0])


def _repeat(texts: pa.Array, codes: np.ndarray) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), texts)

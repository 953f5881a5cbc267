"""Whether a table without a column of ids holds several series, and which column names them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import compute, types

from forecasting.errors import SeriesError
from forecasting.notes import Note
from forecasting.tables.cells.ids import as_integers
from forecasting.tables.columns.choice import ChosenColumns
from forecasting.tables.columns.looks import ColumnLooks, Look
from forecasting.tables.columns.names import is_id_name, list_names
from forecasting.tables.columns.parts import is_part_of_time, parts_of_times
from forecasting.tables.raw_table import RawTable

Codes = npt.NDArray[np.int64]
_MOST_CANDIDATES = 16
_MOST_IN_PAIRS = 6
_LEFT_OVER = 0.1
"""The share of the repeated times that may be left if a column names the series."""
_ROWS_PER_TIME = 1.2
"""With fewer rows for each time, repeated times are a fault of one series, such as the hour that
comes twice in autumn, unless a column has the name of an id."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    columns: tuple[int, ...]
    codes: Codes
    """(n,): the same number for the same text."""
    named: bool
    """Whether the columns have names that ids often have."""


def find_ids(
    raw: RawTable, looks: ColumnLooks, chosen: ChosenColumns, times: pa.ChunkedArray | None
) -> tuple[tuple[int, ...], list[Note]]:
    """Return the columns that name the series of a table that has no known ids; () if none does.

    If no time repeats there is one series, whatever its columns are called. A column that has the
    name of an id and holds a single one names it, also if a few of its cells are empty, which
    `to_ids` then refuses. Notes name columns that might have been ids and are left out.

    Raises SeriesError if the times repeat because there are several series, unless it is clear
    which column names them, and the other columns were found by what they look like, too. Without
    times, a column that has the name of an id is enough.
    """
    if not _free(looks, chosen):
        return (), []
    candidates = _candidates(raw, looks, chosen)
    only = _find_only_id(raw, looks, chosen)
    named = [one for one in candidates if one.named and one.columns != only]
    if times is None:
        if named:
            one = " If the rows are one series, delete that column."
            raise _unclear(looks, chosen, named, repeated=False, otherwise=one)
        return only, []
    codes = _encode(times)
    repeats = codes.size - np.unique(codes).size
    if not repeats:
        return only, _note_attributes(looks, named)
    explaining = _explaining(candidates, codes, repeats)
    if not explaining:
        _refuse_parts_of_times(raw, looks, chosen, codes, repeats)
        return only, []
    named = [candidate for candidate in explaining if candidate.named]
    likely = named if len(named) == 1 else explaining
    few = _are_few(codes, repeats)
    if chosen.guessed and len(likely) == 1 and not few:
        return likely[0].columns, []
    one = " If there is one series, give each time once." if few else ""
    raise _unclear(looks, chosen, named or explaining, repeated=True, otherwise=one)


def _find_only_id(raw: RawTable, looks: ColumnLooks, chosen: ChosenColumns) -> tuple[int, ...]:
    """Return the one column that is named as ids are and holds a single text or number, in more
    than half of the rows; () if there is none, or several."""
    found = []
    for position in looks.among(_free(looks, chosen), Look.TEXTS, Look.NUMBERS):
        if is_id_name(looks.names[position]) and _is_constant(looks.column(position)):
            column = as_integers(raw.read([position]).column(0))
            mostly = column.null_count < len(column) / 2
            if _is_constant(column) and mostly and not types.is_floating(column.type):
                found.append(position)
    return tuple(found) if len(found) == 1 else ()


def _is_constant(column: pa.ChunkedArray) -> bool:
    return np.unique(_encode(column.drop_null())).size == 1


def check_ids(
    raw: RawTable,
    looks: ColumnLooks,
    chosen: ChosenColumns,
    times: pa.ChunkedArray | None,
    ids: Sequence[pa.ChunkedArray],
) -> None:
    """Raise SeriesError if times repeat within the ids because another column belongs to these."""
    if times is None or not _free(looks, chosen):
        return
    codes = _encode(times)
    for column in ids:
        codes = _pair(_encode(column), codes)
    repeats = codes.size - np.unique(codes).size
    if not repeats:
        return
    explaining = _explaining(_candidates(raw, looks, chosen), codes, repeats)
    if explaining:
        wanted = [candidate for candidate in explaining if candidate.named] or explaining
        raise _unclear(looks, chosen, wanted, repeated=True)
    _refuse_parts_of_times(raw, looks, chosen, codes, repeats)


def _candidates(raw: RawTable, looks: ColumnLooks, chosen: ChosenColumns) -> list[_Candidate]:
    """Return the columns that might name series: few different texts or whole numbers."""
    free = [at for at in _free(looks, chosen) if not is_part_of_time(looks, at)]
    free.sort(key=lambda at: not is_id_name(looks.names[at]))
    found = []
    for position in free[:_MOST_CANDIDATES]:
        named = is_id_name(looks.names[position])
        if looks[position] is Look.TEXTS or (named and looks[position] is Look.NUMBERS):
            column = as_integers(raw.read([position]).column(0))
            if types.is_floating(column.type):
                continue
            codes = _encode(column)
            if 1 < np.unique(codes).size <= codes.size // 2:
                found.append(_Candidate((position,), codes, named))
    return found


def _explaining(candidates: Sequence[_Candidate], times: Codes, repeats: int) -> list[_Candidate]:
    """Return the candidates, or else pairs of them, within whose series times hardly repeat."""
    few = _are_few(times, repeats)
    likely = [candidate for candidate in candidates if candidate.named or not few]
    singles = [one for one in likely if _explains(one.codes, times, repeats)]
    if singles:
        return singles
    pairs = (
        _Candidate(
            (*first.columns, *second.columns),
            _pair(first.codes, second.codes),
            first.named and second.named,
        )
        for first, second in combinations(likely[:_MOST_IN_PAIRS], 2)
    )
    return [pair for pair in pairs if _explains(pair.codes, times, repeats)]


def _are_few(times: Codes, repeats: int) -> bool:
    """Return whether so few times repeat that it may be a fault of one series."""
    return times.size < _ROWS_PER_TIME * (times.size - repeats)


def _explains(codes: Codes, times: Codes, repeats: int) -> bool:
    """Return whether times hardly repeat among the rows that have the same code."""
    left = times.size - np.unique(_pair(codes, times)).size
    return bool(left <= _LEFT_OVER * repeats)


def _refuse_parts_of_times(
    raw: RawTable, looks: ColumnLooks, chosen: ChosenColumns, times: Codes, repeats: int
) -> None:
    """Raise SeriesError if another column holds the rest of each time, such as the hour.

    There may be several series, which a further column names.
    """
    parts = [at for at in _free(looks, chosen) if is_part_of_time(looks, at)]
    candidates = _candidates(raw, looks, chosen) if parts else []
    for position in parts[:_MOST_CANDIDATES]:
        whole = _pair(_encode(raw.read([position]).column(0)), times)
        left = times.size - np.unique(whole).size
        if left <= _LEFT_OVER * repeats or _explaining(candidates, whole, left):
            assert chosen.time is not None
            raise parts_of_times(looks, chosen.time, position)


def _free(looks: ColumnLooks, chosen: ChosenColumns) -> list[int]:
    taken = chosen.taken()
    return [at for at in range(len(looks)) if at not in taken and not looks.is_index(at)]


def _note_attributes(looks: ColumnLooks, named: Sequence[_Candidate]) -> list[Note]:
    """Return a note on columns that have the names of ids in a table of one series."""
    if not named:
        return []
    names = [looks.names[at] for candidate in named for at in candidate.columns]
    message = (
        f"Read one series, for no time repeats, and left out {list_names(names)}. Send "
        f"id_col={shlex.quote(names[0])} if that column names several series."
    )
    return [Note("columns_ignored", message, len(names))]


def _unclear(
    looks: ColumnLooks,
    chosen: ChosenColumns,
    candidates: Sequence[_Candidate],
    *,
    repeated: bool,
    otherwise: str = "",
) -> SeriesError:
    """Return the error that asks for the ids; `otherwise` is said after the cure."""
    looking = ", ".join(
        " with ".join(repr(looks.names[at]) for at in candidate.columns)
        for candidate in candidates[:5]
    )
    names = [
        ",".join(looks.names[at] for at in (*chosen.ids, *candidate.columns))
        for candidate in candidates
    ]
    time = "" if chosen.time is None else looks.names[chosen.time]
    reason = f"the times in {time!r} repeat, for there are" if repeated else "there seem to be"
    cures = " or ".join(f"id_col={shlex.quote(name)}" for name in names[:5])
    verb = "looks like the ids" if len(names) == 1 else "look like ids"
    missing = "there is no column 'unique_id'"
    if chosen.ids:
        known = " and ".join(repr(looks.names[at]) for at in chosen.ids)
        missing = f"{known} does not tell them apart"
    return SeriesError(
        f"{reason} several series, but {missing}. {looking} {verb}: send {cures}.{otherwise}",
        code="column_missing",
        path=("id_col",),
    )


def _encode(column: pa.ChunkedArray) -> Codes:
    """Return the same number for the same cell; empty cells have one, too."""
    if not types.is_dictionary(column.type):
        column = compute.dictionary_encode(column)
    encoded = column.unify_dictionaries().combine_chunks()
    return np.asarray(encoded.indices.fill_null(-1).to_numpy(), dtype=np.int64) + 1


def _pair(first: Codes, second: Codes) -> Codes:
    """Return the same number for the same pair of numbers."""
    codes: Codes = first * (int(second.max()) + 1) + second
    return np.unique(codes, return_inverse=True)[1].astype(np.int64)

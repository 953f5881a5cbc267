"""Rows of a table by the series that they belong to, and pieces of whole series."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from forecasting.types import Floats, Positions

_ROWS_A_PIECE = 500_000
"""A piece with so many rows takes no further series."""
SCHEMA = pa.schema(
    [
        ("ids", pa.string()),
        ("times", pa.large_list(pa.int64())),
        ("values", pa.large_list(pa.float64())),
        ("faults", pa.string()),
    ]
)
"""A row for each run, with lists of its times and values, and what is wrong with its first cell
that cannot be read."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows as runs, in each of which all n rows follow one another and are of one series."""

    ids: Sequence[str | None]
    """The id of each run; None for rows without one."""
    lengths: Positions
    """The number of rows of each run, none of them 0."""
    times: Positions
    """(n,): the time of each row in microseconds, or its step."""
    values: Floats
    """(n,): NaN where a value is missing."""
    faults: Mapping[int, str] = field(default_factory=dict)
    """Where the first cell of a run is that cannot be read, and what is wrong with it, by the
    position of the run; nothing for runs without one."""

    @property
    def starts(self) -> Positions:
        """The row that each run starts with."""
        return np.cumsum(self.lengths) - self.lengths

    def to_batch(self) -> pa.RecordBatch:
        """Return a row for each run, in SCHEMA."""
        offsets = pa.array(np.append(self.starts, self.values.size), pa.int64())
        columns = [
            pa.array(self.ids, pa.string()),
            pa.LargeListArray.from_arrays(offsets, pa.array(self.times)),
            pa.LargeListArray.from_arrays(offsets, pa.array(self.values)),
            pa.array([self.faults.get(run) for run in range(len(self.ids))], pa.string()),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)

    @classmethod
    def from_batch(cls, batch: pa.RecordBatch) -> Rows:
        """Return what `to_batch` was given."""
        lists = batch.column("times")
        return cls(
            batch.column("ids").to_pylist(),
            lists.value_lengths().to_numpy(zero_copy_only=False),
            lists.flatten().to_numpy(zero_copy_only=False),
            batch.column("values").flatten().to_numpy(zero_copy_only=False),
            {
                run: fault
                for run, fault in enumerate(batch.column("faults").to_pylist())
                if fault is not None
            },
        )


@dataclass(frozen=True, slots=True)
class Piece:
    """Some whole series, one run each, that are forecast and written together."""

    number: int
    rows: Rows


def join_rows(parts: Sequence[Rows]) -> Rows:
    """Put rows one after the other; neighbouring runs with the same id become one."""
    ids: list[str | None] = [name for part in parts for name in part.ids]
    before = np.cumsum([0, *(len(part.ids) for part in parts)]).tolist()
    faults = {
        start + run: fault
        for start, part in zip(before, parts, strict=False)
        for run, fault in part.faults.items()
    }
    lengths = np.concatenate([part.lengths for part in parts])
    differs = np.fromiter(map(str.__ne__, *_pairs(ids)), np.bool_, max(len(ids) - 1, 0))
    first = np.flatnonzero(np.append(True, differs))
    return Rows(
        [ids[run] for run in first.tolist()],
        np.add.reduceat(lengths, first),
        np.concatenate([part.times for part in parts]),
        np.concatenate([part.values for part in parts]),
        _join_faults(faults, first),
    )


def _join_faults(faults: Mapping[int, str], first: Positions) -> dict[int, str]:
    """Return the faults of runs that are joined with those after them, from each of `first` on."""
    joined: dict[int, str] = {}
    for run in sorted(faults):
        joined.setdefault(int(np.searchsorted(first, run, side="right")) - 1, faults[run])
    return joined


def _pairs(ids: Sequence[str | None]) -> tuple[list[str], list[str]]:
    """Return ids and their successors as texts that differ if the ids do."""
    texts = ["\0" if name is None else name for name in ids]
    return texts[:-1], texts[1:]


def cut_pieces(stream: Iterable[Rows], series_a_piece: int) -> Iterator[Piece]:
    """Cut rows, in which each series is in one stretch, into pieces.

    The same rows give the same pieces, however they are spread over the parts of the stream.
    """
    number = 0
    waiting: list[Rows] = []
    for rows in stream:
        waiting.append(rows)
        runs = sum(len(part.ids) for part in waiting) - len(waiting)
        if runs < series_a_piece and sum(part.values.size for part in waiting) < _ROWS_A_PIECE:
            continue
        joined = join_rows(waiting)
        ends = _ends(joined.lengths[:-1], series_a_piece)
        start = 0
        for end in ends:
            yield Piece(number, _take(joined, start, end))
            number, start = number + 1, end
        waiting = [_take(joined, start, len(joined.ids))]
    if waiting:
        joined = join_rows(waiting)
        start = 0
        for end in [*_ends(joined.lengths, series_a_piece), len(joined.ids)]:
            if end > start:
                yield Piece(number, _take(joined, start, end))
                number, start = number + 1, end


def _ends(lengths: Positions, series_a_piece: int) -> list[int]:
    """Return after which of the runs, which are whole, the pieces end that are full."""
    ends: list[int] = []
    rows = np.cumsum(lengths)
    start = before = 0
    while True:
        by_rows = int(np.searchsorted(rows, before + _ROWS_A_PIECE)) + 1
        end = min(start + series_a_piece, by_rows)
        if end > lengths.size:
            return ends
        ends.append(end)
        start, before = end, int(rows[end - 1])


def _take(rows: Rows, start: int, end: int) -> Rows:
    """Return some of the runs."""
    first = int(rows.lengths[:start].sum())
    stretch = slice(first, first + int(rows.lengths[start:end].sum()))
    return Rows(
        rows.ids[start:end],
        rows.lengths[start:end],
        rows.times[stretch],
        rows.values[stretch],
        {run - start: fault for run, fault in rows.faults.items() if start <= run < end},
    )

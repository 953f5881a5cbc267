"""Where the windows are cut on which networks are compared, tuned and scored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.series.series import Series
from forecasting.types import Positions

_MOST_AT_ONCE = 256
_MOST_VALUES = 4_000_000
"""The pasts that are cut at once hold no more values than this, unless one alone does: to prepare
them, several copies of them are made."""


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """Where n windows are cut: which series each is of, and how many values lie before it."""

    series: Positions
    cutoffs: Positions

    def __len__(self) -> int:
        """Return n."""
        return len(self.series)

    def __getitem__(self, rows: slice) -> Cutoffs:
        """Return some of them."""
        return Cutoffs(self.series[rows], self.cutoffs[rows])

    def pairs(self) -> list[tuple[int, int]]:
        """Return the position of the series and the cutoff of each window."""
        return list(zip(self.series.tolist(), self.cutoffs.tolist(), strict=True))

    def pasts(self, series: Sequence[Series], horizon: int) -> list[Series]:
        """Return the series of each window as it was known at its cutoff."""
        return [series[position].before(cutoff, horizon) for position, cutoff in self.pairs()]

    def parts(self) -> Iterator[slice]:
        """Yield the rows of windows that are prepared at once, so that this takes little memory."""
        start, values = 0, 0
        for row, cutoff in enumerate(self.cutoffs.tolist()):
            values += cutoff
            if row > start and (values > _MOST_VALUES or row - start >= _MOST_AT_ONCE):
                yield slice(start, row)
                start, values = row, cutoff
        if len(self):
            yield slice(start, len(self))


def spread_cutoffs(ranges: Mapping[int, range], most: int, seed: int | None = None) -> Cutoffs:
    """Choose at most about `most` cutoffs, equally many from each series that has so many.

    `ranges` are the possible cutoffs of each series by its position. They are chosen evenly or,
    with a seed, at random. If there are more series than `most`, so many of them get one each.
    """
    rng = np.random.default_rng(seed or 0)
    positions = np.array([position for position, found in ranges.items() if len(found)], np.int64)
    if len(positions) > most:
        positions = np.sort(rng.choice(positions, most, replace=False))
    each = max(1, most // max(len(positions), 1))
    chosen = []
    for position in positions.tolist():
        found = np.asarray(ranges[position])
        if len(found) > each:
            evenly = np.linspace(0, len(found) - 1, each).round().astype(np.int64)
            places = evenly if seed is None else rng.choice(len(found), each, replace=False)
            found = np.sort(found[places])
        chosen.append(found)
    counts = [len(found) for found in chosen]
    return Cutoffs(np.repeat(positions, counts), np.concatenate([*chosen, np.empty(0, np.int64)]))

"""Counting the rows and the series of a table, and finding out whether each series is in one
stretch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
_MOST_KEPT = 50_000_000
"""Of how many series the hashes are kept; of more, it is not known how many there are."""
_FIRST_LOOK = 100_000


def hash_ids(ids: Sequence[str | None]) -> Hashes:
    """Return a number for each id that is the same wherever the id comes."""
    from pandas.util import hash_array

    texts = np.array(["\0" if name is None else name for name in ids], dtype=object)
    return np.asarray(hash_array(texts, categorize=False))


@dataclass(slots=True)
class DistinctIds:
    """Counts different ids in bounded memory."""

    runs: int = 0
    """How many ids were added, the same ones again included."""
    _known: Hashes = field(default_factory=lambda: np.empty(0, np.uint64))
    _new: list[Hashes] = field(default_factory=list)
    _waiting: int = 0
    _too_many: bool = False

    def add(self, hashes: Hashes) -> None:
        """Add the hashes of some ids."""
        self.runs += hashes.size
        if self._too_many:
            return
        self._new.append(hashes)
        self._waiting += hashes.size
        if self._waiting > max(_FIRST_LOOK, self._known.size):
            self._settle()

    @property
    def count(self) -> int | None:
        """How many different ids there are; None if they are too many to tell."""
        self._settle()
        return None if self._too_many else int(self._known.size)

    @property
    def settled(self) -> int:
        """How many different ids there are for certain, among those that were looked at."""
        return int(self._known.size)

    @property
    def waiting(self) -> int:
        """How many of the added ids were not looked at yet."""
        return self._waiting

    def _settle(self) -> None:
        self._known = np.unique(np.concatenate([self._known, *self._new]))
        self._new, self._waiting = [], 0
        if self._known.size > _MOST_KEPT:
            self._known, self._too_many = np.empty(0, np.uint64), True


@dataclass(frozen=True, slots=True)
class Census:
    """What there is in a table whose series are each in one stretch."""

    rows: int
    series: int | None
    """None if there are too many to tell."""


def take_census(batches: Iterable[tuple[Sequence[str | None], int]]) -> Census | None:
    """Count rows and series by the ids of the runs of each batch, and its number of rows.

    Returns None, as soon as that is clear, if the rows of some series are not in one stretch, or if
    there are too many series to tell.
    """
    distinct, rows = DistinctIds(), 0
    last: str | None = None
    for ids, count in batches:
        goes_on = rows > 0 and ids[0] == last
        distinct.add(hash_ids(ids[1:] if goes_on else ids))
        rows, last = rows + count, ids[-1]
        if distinct.settled < distinct.runs - distinct.waiting:
            return None
    series = distinct.count
    return Census(rows, series) if series == distinct.runs else None

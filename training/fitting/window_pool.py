"""The windows that could be cut from series, of which some are drawn in each epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.networks.windows import Windows
from forecasting.series.series import Series
from forecasting.types import Positions

_SHARE_EXPONENT = 0.5


@dataclass(frozen=True, slots=True)
class WindowPool:
    """All windows of one part of the k series that have some: runs of cutoffs, one for each series.

    A series with n windows has a share of those that are drawn in proportion to the square root of
    n, so that long series do not drown short ones, nor count as little as these. This is how
    languages with much and with little text are balanced: Lample and Conneau (2019), Cross-lingual
    Language Model Pretraining, section 3.1, with their exponent of 0.5.
    """

    dataset: Sequence[Series]
    series: Positions
    """Shape (k,): the positions of the series in `dataset`, rising."""
    first: Positions
    """Shape (k,): the first cutoff in each series."""
    counts: Positions
    """Shape (k,): how many cutoffs follow one another there, at least one."""
    context_length: int
    horizon: int

    @classmethod
    def of(
        cls,
        dataset: Sequence[Series],
        cutoffs: Mapping[int, range],
        *,
        context_length: int,
        horizon: int,
    ) -> WindowPool:
        """Return the pool of windows with these cutoffs, by the position of their series."""
        some = {position: found for position, found in cutoffs.items() if len(found)}
        return cls(
            dataset,
            np.array(list(some), np.int64),
            np.array([found.start for found in some.values()], np.int64),
            np.array([len(found) for found in some.values()], np.int64),
            context_length,
            horizon,
        )

    def __len__(self) -> int:
        """Return how many windows there are."""
        return int(self.counts.sum())

    @property
    def latest_cutoff(self) -> int:
        """The most observations that lie before the target of a window."""
        return int((self.first + self.counts).max()) - 1

    def draw(self, count: int, rng: np.random.Generator) -> Windows:
        """Return `count` windows, drawn at random and in random order.

        The windows that are drawn from a series are evenly spaced from a random start on, so that
        each comes once before one comes twice. If all series are of the same length, every window
        of the pool comes once in `len(pool)`.
        """
        numbers = self._allot(count, rng.random())
        windows = self._spaced(numbers, rng.random(len(numbers)))
        return windows[rng.permutation(len(windows))]

    def spread(self, most: int) -> Windows:
        """Return at most `most` windows, evenly spaced in each series; all, if these are fewer."""
        numbers = self.counts
        if len(self) > most:
            numbers = np.minimum(self._allot(most, 0.5), self.counts)
        return self._spaced(numbers, np.full(len(numbers), 0.5))

    def _allot(self, count: int, start: float) -> Positions:
        """Return how many of `count` windows each series gets, (k,), by systematic sampling.

        Its share is rounded up or down, depending on `start` in [0, 1). Source: Madow and Madow
        (1944), On the Theory of Systematic Sampling, I.
        """
        shares = self.counts**_SHARE_EXPONENT
        ends = np.cumsum(count / shares.sum() * shares).round(6)
        before = np.concatenate([[0.0], ends[:-1]])
        return (np.floor(ends + start) - np.floor(before + start)).astype(np.int64)

    def _spaced(self, numbers: Positions, starts: np.ndarray) -> Windows:
        """Return so many windows of each series; `starts` in [0, 1) say where in their spacing."""
        row = np.repeat(np.arange(len(numbers)), numbers)
        place = np.arange(len(row)) - np.repeat(np.cumsum(numbers) - numbers, numbers)
        steps = (place + starts[row]) * self.counts[row] / numbers[row]
        cutoffs = self.first[row] + np.minimum(steps.astype(np.int64), self.counts[row] - 1)
        return Windows(self.dataset, self.series[row], cutoffs, self.context_length, self.horizon)

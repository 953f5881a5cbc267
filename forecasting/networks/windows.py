"""Training windows: what a network sees of a series (the context) and what follows (the target).

A context that reaches back before its series began is padded with NaN on the left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from forecasting.series.series import Series
from forecasting.types import Floats, Positions


@dataclass(frozen=True, slots=True)
class Windows:
    """Where n windows are cut. Their arrays are made whenever they are asked for.

    The window with cutoff c has as its context the last `context_length` values before c, as they
    were known at c, and as its target the values from c to c + horizon.
    """

    dataset: Sequence[Series]
    """The series that the windows are cut from."""
    series: Positions
    """Shape (n,): the position in `dataset` of the series of each window."""
    cutoffs: Positions
    """Shape (n,): how many observations of the series lie before the target of each window."""
    context_length: int
    horizon: int

    def __len__(self) -> int:
        """Return n, the number of windows."""
        return len(self.cutoffs)

    def __getitem__(self, rows: Positions | slice) -> Windows:
        """Return the windows at some positions."""
        return replace(self, series=self.series[rows], cutoffs=self.cutoffs[rows])

    @property
    def contexts(self) -> Floats:
        """The contexts in the units of the series, (n, context_length)."""
        contexts = np.full((len(self), self.context_length), np.nan)
        for row, (series, cutoff) in enumerate(self._places()):
            known = series.known_values(cutoff)[-self.context_length :]
            contexts[row, self.context_length - known.size :] = known
        return contexts

    @property
    def targets(self) -> Floats:
        """The targets in the units of the series, (n, horizon); NaN where a value is missing."""
        targets = np.empty((len(self), self.horizon))
        for row, (series, cutoff) in enumerate(self._places()):
            steps = slice(cutoff, cutoff + self.horizon)
            targets[row] = series.values[steps]
            if series.missing is not None:
                targets[row, series.missing[steps]] = np.nan
        return targets

    def thinned(self, most: int) -> Windows:
        """Return at most so many of the windows, evenly spaced."""
        if len(self) <= most:
            return self
        return self[np.linspace(0, len(self) - 1, most).round().astype(np.int64)]

    def _places(self) -> list[tuple[Series, int]]:
        cutoffs = self.cutoffs.tolist()
        return [(self.dataset[at], cutoff) for at, cutoff in zip(self.series, cutoffs, strict=True)]

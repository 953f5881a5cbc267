"""Training windows: what a network sees of a series (the context) and what follows (the target).

A context that reaches back before its series began is padded with NaN on the left.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecasting.series.series import Series
from forecasting.types import Floats, Positions


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows of one or several series, in the units of the series."""

    contexts: Floats
    """Shape (n, context_length)."""
    targets: Floats
    """Shape (n, horizon): NaN where a value is missing."""
    series: Positions
    """Shape (n,): which series each window comes from."""
    cutoffs: Positions
    """Shape (n,): how many observations of the series lie before the target of each window."""

    def __len__(self) -> int:
        """Return n, the number of windows."""
        return len(self.targets)

    def __getitem__(self, rows: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> "Windows":
        """Return the windows at `rows`, which are positions or a mask (n,)."""
        return Windows(
            self.contexts[rows], self.targets[rows], self.series[rows], self.cutoffs[rows]
        )


def slide(
    series: Series,
    context_length: int,
    horizon: int,
    *,
    first_cutoff: int,
    end: int,
    stride: int = 1,
    position: int = 0,
) -> Windows:
    """Return every window of a series with a cutoff ≥ `first_cutoff` and a target up to `end`.

    The window with cutoff c has as its context the last `context_length` values before c, as they
    were known at c, and as its target the values from c to c + horizon. Cutoffs are `stride` apart.
    `position` is that of the series among all.
    """
    cutoffs = np.arange(first_cutoff, end - horizon + 1, stride)
    padding = np.full(context_length, np.nan)
    padded = np.concatenate([padding, series.values])
    contexts = padded[cutoffs[:, None] + np.arange(context_length)]
    if series.missing is not None:
        for row in np.flatnonzero(series.missing[cutoffs - 1]):
            known = series.known_values(int(cutoffs[row]))
            contexts[row] = np.concatenate([padding, known])[-context_length:]
    targets = series.observed()[cutoffs[:, None] + np.arange(horizon)]
    return Windows(contexts, targets, np.full(cutoffs.size, position), cutoffs)


def join(parts: Sequence[Windows]) -> Windows:
    """Return the windows of all parts (one or more, alike in shape), one part after the other."""
    return Windows(
        np.concatenate([part.contexts for part in parts]),
        np.concatenate([part.targets for part in parts]),
        np.concatenate([part.series for part in parts]),
        np.concatenate([part.cutoffs for part in parts]),
    )

"""Training windows: what a network sees of a series (the context) and what follows (the target).

A context that reaches back before its series began is padded with NaN on the left.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecasting.types import Floats, Positions


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows of one or several series, in the units of the series."""

    contexts: Floats
    """Shape (n, context_length)."""
    targets: Floats
    """Shape (n, horizon)."""
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
    values: Floats,
    context_length: int,
    horizon: int,
    *,
    first_cutoff: int,
    end: int,
    stride: int = 1,
    series: int = 0,
) -> Windows:
    """Return every window of `values` (t,) with a cutoff ≥ `first_cutoff` and a target up to `end`.

    The window with cutoff c has the context values[c - context_length : c] and the target
    values[c : c + horizon]; its context holds nothing at or after c. Cutoffs are `stride` apart.
    `series` is what the windows give as the series that they come from.
    """
    cutoffs = np.arange(first_cutoff, end - horizon + 1, stride)
    padded = np.concatenate([np.full(context_length, np.nan), values])
    contexts = padded[cutoffs[:, None] + np.arange(context_length)]
    targets = values[cutoffs[:, None] + np.arange(horizon)]
    return Windows(contexts, targets, np.full(cutoffs.size, series), cutoffs)


def join(parts: Sequence[Windows]) -> Windows:
    """Return the windows of all parts (one or more, alike in shape), one part after the other."""
    return Windows(
        np.concatenate([part.contexts for part in parts]),
        np.concatenate([part.targets for part in parts]),
        np.concatenate([part.series for part in parts]),
        np.concatenate([part.cutoffs for part in parts]),
    )

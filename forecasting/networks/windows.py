"""Windows: what a network sees of a series (the context) and what it must say (the target).

A context that reaches back before its series began is padded with NaN on the left.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.types import Floats


@dataclass(frozen=True, slots=True)
class Windows:
    """`contexts` (n, context_length), `targets` (n, horizon), in the series' own units.

    `series` (n,) says which series a window comes from, `cutoffs` (n,) how many observations lie
    before its target.
    """

    contexts: Floats
    targets: Floats
    series: np.ndarray
    cutoffs: np.ndarray

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, rows: np.ndarray) -> "Windows":
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
    """Every window of `values` (n,) with a cutoff ≥ `first_cutoff` and a target within `end`.

    The window with cutoff c has the context values[c - context_length : c] and the target
    values[c : c + horizon]; it sees nothing at or after c.
    """
    cutoffs = np.arange(first_cutoff, end - horizon + 1, stride)
    padded = np.concatenate([np.full(context_length, np.nan), values])
    contexts = padded[cutoffs[:, None] + np.arange(context_length)]
    targets = values[cutoffs[:, None] + np.arange(horizon)]
    return Windows(contexts, targets, np.full(cutoffs.size, series), cutoffs)


def join(parts: Sequence[Windows]) -> Windows:
    return Windows(
        np.concatenate([part.contexts for part in parts]),
        np.concatenate([part.targets for part in parts]),
        np.concatenate([part.series for part in parts]),
        np.concatenate([part.cutoffs for part in parts]),
    )

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


def stack_contexts(series: Sequence[Floats], context_length: int) -> Floats:
    """The last `context_length` values of each series, shape (len(series), context_length)."""
    lengths = np.fromiter((values.size for values in series), np.int64, len(series))
    if (lengths == lengths[0]).all():
        recent = np.stack(series)[:, -context_length:]
        padding = context_length - recent.shape[1]
        return np.pad(recent, ((0, 0), (padding, 0)), constant_values=np.nan) if padding else recent
    ends = np.cumsum(lengths)[:, None]
    places = ends - context_length + np.arange(context_length)
    inside = places >= ends - lengths[:, None]
    return np.where(inside, np.concatenate(series)[np.maximum(places, 0)], np.nan)


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

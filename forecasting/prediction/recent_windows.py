"""A forecaster tried on the latest past of the very series that it is to forecast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecasting.prediction.conformal import fit_widths
from forecasting.types import Floats

MOST_WINDOWS = 20
FEWEST_WINDOWS = 5
"""Fewer say nothing about a series."""
_WIDEST = 2.0
"""Few windows may not do more than that: one outlier in them would."""


@dataclass(frozen=True, slots=True)
class RecentWindows:
    """Windows of n series, series after series, the latest cutoff of each first.

    `contexts`: what lies before the cutoff of each of m windows; `series` and `numbers` (m,): the
    series that it is of, and which window of that; `targets` (n, MOST_WINDOWS, horizon), NaN where
    the series ends before, or there is no window; `counts` (n,): the windows of each series.
    """

    contexts: list[Floats]
    series: npt.NDArray[np.int64]
    numbers: npt.NDArray[np.int64]
    targets: Floats
    counts: npt.NDArray[np.int64]

    def fit_widths(self, predicted: Floats, quantiles: Sequence[float]) -> Floats:
        """From forecasts of every window (m, ≥ horizon, outputs), what to multiply the distances
        of the quantiles of each series from its median by: (n, horizon, outputs)."""
        horizon, outputs = self.targets.shape[-1], predicted.shape[-1]
        placed = np.zeros((*self.targets.shape, outputs))
        placed[self.series, self.numbers] = predicted[:, :horizon]
        return fit_widths(placed, self.targets, quantiles, _WIDEST)


def recent_windows(series: Sequence[Floats], horizon: int, shortest_context: int) -> RecentWindows:
    """Up to MOST_WINDOWS windows of each series (t,), none of one that has fewer than
    FEWEST_WINDOWS.

    They are spread over the latter half of the series, at most `horizon` steps apart. A window sees
    nothing at or after its cutoff, and at least half of the series, `shortest_context` values and
    two that differ before it. Its target may go on past the end of the series: the steps that are
    known count.
    """
    cutoffs = [_cutoffs(values, horizon, shortest_context) for values in series]
    counts = np.array([cuts.size for cuts in cutoffs], np.int64)
    targets = np.full((len(series), MOST_WINDOWS, horizon), np.nan)
    for place, (values, cuts) in enumerate(zip(series, cutoffs, strict=True)):
        steps = cuts[:, None] + np.arange(horizon)
        known = values[np.minimum(steps, values.size - 1)]
        targets[place, : cuts.size] = np.where(steps < values.size, known, np.nan)
    return RecentWindows(
        contexts=[
            values[:cut]
            for values, cuts in zip(series, cutoffs, strict=True)
            for cut in cuts.tolist()
        ],
        series=np.repeat(np.arange(len(series)), counts),
        numbers=np.concatenate([np.arange(count) for count in counts.tolist()]),
        targets=targets,
        counts=counts,
    )


def _cutoffs(values: Floats, horizon: int, shortest_context: int) -> npt.NDArray[np.int64]:
    """Where the windows of a series are cut, the latest first."""
    other = np.flatnonzero(values != values[0])
    if not other.size:
        return other
    first = max(shortest_context, -(-values.size // 2), int(other[0]) + 1)
    found = np.arange(values.size - 1, first - 1, -1)
    stride = max(1, min(horizon, found.size // MOST_WINDOWS))
    kept = found[::stride][:MOST_WINDOWS]
    return kept if kept.size >= FEWEST_WINDOWS else kept[:0]

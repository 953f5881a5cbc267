"""A small backtest of each series on its own past, and the weights that it gives to looks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.networks.signature import Signature
from forecasting.prediction.effort.effort import MOST_WINDOWS
from forecasting.prediction.effort.looks import LOOKS, Pasts
from forecasting.types import Floats, Positions

_SPREAD = 5
"""Windows are as far apart as would let so many fit, at most a horizon."""
_SHORTEST_PAST = 10
"""At least so many values, and a third of the series, lie before a window."""
_PRIOR = np.array([4.0, 2.0, *[1.0] * (len(LOOKS) - 3), 8.0])
"""How much each look weighs before anything was tried: the series as it is, upside down, others,
and the larger network."""
_SHARPNESS = 6.0
"""Weights fall with this power of the error, so that errors nearly equal move them little."""
_LARGEST_RATIO = 1e3


@dataclass(frozen=True, slots=True)
class Hindcasts:
    """w windows in the past of n series."""

    pasts: Pasts
    """The series before each window."""
    series: Positions
    """The index of the series that each window is of, (w,)."""
    targets: Floats
    """What came, (w, horizon); NaN where a value is missing, but not throughout."""
    counts: Positions
    """The number of windows of each series, (n,)."""
    evidence: Floats
    """The horizons that the windows of each series span, (n,): fewer than windows if these overlap,
    and at most MOST_WINDOWS."""

    @classmethod
    def of(cls, pasts: Pasts, horizon: int, signature: Signature) -> Hindcasts:
        """Cut up to MOST_WINDOWS windows of `horizon` steps from each of n series.

        The latest window ends with the series. What lies before a window ends where it begins.
        """
        cutoffs = [
            _cutoffs(values, length, horizon, signature)
            for values, length in zip(pasts.values, pasts.season_lengths, strict=True)
        ]
        cut = [(row, cutoff) for row, found in enumerate(cutoffs) for cutoff in found]
        rows = np.array([row for row, _ in cut], np.int64)
        return cls(
            Pasts(
                [pasts.values[row][:cutoff] for row, cutoff in cut],
                [pasts.season_lengths[row] for row, _ in cut],
                [pasts.dates[row] for row, _ in cut],
            ),
            rows,
            np.reshape(
                [pasts.values[row][cutoff : cutoff + horizon] for row, cutoff in cut], (-1, horizon)
            ),
            np.bincount(rows, minlength=len(pasts.values)),
            np.array([1 + (found[0] - found[-1]) / horizon if found else 0.0 for found in cutoffs]),
        )

    def weights(self, hindcasts: Floats) -> Floats:
        """Return the weights of the looks at each series, (n, looks); each row adds up to 1.

        `hindcasts` (looks, w, horizon) are the point forecasts of the windows. The weight of a look
        is its prior times a power of the ratio of the plain look's mean absolute error to its own;
        the power falls with the evidence. A series without windows keeps to the plain look.
        """
        errors = np.nanmean(np.abs(hindcasts - self.targets), axis=2)
        looks = len(hindcasts)
        sums = np.zeros((len(self.counts), looks))
        np.add.at(sums, self.series, errors.T)
        plain = np.maximum(sums[:, :1], np.finfo(np.float64).tiny)
        with np.errstate(over="ignore"):
            ratios = np.clip(sums / plain, 1 / _LARGEST_RATIO, _LARGEST_RATIO)
        weights = _PRIOR[:looks] * ratios ** (-_SHARPNESS * self.evidence / MOST_WINDOWS)[:, None]
        weights[self.counts == 0] = np.arange(looks) == 0
        return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _cutoffs(values: Floats, season_length: int, horizon: int, signature: Signature) -> list[int]:
    """Return where the windows of a series begin, the latest first."""
    last = values.size - horizon
    fewest = max(_SHORTEST_PAST, signature.shortest_context, values.size // 3)
    spare = last - max(2 * season_length, _SHORTEST_PAST)
    apart = int(np.clip(spare // _SPREAD, 1, horizon))
    found = (last - apart * window for window in range(MOST_WINDOWS))
    observed = np.isfinite(values)
    return [
        cutoff
        for cutoff in found
        if cutoff >= fewest
        and observed[:cutoff].sum() >= _SHORTEST_PAST // 2
        and observed[cutoff : cutoff + horizon].any()
    ]

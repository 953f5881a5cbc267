"""How good forecasts have turned out to be, beside seasonal naive on the same points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.evaluation.live_points import LivePoints
from forecasting.types import Floats, Positions


@dataclass(frozen=True, slots=True)
class LiveScores:
    """The scores of one method on some points. A score that is not defined is None."""

    mase: float | None
    """The mean absolute error as a multiple of the scale, which is the mean absolute error of
    seasonal naive on the past of each forecast: Hyndman and Koehler (2006), section 3."""
    bias: float | None
    """The mean error, forecast minus actual, as a multiple of the same scale."""
    coverage: dict[str, float | None]
    """For each level in percent, the share of the values that lie within the interval."""


@dataclass(frozen=True, slots=True)
class ScoredGroup:
    """The scores on some of the points."""

    values: int
    """How many points there are."""
    model: LiveScores
    seasonal_naive: LiveScores


def score_groups(points: LivePoints, groups: Positions, count: int) -> list[ScoredGroup]:
    """Score points by groups: `groups` (n,) numbers that of each point, from 0 to `count` - 1.

    Points without a scale are left out of MASE and bias, and those without an interval of a level
    out of its coverage.
    """
    values = np.bincount(groups, minlength=count).tolist()

    def means(of: Floats) -> list[float | None]:
        seen = np.isfinite(of)
        sums = np.bincount(groups[seen], of[seen], count)
        counts = np.bincount(groups[seen], minlength=count)
        pairs = zip(sums.tolist(), counts.tolist(), strict=True)
        return [total / number if number else None for total, number in pairs]

    mase, bias = means(np.abs(points.error)), means(points.error)
    naive_mase, naive_bias = means(np.abs(points.naive_error)), means(points.naive_error)
    coverage = {level: means(inside) for level, inside in points.inside.items()}
    return [
        ScoredGroup(
            values[group],
            LiveScores(
                mase[group],
                bias[group],
                {level: shares[group] for level, shares in coverage.items()},
            ),
            LiveScores(naive_mase[group], naive_bias[group], {}),
        )
        for group in range(count)
    ]

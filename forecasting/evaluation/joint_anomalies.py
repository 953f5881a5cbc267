"""Anomalies of several series together: steps at which they are far from what was expected."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecasting.evaluation.anomalies import AnomalyScores
from forecasting.prediction.quantiles import interval_quantiles, normal_scores
from forecasting.types import Floats


@dataclass(frozen=True, slots=True)
class JointScores:
    """How far n series together are from what was expected at each of t steps."""

    accumulated: Floats
    """The sum over the series of the squares of their standardized distances, (t,)."""
    outside: npt.NDArray[np.bool_]
    """Whether each step's sum is larger than chance explains at the level, (t,)."""


def score_jointly(scores: AnomalyScores, count: int, level: float) -> JointScores:
    """Judge `count` series together, whose t scored values each lie one series after another.

    A score of 1 is the edge of the band of `level` percent, which is as many standard deviations
    away as that quantile of the normal distribution. If the series are independent, the sum of the
    squares of k of them has the chi-square distribution with k degrees of freedom, and a step is
    outside beyond its quantile of that level. Missing values do not count. A step is outside, too,
    if one of its values is, in a band without width.
    """
    edge = normal_scores(interval_quantiles(level))[1]
    squares = (edge * scores.score.reshape(count, -1)) ** 2
    known = np.isfinite(squares)
    accumulated = np.where(known, squares, 0.0).sum(axis=0)
    degrees = known.sum(axis=0)
    beyond = accumulated > chi_square_quantile(level / 100, np.maximum(degrees, 1))
    without_width = (scores.outside.reshape(count, -1) & ~known).any(axis=0)
    return JointScores(accumulated, beyond | without_width)


def chi_square_quantile(probability: float, degrees: npt.NDArray[np.int64]) -> Floats:
    """Return a quantile of the chi-square distribution for each number of degrees of freedom.

    Wilson and Hilferty (1931), The distribution of chi-square: its cube root is nearly normal. For
    probabilities from 0.95 to 0.999, that is within 2.5 % for one degree of freedom, and within 1 %
    for more.
    """
    score = normal_scores((probability,))[0]
    spread = 2 / (9 * degrees)
    quantiles: Floats = degrees * (1 - spread + score * np.sqrt(spread)) ** 3
    return quantiles

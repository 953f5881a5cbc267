"""Quantiles at any probability from the few that a network predicts."""

from collections.abc import Sequence
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from forecasting.types import Floats


@lru_cache(maxsize=1024)
def interpolation_weights(known: tuple[float, ...], wanted: tuple[float, ...]) -> Floats:
    """Return the weights (len(wanted), len(known)) that turn known quantiles into wanted ones.

    Quantiles are taken to be piecewise linear in the standard normal score of their probability,
    and linear beyond the outermost two. That is exact for a normal distribution, keeps rising
    quantiles rising, and leaves a known quantile as it is.
    """
    if len(known) == 1:
        return np.ones((len(wanted), 1))
    scores = normal_scores(known)
    targets = normal_scores(wanted)
    left = np.clip(np.searchsorted(scores, targets) - 1, 0, len(known) - 2)
    share = (targets - scores[left]) / (scores[left + 1] - scores[left])
    weights = np.zeros((len(wanted), len(known)))
    rows = np.arange(len(wanted))
    weights[rows, left] = 1 - share
    weights[rows, left + 1] += share
    return weights


def interval_quantiles(level: float) -> tuple[float, float]:
    """Return the two quantiles that bound the central interval of `level` percent.

    For a level of 80 they are 0.1 and 0.9.
    """
    tail = (100 - level) / 200
    return round(tail, 10), round(1 - tail, 10)


def normal_scores(quantiles: Sequence[float]) -> Floats:
    """Return the standard normal scores of probabilities, (len(quantiles),): 0 for 0.5."""
    return np.array([NormalDist().inv_cdf(quantile) for quantile in quantiles])

"""Samples drawn from the quantiles of a forecast."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

from forecasting.prediction.quantiles import normal_scores
from forecasting.types import Floats

SAMPLED = (0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999)
"""The quantiles that samples are drawn from. None lies beyond the outermost two."""


def generator_of(content: bytes) -> np.random.Generator:
    """Return the generator for the samples of a request: the same body gets the same samples."""
    return np.random.default_rng(list(hashlib.sha256(content).digest()))


def draw_samples(
    quantiles: Mapping[float, list[float]], count: int, generator: np.random.Generator
) -> Floats:
    """Return samples (count, horizon) of a forecast, in the units of the series.

    `quantiles` has the forecast at each step for all of SAMPLED. At each step, the samples are the
    quantiles of the probabilities (i + ½) / count, which Hazen (1914) gave to the i-th of `count`
    values, in an order that is drawn at random: so their distribution at each step is that of the
    forecast, and the steps are independent of each other. Between the quantiles, values are
    interpolated as forecasts are, in the standard normal score of the probability.
    """
    known = np.array([quantiles[probability] for probability in SAMPLED])
    scores = normal_scores([(place + 0.5) / count for place in range(count)])
    at = normal_scores(SAMPLED)
    values = np.stack([np.interp(scores, at, step) for step in known.T], axis=1)
    return generator.permuted(values, axis=0)

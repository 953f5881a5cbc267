"""The Theta method, for many series at once: a statistical yardstick that is hard to beat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecasting.networks.features import stack_contexts
from forecasting.prediction.forecaster import Forecast
from forecasting.prediction.quantiles import normal_scores
from forecasting.prediction.seasonality import measure_seasons
from forecasting.types import Floats

LONGEST_PAST = 2_048
"""Values of a series that are looked at, the latest ones."""
_COARSE = np.arange(0.05, 1.0, 0.1)
_FINE = np.arange(-0.05, 0.055, 0.01)


def theta_forecast(
    pasts: Sequence[Floats],
    season_lengths: Sequence[int],
    horizon: int,
    quantiles: Sequence[float] = (),
) -> Forecast:
    """Forecast n series, each (t,), finite, t ≥ 1: `point` (n, horizon), `quantiles`
    (n, horizon, number asked).

    The standard method of Assimakopoulos and Nikolopoulos (2000) in the form that Hyndman and
    Billah (2003), Unmasking the Theta method, section 3, show it to have: the season is taken out
    (here as `seasonality` does it), what is left is forecast by simple exponential smoothing with a
    drift of half its least-squares slope, and the season is put back. The smoothing weight is that
    of the least squared one-step error. Quantiles are normal, with the variance of simple
    exponential smoothing k steps ahead, σ² (1 + (k − 1) α²): Hyndman et al. (2008), Forecasting
    with exponential smoothing, section 6.3.
    """
    lengths = np.asarray(season_lengths)
    point = np.empty((len(pasts), horizon))
    spread = np.empty((len(pasts), horizon, len(quantiles)))
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        alike = [pasts[int(row)] for row in rows]
        longest = max(values.size for values in alike)
        contexts = stack_contexts(alike, min(longest, LONGEST_PAST))
        seasons = measure_seasons(contexts, int(length))
        centre, deviation = _smooth_with_drift(seasons.remove(contexts), horizon)
        around = centre[:, :, None] + deviation[:, :, None] * normal_scores(quantiles)
        point[rows] = seasons.restore(centre)
        spread[rows] = seasons.restore(around)
    return Forecast(point, spread)


def _smooth_with_drift(values: Floats, horizon: int) -> tuple[Floats, Floats]:
    """Centre and deviation, both (n, horizon), after values (n, t), NaN before a series began."""
    sizes = (~np.isnan(values)).sum(axis=1)
    alpha, level, squares = _best_smoothing(values, sizes)
    deviation = np.sqrt(squares / np.maximum(sizes - 2, 1))
    steps = np.arange(horizon)
    settled = (1 - (1 - alpha) ** sizes) / alpha
    drift = _slopes(values, sizes)[:, None] / 2 * (steps + settled[:, None])
    return level[:, None] + drift, deviation[:, None] * np.sqrt(1 + steps * alpha[:, None] ** 2)


def _slopes(values: Floats, sizes: np.ndarray) -> Floats:
    """Least-squares slope of each row, (n,); 0 for a single value."""
    observed = ~np.isnan(values)
    times = np.arange(values.shape[1]) - (values.shape[1] - (sizes[:, None] + 1) / 2)
    times = np.where(observed, times, 0.0)
    products = np.where(observed, values, 0.0) * times
    return np.asarray(products.sum(axis=1) / np.maximum((times**2).sum(axis=1), 0.5))


def _best_smoothing(values: Floats, sizes: np.ndarray) -> tuple[Floats, Floats, Floats]:
    """The best weight of each row, its last level and sum of squared errors, each (n,)."""
    rows = np.arange(len(values))
    first = values[rows, values.shape[1] - sizes]
    whole = np.where(np.isnan(values), first[:, None], values)
    coarse = np.tile(_COARSE, (len(values), 1))
    near = coarse[rows, _smooth(whole, coarse)[1].argmin(axis=1)]
    weights = np.clip(near[:, None] + _FINE, 0.01, 0.99)
    levels, squares = _smooth(whole, weights)
    best = squares.argmin(axis=1)
    return weights[rows, best], levels[rows, best], squares[rows, best]


def _smooth(values: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Simple exponential smoothing of (n, t) by each weight (n, a), from the first value on: the
    last levels and the sums of squared one-step errors, each (n, a)."""
    level = np.repeat(values[:, :1], weights.shape[1], axis=1)
    squares = np.zeros_like(level)
    for column in values.T[1:]:
        error = column[:, None] - level
        squares += error**2
        level = level + weights * error
    return level, squares

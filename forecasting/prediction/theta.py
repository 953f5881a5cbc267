"""The Theta method: a baseline that a network has to beat, and a second opinion beside it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecasting.networks.features import stack_contexts
from forecasting.prediction.forecaster import Forecast
from forecasting.prediction.quantiles import normal_scores
from forecasting.prediction.seasons.cycles import Cycles, Profile
from forecasting.prediction.seasons.groups import padded_width
from forecasting.prediction.seasons.seasons import measure_seasons
from forecasting.types import Floats

LONGEST_THETA_PAST = 2_048
"""The Theta method looks at this many of the latest values of a series."""
_COARSE_WEIGHTS = np.arange(0.05, 1.0, 0.1)
_FINE_WEIGHTS = np.arange(-0.05, 0.055, 0.01)


def theta_forecast(
    pasts: Sequence[Floats],
    season_lengths: Sequence[int],
    horizon: int,
    quantiles: Sequence[float] = (),
) -> Forecast:
    """Forecast n pasts, each (t,) with t ≥ 1 finite values, by the Theta method.

    `point` has the shape (n, horizon), `quantiles` (n, horizon, number of quantiles).

    It is the standard method of Assimakopoulos and Nikolopoulos (2000), The theta model, in the
    form that Hyndman and Billah (2003), Unmasking the Theta method, section 3, show it to have: the
    season is taken out (here as `measure_seasons` finds it), what is left is forecast by simple
    exponential smoothing with a drift of half its least-squares slope, and the season is put back.
    The smoothing weight is the one with the least squared one-step error. The quantiles are normal
    with the variance of simple exponential smoothing k steps ahead, σ² (1 + (k − 1) α²): Hyndman et
    al. (2008), Forecasting with exponential smoothing, section 6.3.
    """
    point = np.empty((len(pasts), horizon))
    spread = np.empty((len(pasts), horizon, len(quantiles)))
    groups: dict[tuple[int, int], list[int]] = {}
    for row, (values, length) in enumerate(zip(pasts, season_lengths, strict=True)):
        width = min(padded_width(values.size), LONGEST_THETA_PAST)
        groups.setdefault((int(length), width), []).append(row)
    for (length, width), rows in groups.items():
        contexts = stack_contexts([pasts[row] for row in rows], width)
        seasons = measure_seasons(contexts, Cycles((Profile.of(length),)), horizon)
        centre, deviation = _smooth_with_drift(seasons.split(contexts)[0], horizon)
        around = centre[:, :, None] + deviation[:, :, None] * normal_scores(quantiles)
        point[rows] = seasons.restore(centre)
        spread[rows] = seasons.restore(around)
    return Forecast(point, spread)


def _smooth_with_drift(values: Floats, horizon: int) -> tuple[Floats, Floats]:
    """Forecast values (n, t), which are NaN before a series began.

    Returns the centre and the deviation of the forecasts, both (n, horizon).
    """
    sizes = (~np.isnan(values)).sum(axis=1)
    alpha, level, squares = _best_smoothing(values, sizes)
    deviation = np.sqrt(squares / np.maximum(sizes - 2, 1))
    steps = np.arange(horizon)
    settled = (1 - (1 - alpha) ** sizes) / alpha
    drift = _slopes(values, sizes)[:, None] / 2 * (steps + settled[:, None])
    return level[:, None] + drift, deviation[:, None] * np.sqrt(1 + steps * alpha[:, None] ** 2)


def _slopes(values: Floats, sizes: np.ndarray) -> Floats:
    """Return the least-squares slope of each row, (n,); it is 0 for a single value."""
    observed = ~np.isnan(values)
    times = np.arange(values.shape[1]) - (values.shape[1] - (sizes[:, None] + 1) / 2)
    times = np.where(observed, times, 0.0)
    products = np.where(observed, values, 0.0) * times
    return np.asarray(products.sum(axis=1) / np.maximum((times**2).sum(axis=1), 0.5))


def _best_smoothing(values: Floats, sizes: np.ndarray) -> tuple[Floats, Floats, Floats]:
    """Find the best smoothing weight of each row.

    Returns the weights, the last levels and the sums of squared one-step errors, each (n,).
    """
    rows = np.arange(len(values))
    first = values[rows, values.shape[1] - sizes]
    filled = np.where(np.isnan(values), first[:, None], values)
    coarse = np.tile(_COARSE_WEIGHTS, (len(values), 1))
    coarse_best = coarse[rows, _smooth(filled, coarse)[1].argmin(axis=1)]
    weights = np.clip(coarse_best[:, None] + _FINE_WEIGHTS, 0.01, 0.99)
    levels, squares = _smooth(filled, weights)
    best = squares.argmin(axis=1)
    return weights[rows, best], levels[rows, best], squares[rows, best]


def _smooth(values: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Smooth values (n, t) exponentially by each of the weights (n, a), from the first value on.

    Returns the last levels and the sums of squared one-step errors, each (n, a).
    """
    level = np.repeat(values[:, :1], weights.shape[1], axis=1)
    squares = np.zeros_like(level)
    for column in values.T[1:]:
        error = column[:, None] - level
        squares += error**2
        level = level + weights * error
    return level, squares

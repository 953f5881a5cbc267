"""The season of a year in weeks, days and shorter steps, of which a year need not hold a whole
number.

The season is a Fourier series: Hyndman and Athanasopoulos, Forecasting: Principles and Practice,
3rd ed., section 7.4. It is fitted by ridge regression (Hoerl and Kennard, 1970, Ridge regression:
biased estimation for nonorthogonal problems) to means over weeks, less their trend, and recent
years count more.
"""

from __future__ import annotations

import numpy as np

from forecasting.prediction.seasons.cycles import MOST_YEARS, Cycles
from forecasting.prediction.seasons.trend import extend_trend
from forecasting.types import Floats, Positions

_PAIRS = 16
"""The season is a sum of this many sines and cosines; the shortest repeats every 23 days."""
_RIDGE = 0.005
"""The penalty on the first pair, in years of observations; it grows with the square of the pair."""
_HALF_LIFE = 4.0
"""A year counts half as much as the one so many years later."""
_LEAST_OBSERVED = 0.7
"""The share of a year that must be observed for its mean to be part of the trend."""
_KEPT = 0.9
"""The share of the fit that is taken out, because no year is quite like those before it."""
_CHANCE = 2.0
"""What years lack of full agreement counts the more, the fewer they are: this number divided by the
square root of theirs, because so few years may agree by chance."""
_TINY = 1e-300


def measure_year(values: Floats, cycles: Cycles, ahead: int) -> Floats:
    """Return what the year adds to values (n, t) and to `ahead` steps after them: (n, t + ahead).

    `values` are NaN where nothing was observed. Every pair of sine and cosine is shrunk by how well
    it predicts years that its fit has not seen, and all of them a little besides. A series that
    does not hold two years has no yearly season.
    """
    count = values.shape[1]
    means = _weekly_means(values, cycles)
    weeks = means.shape[1]
    years = cycles.year / cycles.week
    positions = (count - 1) - ((np.arange(weeks)[::-1]) * cycles.week + (cycles.week - 1) / 2)
    pairs = np.arange(1, min(_PAIRS, int(years / 2) - 1) + 1)
    detrended = means - _trend(means, years)
    age = (count - 1 - positions) / cycles.year
    weights = ~np.isnan(detrended) * 0.5 ** (age / _HALF_LIFE)
    held = ~np.isnan(means)
    span = np.where(held.any(axis=1), weeks - held.argmax(axis=1), 0) / years
    damping = np.sinc(pairs * cycles.week / cycles.year)
    waves = _waves(positions, pairs, cycles.year) * np.concatenate([damping, damping])
    coefficients = _shrunk_fit(np.nan_to_num(detrended), weights, waves, age, span, pairs)
    enough = span * cycles.year >= 2 * cycles.year - cycles.week / 2 - 1
    steps = np.arange(count + ahead, dtype=np.float64)
    waves = _waves(steps, pairs, cycles.year)
    return _times_matrix(_KEPT * coefficients * enough[:, None], waves.T)


def _weekly_means(values: Floats, cycles: Cycles) -> Floats:
    """Return the mean of each whole week of values (n, t) in the latest years: (n, weeks).

    A week is NaN if less than half of it was observed, or if the series began within it.
    """
    most = int(MOST_YEARS * cycles.year / cycles.week)
    weeks = min(values.shape[1] // cycles.week, most)
    recent = values[:, values.shape[1] - weeks * cycles.week :]
    blocks = recent.reshape(len(values), weeks, cycles.week)
    seen = ~np.isnan(blocks)
    times = seen.sum(axis=2)
    means = np.where(seen, blocks, 0.0).sum(axis=2) / np.maximum(times, 1)
    begun = np.logical_or.accumulate(~np.isnan(values), axis=1)
    whole = begun[:, values.shape[1] - weeks * cycles.week :: cycles.week]
    return np.where(whole & (2 * times >= cycles.week), means, np.nan)


def _trend(means: Floats, years: float) -> Floats:
    """Return the centred moving average (n, weeks) of weekly means over a year of `years` weeks."""
    weeks = means.shape[1]
    inner = int(np.floor(years / 2 - 0.5))
    end = years / 2 - 0.5 - inner
    kernel = np.concatenate([[end], np.ones(2 * inner + 1), [end]])
    seen = ~np.isnan(means)
    half = inner + 1
    average = np.full(means.shape, np.nan)
    if weeks <= 2 * half:
        return average
    windows = np.lib.stride_tricks.sliding_window_view
    total = windows(np.where(seen, means, 0.0), kernel.size, axis=1) @ kernel
    times = windows(seen.astype(np.float64), kernel.size, axis=1) @ kernel
    begun = np.logical_or.accumulate(seen, axis=1)[:, : weeks - 2 * half]
    average[:, half : weeks - half] = np.where(
        begun & (times > _LEAST_OBSERVED * years), total / np.maximum(times, 1), np.nan
    )
    return extend_trend(average, int(years))


def _waves(positions: Floats, pairs: Positions, year: float) -> Floats:
    """Return the cosines and then the sines of all pairs at positions (t,): (t, 2 × pairs)."""
    angles = 2 * np.pi * np.outer(positions, pairs) / year
    return np.concatenate([np.cos(angles), np.sin(angles)], axis=1)


def _times_matrix(rows: Floats, matrix: Floats) -> Floats:
    """Multiply rows (n, t) with a matrix (t, k), each by itself: (n, k).

    A product of all rows at once would be added up in an order that changes with their number and
    their layout in memory, and so would the last digits of each.
    """
    return np.asarray(np.matmul(np.ascontiguousarray(rows)[:, None, :], matrix)[:, 0])


def _shrunk_fit(
    detrended: Floats,
    weights: Floats,
    waves: Floats,
    age: Floats,
    span: Floats,
    pairs: Positions,
) -> Floats:
    """Fit waves (t, 2 p) to detrended values (n, t) with weights (n, t): (n, 2 p).

    `age` (t,) are the years since each value, `span` (n,) the years that each series holds. Every
    pair is shrunk by what a fit without a year predicts of that year.
    """
    year_of = age.astype(np.int64)
    years, terms = int(year_of.max()) + 1, waves.shape[1]
    alike = (weights == weights[:1]).all()
    squares = np.empty((1 if alike else len(weights), years, terms, terms))
    products = np.empty((len(weights), years, terms))
    for year in range(years):
        inside = year_of == year
        part, weight = waves[inside], weights[:, inside]
        outer = (part[:, :, None] * part[:, None, :]).reshape(len(part), -1)
        squares[:, year] = _times_matrix(weight[: len(squares)], outer).reshape(-1, terms, terms)
        products[:, year] = _times_matrix(weight * detrended[:, inside], part)
    whole, right = squares.sum(axis=1, keepdims=True), products.sum(axis=1, keepdims=True)
    growth = np.tile(pairs.astype(np.float64) ** 2, 2)
    span = np.maximum(span, 1.0)
    scale = _RIDGE * weights[: len(squares)].sum(axis=1) / span[: len(squares)]
    penalty = np.maximum(scale, _TINY)[:, None, None, None] * np.diag(growth)
    fit = np.linalg.solve(whole + penalty, right[..., None])[:, 0, :, 0]
    without = np.linalg.solve(whole - squares + penalty, (right - products)[..., None])[..., 0]
    agreement = _agreement(without, squares, products)
    by_chance = _CHANCE / np.sqrt(span)[:, None]
    shrinkage = np.clip(agreement - by_chance * (1 - agreement), 0, 1)
    return fit * np.tile(shrinkage, 2)


def _agreement(without: Floats, squares: Floats, products: Floats) -> Floats:
    """Return how well every pair predicts the years left out of its fit, (n, p); 1 is perfect.

    `without` (n, years, 2 p) are the fits without each year, `squares` (n or 1, years, 2 p, 2 p)
    and `products` (n, years, 2 p) the sums of that year. It is the slope of a regression of the
    values on the predictions: the sum of prediction × value over the sum of squared predictions.
    """
    pairs = without.shape[2] // 2
    cosines, sines = without[..., :pairs], without[..., pairs:]
    first, second = np.arange(pairs), np.arange(pairs, 2 * pairs)
    met = cosines * products[..., :pairs] + sines * products[..., pairs:]
    size = (
        cosines**2 * squares[:, :, first, first]
        + 2 * cosines * sines * squares[:, :, first, second]
        + sines**2 * squares[:, :, second, second]
    )
    return np.asarray(met.sum(axis=1) / np.maximum(size.sum(axis=1), _TINY))

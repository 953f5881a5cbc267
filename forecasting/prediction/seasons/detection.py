"""The season length of a series that comes without one."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from forecasting.prediction.seasons.gaps import fill_gaps
from forecasting.types import Floats, Positions

LONGEST_SEASON = 366
_USUAL_BONUS = np.zeros(LONGEST_SEASON + 1)
_USUAL_BONUS[[4, 7, 12, 24, 48, 52]] = 1.0
"""By season length: how much more significant a length that calendars give is taken to be."""
_USUAL_NEARBY = np.arange(LONGEST_SEASON + 1)
_USUAL_NEARBY[[11, 13, 23, 25, 46, 47, 49, 51, 53, 54]] = [12, 12, 24, 24, 48, 48, 48, 52, 52, 52]
"""By season length: the length that calendars give beside it, or else itself. A few smooth cycles
do not tell one from the other."""
_SIMILAR = 0.7
"""A length that calendars give is taken if it is so much as significant as the one beside it."""
_STRICTNESS = 1.4
"""By how much a season must exceed what the most significant of all lengths reaches by chance."""
_NEARLY_AS_GOOD = 0.95
"""A season of at most half the length is taken instead if it is nearly as significant."""
_ROUNDING = 1e-10
"""Changes and deviations below this share of the values are rounding."""
_NONE = -10.0
_LEAST_WITHIN = 1e-4
"""The least share of the variance that is taken to lie within phases."""
_TINY = 1e-300
_MOST_VALUES = 200_000
"""So many values are looked at in one go."""


def detect_season_length(values: Floats) -> int:
    """Return the season length that a series (t,) shows, or 1 if it shows none.

    Values may be NaN where they are missing; see `detect_season_lengths`.
    """
    if np.isnan(values).any():
        values = fill_gaps(values[None])[0]
        values = values[~np.isnan(values)]
    return int(detect_season_lengths(values[None])[0])


def detect_season_lengths(values: Floats) -> Positions:
    """Return the season lengths that n series (n, t) of finite values show, (n,); 1 means none.

    A series must hold two cycles. Every length is tested by the analysis of variance: how much of
    the variance lies between the phases of the season, against what is left within them (Fisher's
    F). This is done for the changes from step to step, which pass over slow movements of the level,
    and for the distances from a straight line, in which smooth seasons show. What is left within
    the phases may be correlated in time, and then counts as fewer values: Bartlett (1935), Some
    aspects of the time-correlation problem in regard to tests of significance.

    The length is the most significant one that stands out among its neighbours, if it exceeds what
    the most significant of so many lengths reaches by chance. Lengths that calendars give count
    somewhat more than others.
    """
    count = values.shape[1]
    longest = min(count // 2, LONGEST_SEASON)
    if longest < 2:
        return np.ones(len(values), np.int64)
    at_once = max(1, _MOST_VALUES // count)
    parts = [
        _detect(values[start : start + at_once], longest)
        for start in range(0, len(values), at_once)
    ]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _detect(values: Floats, longest: int) -> Positions:
    """Return the season lengths of series (n, t), up to `longest`, (n,)."""
    significance, usable = _significance(values, longest)
    padded = np.full((len(values), longest + 1), _NONE)
    padded[:, 1:-1] = significance
    stands_out = (significance >= padded[:, :-2]) & (significance >= padded[:, 2:])
    weighted = np.where(stands_out, significance + _USUAL_BONUS[2 : longest + 1], _NONE)
    best = weighted.max(axis=1)
    lengths = np.arange(2, longest + 1)
    is_part = 2 * lengths <= (weighted.argmax(axis=1) + 2)[:, None]
    enough = np.where(is_part, _NEARLY_AS_GOOD, 1.0) * best[:, None]
    found = (weighted >= enough).argmax(axis=1) + 2
    rows = np.arange(len(values))
    usual = np.minimum(_USUAL_NEARBY[found], longest)
    similar = significance[rows, usual - 2] >= _SIMILAR * significance[rows, found - 2]
    found = np.where(similar, usual, found)
    by_chance = _STRICTNESS * np.sqrt(2 * np.log(values.shape[1] / 2))
    for row in np.flatnonzero(usable & (best <= by_chance)).tolist():
        usable[row] = _repeats_exactly(values[row], int(found[row]))
    return np.where(usable, found, 1)


def _repeats_exactly(values: Floats, season: int) -> bool:
    """Return whether a series (t,) repeats the same season three times, value by value."""
    return (
        values.size >= 3 * season
        and bool(values[-1] == values[-1 - season])
        and bool((values[season:] == values[:-season]).all())
    )


def _significance(values: Floats, longest: int) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return how significant the seasons of 2 … `longest` steps of series (n, t) are.

    It is the larger of those in the changes and in the distances from a line, (n, longest − 1), as
    a normal score: Paulson (1942), An approximate normalization of the analysis of variance
    distribution, after Wilson and Hilferty. Also returns which series are not just a line, (n,).
    """
    count = values.shape[1]
    time = np.arange(count) - (count - 1) / 2
    looks = np.zeros((len(values), 2, count))
    changes = values[:, 1:] - values[:, :-1]
    looks[:, 0, 1:] = changes - changes.mean(axis=1, keepdims=True)
    centred = values - values.mean(axis=1, keepdims=True)
    slopes = (centred * time).sum(axis=1, keepdims=True) / (time @ time)
    looks[:, 1] = centred - slopes * time
    size = 1 << (2 * count - 1).bit_length()
    spectrum = np.fft.rfft(looks, size)
    products = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, size)[:, :, :count]
    least = count * (_ROUNDING * np.abs(values).max(axis=1)) ** 2
    usable = products[:, :, 0].min(axis=1) > least
    return _normal_scores(looks, products, longest).max(axis=1), usable


def _normal_scores(looks: Floats, products: Floats, longest: int) -> Floats:
    """Return the normal score of F for seasons of 2 … `longest` steps, (n, looks, longest − 1).

    `products` (n, looks, t) are the sums of the products of values at all lags. The variance
    between phases follows from those at the multiples of a season, and its correlation in time from
    those a step beside these, each relative to the squares of the values that were multiplied.
    """
    count = products.shape[2]
    seasons, multiples, starts = _multiples(count, longest)
    squares = np.cumsum(looks**2, axis=2)
    parts = np.zeros((3, *products.shape))
    parts[0] = products
    parts[1, :, :, 1:-1] = (products[:, :, 2:] + products[:, :, :-2]) / 2
    parts[2, :, :, 1:] = (squares[:, :, -1:] - squares[:, :, :-1] + squares[:, :, -2::-1]) / 2
    sums = np.add.reduceat(parts.take(multiples, axis=3), starts, axis=3)
    alike, alike_beside = sums[:2] / np.maximum(sums[2], _TINY)
    neighbours = products[:, :, 1:2] / np.maximum(products[:, :, :1], _TINY)
    cycles = count / seasons
    between = (1 + (cycles - 1) * alike) / cycles
    between_beside = (neighbours + (cycles - 1) * alike_beside) / cycles
    within = np.maximum(1 - between, _LEAST_WITHIN)
    memory = np.minimum(((neighbours - between_beside) / within) ** 2, 0.98)
    independent = (1 - memory) / (1 + memory)
    phases = np.maximum((seasons - 1) * independent, 1)
    rest = np.maximum((count - seasons) * independent, 1)
    root = np.cbrt(np.maximum(between * rest / (phases * within), 1e-9))
    upper, lower = 2 / (9 * rest), 2 / (9 * phases)
    return np.asarray(((1 - upper) * root - (1 - lower)) / np.sqrt(upper * root**2 + lower))


@lru_cache(maxsize=64)
def _multiples(count: int, longest: int) -> tuple[Positions, Positions, Positions]:
    """Return what is summed for the seasons of 2 … `longest` steps in a series of `count` values.

    These are the seasons, their multiples one after another, and where those of each season start.
    """
    seasons = np.arange(2, longest + 1)
    lags = [np.arange(season, max(count - 1, season + 1), season) for season in seasons.tolist()]
    starts = np.cumsum([0, *(part.size for part in lags[:-1])])
    return seasons, np.minimum(np.concatenate(lags), count - 2), starts

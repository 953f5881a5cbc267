"""Seasons that are hardly anything for part of their length and grow with the level.

What is sold from November to January only is such a season: its logarithm cannot be taken, and what
is added to the level in winter does not fit once the level has changed.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from forecasting.prediction.seasons.cycles import Profile
from forecasting.prediction.seasons.profile import (
    phase_sums,
    phases_from_end,
    profile_and_shrinkage,
    season_trend,
)
from forecasting.types import Floats, Positions

_OFF_SEASON = 0.1
"""There must be a phase with less than this share of the mean, or the season is not taken as a
factor."""
_LEAST_EXPLAINED = 0.7
"""The share of the variance around the trend that the factors must explain."""
_SMALLEST = 1e-6
"""The least factor above 0."""


def measure_factors(values: Floats, length: int, ahead: int) -> tuple[Positions, Floats]:
    """Measure the factors of a season of `length` steps in values (n, t) without negative ones.

    This is the multiplicative classical decomposition: Hyndman and Athanasopoulos, Forecasting:
    Principles and Practice, 3rd ed., section 3.4. The factor of a phase is the sum of its values
    divided by the sum of their trend, so that the years that tell more count more.

    Returns the rows that factors explain better than what is added to the level does, (k,), and the
    logarithms of their factors, for the values and for `ahead` steps after them, (k, t + ahead).
    The logarithm of 0 is −∞.
    """
    count = values.shape[1]
    if not len(values):
        return np.empty(0, np.int64), np.empty((0, count + ahead))
    factors, chosen = _factors(values[:, -Profile.of(length).history_length :], length)
    used = factors[chosen]
    logs = np.where(used > 0, np.log(np.maximum(used, _SMALLEST)), -np.inf)
    return np.flatnonzero(chosen), logs[:, phases_from_end(count, length, ahead)]


def _factors(values: Floats, season: int) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return the factors (n, m) of values (n, t), and which rows they explain better, (n,)."""
    phases = phases_from_end(values.shape[1], season)
    trend = np.maximum(season_trend(values, season), 0.0)
    seen = ~np.isnan(values) & ~np.isnan(trend)
    held, level = np.where(seen, values, 0.0), np.where(seen, trend, 0.0)
    total, usual = phase_sums(held, season), phase_sums(level, season)
    factors = total / np.where(usual > 0, usual, np.inf)
    factors = factors / np.maximum(factors.mean(axis=1, keepdims=True), _SMALLEST)
    profile, _ = profile_and_shrinkage(np.where(seen, values - trend, np.nan), season)

    def squares(fitted: Floats) -> Floats:
        return np.asarray((np.where(seen, held - fitted, 0.0) ** 2).sum(axis=1))

    by_factors = squares(level * factors[:, phases])
    around = squares(level)
    explains = by_factors < (1 - _LEAST_EXPLAINED) * around
    better = by_factors < squares(level + profile[:, phases])
    return factors, explains & better & (factors.min(axis=1) < _OFF_SEASON)

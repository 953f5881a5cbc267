"""Seasons of whole steps as profiles: classical decomposition, on whole batches of series."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from forecasting.prediction.seasons.gaps import fill_gaps
from forecasting.prediction.seasons.trend import extend_trend
from forecasting.types import Floats

_TRIMMED = 0.2
"""The share of the values at each phase that is left out at either end: holidays and outliers."""
_PASSES = 4
"""How often missing values are replaced by what the others show."""
_MOST_UNSEEN = 0.4
"""The share of the phases of a season that may lack any observed value."""


def measure_profile(values: Floats, season: int) -> Floats:
    """Return the profile (n, m) of values (n, t ≥ 2 m), its phases counted back from the end.

    `values` are NaN where nothing was observed. This is the classical decomposition: Hyndman and
    Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., section 3.4. The trend is the
    centred moving average over a season. The profile is the mean of what is left at each phase,
    less its own mean; here it is a trimmed mean, which passes over holidays.

    A profile is shrunk by the share of its variance that the noise left over would give it by
    chance (James and Stein, 1961, Estimation with quadratic loss, in its analysis-of-variance
    form), so that a season that is not there is hardly taken out.
    """
    begun = np.logical_or.accumulate(~np.isnan(values), axis=1)
    detrended = values - season_trend(values, season)
    profile, shrinkage = profile_and_shrinkage(detrended, season)
    enough = begun.sum(axis=1) >= 2 * season
    return profile * np.where(enough, shrinkage, 0.0)[:, None]


def season_trend(values: Floats, season: int) -> Floats:
    """Return the trend (n, t) of values (n, t): their moving average over a centred season.

    At both ends, where no whole season lies around a value, the average goes on with part of its
    slope. If values are missing, they are replaced by the trend and the profile that the others
    show, and the average is taken again (the EM algorithm: Dempster, Laird and Rubin, 1977, Maximum
    likelihood from incomplete data).
    """
    observed = ~np.isnan(values)
    begun = np.logical_or.accumulate(observed, axis=1)
    trend = extend_trend(_moving_average(values, begun, season), season)
    gaps = (begun & ~observed).any(axis=1)
    if gaps.any():
        trend[gaps] = _trend_around_gaps(values[gaps], begun[gaps], season)
    return trend


def _trend_around_gaps(values: Floats, begun: npt.NDArray[np.bool_], season: int) -> Floats:
    """Return the trend (n, t) of values (n, t), some of which are missing since they have begun."""
    phases = phases_from_end(values.shape[1], season)
    filled = fill_gaps(values)
    for _ in range(_PASSES):
        trend = extend_trend(_moving_average(filled, begun, season), season)
        profile, _ = profile_and_shrinkage(values - trend, season)
        filled = np.where(np.isnan(values), trend + profile[:, phases], values)
    return extend_trend(_moving_average(filled, begun, season), season)


def _moving_average(values: Floats, begun: npt.NDArray[np.bool_], season: int) -> Floats:
    """Average values (n, t) over a centred season (2 × m for an even m): (n, t).

    The average is NaN unless the series had begun before the whole of that season.
    """
    half = season // 2
    count = values.shape[1]
    total = np.zeros((len(values), count + 1))
    np.cumsum(np.where(begun, values, 0.0), axis=1, out=total[:, 1:])
    sums = total[:, season:] - total[:, :-season]
    if season % 2 == 0:
        sums = (sums[:, :-1] + sums[:, 1:]) / 2
    average = np.full(values.shape, np.nan)
    average[:, half : count - half] = np.where(begun[:, : count - 2 * half], sums / season, np.nan)
    return average


def profile_and_shrinkage(detrended: Floats, season: int) -> tuple[Floats, Floats]:
    """Return the profile (n, m) of detrended values (n, t), and its shrinkage factor (n,)."""
    cycles = _cycles(detrended, season, np.nan)
    seen = ~np.isnan(cycles)
    times = seen.sum(axis=1)
    profile = _trimmed_mean(cycles, times)
    known = times > 0
    means = profile.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    profile = np.where(known, profile - means[:, None], 0.0)
    noise = np.where(seen, cycles - profile[:, None, :], 0)
    freedom = times.sum(axis=1) - known.sum(axis=1)
    typical = np.maximum(times.sum(axis=1) / np.maximum(known.sum(axis=1), 1), 1)
    by_chance = (noise**2).sum(axis=(1, 2)) / np.maximum(freedom, 1) / typical
    variance = (profile**2).mean(axis=1)
    shrinkage = np.clip(1 - by_chance / np.where(variance > 0, variance, np.inf), 0, 1)
    usable = (known.mean(axis=1) >= 1 - _MOST_UNSEEN) & (freedom > 0)
    return profile, np.where(usable, shrinkage, 0.0)


def phases_from_end(count: int, season: int, ahead: int = 0) -> npt.NDArray[np.int64]:
    """Return the phases of `count` steps and of `ahead` more, counted back from the last of the
    former.
    """
    return (count - 1 - np.arange(count + ahead)) % season


def phase_sums(values: Floats, season: int) -> Floats:
    """Return the sum of values (n, t) at each phase, counted from the end: (n, m)."""
    return np.asarray(_cycles(values, season, 0.0).sum(axis=1))


def _cycles(values: Floats, season: int, padding: float) -> Floats:
    """Return values (n, t) as (n, cycles, m), the phases of each cycle counted from the end.

    The first cycle is made whole with `padding`.
    """
    rows, count = values.shape
    whole = np.full((rows, -(-count // season) * season), padding)
    whole[:, whole.shape[1] - count :] = values
    return whole.reshape(rows, -1, season)[:, :, ::-1]


def _trimmed_mean(cycles: Floats, times: npt.NDArray[np.int64]) -> Floats:
    """Average cycles (n, cycles, m) at each phase, of which `times` (n, m) are not NaN: (n, m)."""
    places = np.arange(cycles.shape[1])[None, :, None]
    out = np.floor(_TRIMMED * times).astype(np.int64)[:, None, :]
    kept = (places >= out) & (places < times[:, None, :] - out)
    return np.asarray(
        np.where(kept, np.sort(cycles, axis=1), 0.0).sum(axis=1) / np.maximum(kept.sum(axis=1), 1)
    )

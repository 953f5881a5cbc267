"""Seasons: finding their length, taking them out of series and putting them back into forecasts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecasting.types import Floats

LONGEST_SEASON = 366
_CYCLES = 52
"""A profile is measured on this many of the latest cycles, for a season may change its shape."""
_TRIMMED = 0.2
"""The share of the values at each phase that is left out at either end: holidays and outliers."""
_MULTIPLICATIVE_ABOVE = 0.05
"""The season of a series that always stays above this share of its mean is taken as a factor."""
_LIES_IN = {24: 168, 48: 336}
"""The longer season that a season lies in: a day's, in hours or half-hours, lies in a week's."""
_SIGNIFICANT = 2.24
"""The two-sided 97.5% bound of a normal autocorrelation."""
_LEAST_CORRELATION = 0.25
_USUAL = (4, 7, 12, 24, 48, 52)
_USUAL_BONUS = 0.1


@dataclass(frozen=True, slots=True)
class Seasons:
    """The seasonal profiles of n series that have the same season length m."""

    profile: Floats
    """What the season adds at each phase, counted back from the last value, (n, m). It is added to
    the logarithm of a multiplicative series. All 0 if a series has no season."""
    multiplicative: npt.NDArray[np.bool_]
    """Whether the season of each series is a factor, (n,)."""

    def remove(self, values: Floats) -> Floats:
        """Take the season out of values (n, t) that end where the profile was measured."""
        count = values.shape[1]
        phases = (count - 1 - np.arange(count)) % self.profile.shape[1]
        return self._shift(values, -self.profile[:, phases])

    def restore(self, forecasts: Floats, skip: int = 0) -> Floats:
        """Put the season back into forecasts (n, h, …) that begin `skip` steps after the end."""
        season = self._ahead(skip, forecasts.shape[1])
        return self._shift(forecasts, season.reshape(*season.shape, *(1,) * (forecasts.ndim - 2)))

    def remove_ahead(self, targets: Floats) -> Floats:
        """Take the season out of values (n, h) that come right after the end."""
        return self._shift(targets, -self._ahead(0, targets.shape[1]))

    def __getitem__(self, rows: npt.NDArray[np.int64]) -> Seasons:
        """Return the seasons of some of the series."""
        return Seasons(self.profile[rows], self.multiplicative[rows])

    def _ahead(self, skip: int, steps: int) -> Floats:
        length = self.profile.shape[1]
        return self.profile[:, (length - 1 - skip - np.arange(steps)) % length]

    def _shift(self, values: Floats, season: Floats) -> Floats:
        multiplicative = self.multiplicative.reshape(-1, *(1,) * (values.ndim - 1))
        factor = np.exp(np.where(multiplicative, season, 0.0))
        return np.where(multiplicative, values * factor, values + season)


def measure_seasons(contexts: Floats, season_length: int) -> Seasons:
    """Measure the seasons of contexts (n, t), which are NaN where nothing was observed.

    This is the classical decomposition: Hyndman and Athanasopoulos, Forecasting: Principles and
    Practice, 3rd ed., section 3.4. The trend is the centred moving average over a season. The
    profile is the mean of what is left at each phase over the latest cycles, less its own mean;
    here it is a trimmed mean, which passes over holidays. Series that stay well above 0 are
    decomposed in logarithms. A profile is shrunk by the share of its variance that the noise left
    over would give it by chance (James and Stein, 1961, Estimation with quadratic loss, in its
    analysis-of-variance form), so that a season that is not there is hardly taken out.

    The season of a day, in hours or half-hours, lies in that of a week: what the day leaves is
    measured over the week if the contexts are long enough.
    """
    none = Seasons(np.zeros((len(contexts), 1)), np.zeros(len(contexts), bool))
    if season_length <= 1 or contexts.shape[1] < 2 * season_length:
        return none
    values, multiplicative = _additive(contexts[:, -(_CYCLES + 1) * season_length :])
    profile = _profile(values, season_length)
    longer = _LIES_IN.get(season_length)
    if longer is None or contexts.shape[1] < 2 * longer:
        return Seasons(profile, multiplicative)
    inner = Seasons(profile, multiplicative)
    values, _ = _additive(inner.remove(contexts)[:, -(_CYCLES + 1) * longer :], multiplicative)
    return Seasons(
        np.tile(profile, longer // season_length) + _profile(values, longer), multiplicative
    )


def _additive(
    contexts: Floats, multiplicative: npt.NDArray[np.bool_] | None = None
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return contexts (n, t), the multiplicative ones in logarithms, and which these are, (n,)."""
    if multiplicative is None:
        observed = ~np.isnan(contexts)
        means = np.where(observed, contexts, 0).sum(axis=1) / observed.sum(axis=1)
        lowest = np.where(observed, contexts, np.inf).min(axis=1)
        multiplicative = lowest > _MULTIPLICATIVE_ABOVE * np.abs(means)
    logs = np.log(np.where(contexts > 0, contexts, np.nan))
    return np.where(multiplicative[:, None], logs, contexts), multiplicative


def _profile(values: Floats, season: int) -> Floats:
    """Return the shrunk profile (n, season) of values (n, t), its phases counted from the end."""
    observed = ~np.isnan(values)
    detrended = values - _moving_average(values, observed, season)
    profile, shrinkage = _profile_and_shrinkage(detrended, season)
    return profile * shrinkage[:, None]


def _moving_average(values: Floats, observed: npt.NDArray[np.bool_], season: int) -> Floats:
    """Average values (n, t) over a centred season (2 × m for an even m): (n, t).

    The average is NaN unless every value of that season was observed.
    """
    even = season % 2 == 0
    half = season // 2

    def season_sums(of: Floats) -> Floats:
        total = np.cumsum(np.pad(of, ((0, 0), (1, 0))), axis=1)
        window = total[:, season:] - total[:, :-season]
        return (window[:, :-1] + window[:, 1:]) / 2 if even else window

    average = np.full(values.shape, np.nan)
    whole = season_sums(observed.astype(np.float64)) > season - 0.5
    middle = slice(half, values.shape[1] - half)
    average[:, middle] = np.where(
        whole, season_sums(np.where(observed, values, 0.0)) / season, np.nan
    )
    return average


def _profile_and_shrinkage(detrended: Floats, season: int) -> tuple[Floats, Floats]:
    """Return the profile (n, m), its phases counted from the end, and its shrinkage factor (n,)."""
    rows, count = detrended.shape
    cycles = np.pad(detrended, ((0, 0), (-count % season, 0)), constant_values=np.nan)
    cycles = cycles.reshape(rows, -1, season)[:, :, ::-1]
    seen = ~np.isnan(cycles)
    times = seen.sum(axis=1)
    profile = _trimmed_mean(cycles, times)
    profile -= profile.mean(axis=1, keepdims=True)
    noise = np.where(seen, cycles - profile[:, None, :], 0)
    freedom = times.sum(axis=1) - season
    by_chance = (noise**2).sum(axis=(1, 2)) / np.maximum(freedom, 1) / np.maximum(times.mean(1), 1)
    variance = (profile**2).mean(axis=1)
    shrinkage = np.clip(1 - by_chance / np.where(variance > 0, variance, np.inf), 0, 1)
    return profile, np.where((times > 0).all(axis=1) & (freedom > 0), shrinkage, 0.0)


def _trimmed_mean(cycles: Floats, times: npt.NDArray[np.int64]) -> Floats:
    """Average cycles (n, cycles, m) at each phase, of which `times` (n, m) are not NaN: (n, m)."""
    places = np.arange(cycles.shape[1])[None, :, None]
    out = np.floor(_TRIMMED * times).astype(np.int64)[:, None, :]
    kept = (places >= out) & (places < times[:, None, :] - out)
    return np.asarray(
        np.where(kept, np.sort(cycles, axis=1), 0.0).sum(axis=1) / np.maximum(kept.sum(axis=1), 1)
    )


def season_strength(values: Floats, season_length: int) -> float:
    """Return how strong the season of a series (t,) is, from 0 to 1.

    `values` are finite, or NaN where one is missing. The strength is max(0, 1 − Var(R) ÷ Var(S +
    R)), where S is the season and R what is left without trend and season: Wang, Smith and Hyndman
    (2006), Characteristic-based clustering for time series data, section 3. It is 0 for a series
    that does not hold two seasons.
    """
    if season_length <= 1 or values.size < 2 * season_length:
        return 0.0
    additive, _ = _additive(values[None, -(_CYCLES + 1) * season_length :])
    detrended = additive - _moving_average(additive, ~np.isnan(additive), season_length)
    profile, shrinkage = _profile_and_shrinkage(detrended, season_length)
    phases = (detrended.shape[1] - 1 - np.arange(detrended.shape[1])) % season_length
    remainder = detrended - profile[:, phases]
    seen = ~np.isnan(detrended)
    if shrinkage[0] <= 0 or not detrended[seen].var() > 0:
        return 0.0
    return float(np.clip(1 - remainder[seen].var() / detrended[seen].var(), 0, 1))


def detect_season_length(values: Floats) -> int:
    """Return the season length that a series (t,) shows, or 1 if it shows none.

    It is the lag at which the changes from step to step have their highest autocorrelation, among
    the lags that stand out as peaks and are significant by the large-lag standard error (Bartlett,
    1946, On the theoretical specification of sampling properties of autocorrelated time series; as
    in the seasonality test of the M4 competition, Makridakis et al., 2020). The series must hold
    two cycles. Among lags within a tenth of the highest, the shortest is taken. Season lengths that
    calendars give count a little more than others.
    """
    count = values.size
    longest = min(count // 2, LONGEST_SEASON)
    if longest < 2:
        return 1
    changes = np.diff(values)
    correlations = _autocorrelations(changes - changes.mean())[: longest + 2]
    bound = _SIGNIFICANT * np.sqrt((1 + 2 * np.cumsum(correlations[1:-1] ** 2)) / count)
    inner = correlations[1:-1]
    peaks = (inner >= correlations[:-2]) & (inner >= correlations[2:])
    weighted = inner + _USUAL_BONUS * np.isin(np.arange(1, inner.size + 1), _USUAL)
    outstanding = peaks & (weighted > np.maximum(bound, _LEAST_CORRELATION))
    candidates = np.flatnonzero(outstanding[1:]) + 1
    if not candidates.size:
        return 1
    best = weighted[candidates].max()
    return int(candidates[np.argmax(weighted[candidates] > 0.9 * best)]) + 1


def _autocorrelations(values: Floats) -> Floats:
    """Return the autocorrelations of a series (t,) at lags 0 … t − 1; all 0 if it is constant."""
    size = 1 << (2 * values.size - 1).bit_length()
    spectrum = np.fft.rfft(values, size)
    products = np.fft.irfft(np.abs(spectrum) ** 2, size)[: values.size]
    return np.asarray(products / products[0]) if products[0] > 0 else np.zeros(values.size)

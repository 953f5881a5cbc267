"""Seasons of series: measured on their past, taken out of it and put back into forecasts."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from forecasting.prediction.seasons.calendar.special_days import (
    SPECIAL_DAYS,
    measure_special_days,
)
from forecasting.prediction.seasons.calendar.special_weeks import measure_special_weeks
from forecasting.prediction.seasons.calendar.trading_days import (
    TRADING_DAYS,
    measure_trading_days,
)
from forecasting.prediction.seasons.cycles import (
    DAILY,
    MONTHLY,
    WEEKLY,
    YEARLY,
    Cycles,
    Profile,
)
from forecasting.prediction.seasons.factors import measure_factors
from forecasting.prediction.seasons.gaps import fill_gaps
from forecasting.prediction.seasons.profile import (
    measure_profile,
    phases_from_end,
    profile_and_shrinkage,
    season_trend,
)
from forecasting.prediction.seasons.year import measure_year
from forecasting.types import Floats, Positions

_MULTIPLICATIVE_ABOVE = 0.05
"""The season of a series that always stays above this share of its mean is taken as a factor."""
_TELLING_FACTOR = float(np.log(0.15))
"""The least logarithm of a factor through which a value still tells something of the level."""


@dataclass(frozen=True, slots=True)
class Seasons:
    """What the seasons add to n series at each step: to their logarithms if multiplicative."""

    past: Floats
    """What they add to the values that they were measured on, (n, t)."""
    ahead: Floats
    """What they add to the steps after these, (n, steps)."""
    multiplicative: npt.NDArray[np.bool_]
    """Whether the seasons of each series are factors, (n,)."""
    parts: dict[str, Floats] = field(default_factory=dict)
    """What each season by itself adds to the steps ahead, (n, steps), by its name in `Cycles`."""

    @classmethod
    def none(cls, contexts: Floats, ahead: int) -> Seasons:
        """Return the seasons of contexts (n, t) that have none."""
        rows = len(contexts)
        return cls(np.zeros(contexts.shape), np.zeros((rows, ahead)), np.zeros(rows, bool))

    def remove(self, values: Floats) -> Floats:
        """Take the seasons out of the values (n, t) that they were measured on.

        A value in a season of hardly anything, which tells nothing of the level, becomes NaN.
        """
        return self._remove(values, self.past)

    def split(self, contexts: Floats) -> tuple[Floats, Floats]:
        """Split contexts (n, t) into values without the seasons, and what the seasons add to them.

        Once the seasons are out, gaps between the values are filled.
        """
        values = fill_gaps(self.remove(contexts))
        return values, self._shift(values, self.past) - values

    def restore(self, forecasts: Floats, skip: int = 0) -> Floats:
        """Put the seasons back into forecasts (n, h, …) that begin `skip` steps after the end."""
        season = self.ahead[:, skip : skip + forecasts.shape[1]]
        return self._shift(forecasts, season.reshape(*season.shape, *(1,) * (forecasts.ndim - 2)))

    def remove_ahead(self, targets: Floats) -> Floats:
        """Take the seasons out of values (n, h) that come right after the end."""
        return self._remove(targets, self.ahead[:, : targets.shape[1]])

    def __getitem__(self, rows: Positions) -> Seasons:
        """Return the seasons of some of the series, without their parts."""
        return Seasons(self.past[rows], self.ahead[rows], self.multiplicative[rows])

    def _remove(self, values: Floats, season: Floats) -> Floats:
        mute = self.multiplicative[:, None] & (season < _TELLING_FACTOR)
        return np.where(mute, np.nan, self._shift(values, np.where(mute, 0.0, -season)))

    def _shift(self, values: Floats, season: Floats) -> Floats:
        multiplicative = self.multiplicative.reshape(-1, *(1,) * (values.ndim - 1))
        factor = np.exp(np.where(multiplicative, season, 0.0))
        return np.where(multiplicative, values * factor, values + season)


def measure_seasons(
    contexts: Floats,
    cycles: Cycles,
    ahead: int,
    *,
    days: Positions | None = None,
    grid: Positions | None = None,
) -> Seasons:
    """Measure the seasons of contexts (n, t), which are NaN where nothing was observed.

    The longest season is taken out first: the special days of a year and the year, then the profile
    of a day, and that of a week from what the day leaves. What the days of a month add is taken out
    before the season of months. Series that stay well above 0 are decomposed in logarithms. A
    season that is far from 0 in some of its steps only, and grows with the level, is taken as a
    factor (`measure_factors`) if it is the only one that fits.

    `days` (n, t + ahead) are those on which the steps lie, in days since 1970, if the cycles say
    what a step is; before a series begins they are that of its first value. `grid` (t + ahead,) are
    the places of the steps on a clock that was put forward or back on the way; the seasons go by
    these. Returns the seasons of the contexts and of `ahead` steps after them.
    """
    count = contexts.shape[1]
    if not cycles.fit(count):
        return Seasons.none(contexts, ahead)
    if grid is None:
        season, parts, multiplicative = _measure(contexts, cycles, ahead, days)
        later: Positions | slice = slice(count, None)
    else:
        held = int(grid[:count].max()) + 1
        on_grid = np.full((len(contexts), held), np.nan)
        on_grid[:, grid[:count]] = contexts
        further = max(int(grid.max()) + 1 - held, 0)
        season, parts, multiplicative = _measure(on_grid, cycles, further, None)
        season, later = season[:, grid], grid[count:]
    parts_ahead = {name: part[:, later] for name, part in parts.items()}
    return Seasons(season[:, :count], season[:, count:], multiplicative, parts_ahead)


def season_strength(values: Floats, season_length: int) -> float:
    """Return how strong the season of a series (t,) is, from 0 to 1.

    `values` are finite, or NaN where one is missing. The strength is max(0, 1 − Var(R) ÷ Var(S +
    R)), where S is the season and R what is left without trend and season: Wang, Smith and Hyndman
    (2006), Characteristic-based clustering for time series data, section 3. It is 0 for a series
    that does not hold two seasons.
    """
    if season_length <= 1 or values.size < 2 * season_length:
        return 0.0
    recent = values[None, -Profile.of(season_length).history_length :]
    additive, _ = _additive(recent)
    detrended = additive - season_trend(additive, season_length)
    profile, shrinkage = profile_and_shrinkage(detrended, season_length)
    remainder = detrended - profile[:, phases_from_end(detrended.shape[1], season_length)]
    seen = ~np.isnan(detrended)
    if shrinkage[0] <= 0 or not detrended[seen].var() > 0:
        return 0.0
    return float(np.clip(1 - remainder[seen].var() / detrended[seen].var(), 0, 1))


def _measure(
    contexts: Floats, cycles: Cycles, ahead: int, days: Positions | None
) -> tuple[Floats, dict[str, Floats], npt.NDArray[np.bool_]]:
    """Return all seasons together and each by its name, (n, t + ahead), and which are factors."""
    count = contexts.shape[1]
    values, multiplicative = _additive(contexts)
    season = np.zeros((len(contexts), count + ahead))
    parts: dict[str, Floats] = {}
    if cycles.year_fits(count):
        parts |= _measure_year(values, cycles, ahead, days)
    if cycles.step == MONTHLY and days is not None:
        parts[TRADING_DAYS] = measure_trading_days(values, days)
    for part in parts.values():
        season += part
    for profile in cycles.profiles:
        if count < 2 * profile.length:
            break
        left = (values - season[:, :count])[:, -profile.history_length :]
        phases = phases_from_end(count, profile.length, ahead)
        name = cycles.name(profile.length)
        parts[name] = measure_profile(left, profile.length)[:, phases]
        season += parts[name]
    plain = np.flatnonzero(~multiplicative & (_lowest(contexts) >= 0))
    if plain.size:
        lengths = cycles.lengths()
        held = count - np.isnan(contexts[plain]).argmin(axis=1)
        alone = plain[sum(held >= 2 * length for length in lengths) == 1]
        chosen, factors = measure_factors(contexts[alone], lengths[0], ahead)
        rows = alone[chosen]
        if rows.size:
            season[rows] = factors
            multiplicative[rows] = True
            for name, part in parts.items():
                part[rows] = factors if name == cycles.name(lengths[0]) else 0.0
    return season, parts, multiplicative


def _measure_year(
    values: Floats, cycles: Cycles, ahead: int, days: Positions | None
) -> dict[str, Floats]:
    """Return what the year and its special days add to values (n, t), each (n, t + ahead).

    Special days are measured first, as what differs from the days or weeks around them, because a
    smooth year that had to hold them would not be measured well.
    """
    if days is None or cycles.step not in (DAILY, WEEKLY):
        return {YEARLY: measure_year(values, cycles, ahead)}
    if cycles.step == DAILY:
        special = measure_special_days(values, days, cycles.week)
    else:
        special = measure_special_weeks(values, days)
    year = measure_year(values - special[:, : values.shape[1]], cycles, ahead)
    return {YEARLY: year, SPECIAL_DAYS: special}


def _lowest(contexts: Floats) -> Floats:
    """Return the least value of each of the contexts (n, t)."""
    return np.asarray(np.where(np.isnan(contexts), np.inf, contexts).min(axis=1))


def _additive(contexts: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return contexts (n, t), the multiplicative ones in logarithms, and which these are, (n,)."""
    observed = ~np.isnan(contexts)
    means = np.where(observed, contexts, 0).sum(axis=1) / np.maximum(observed.sum(axis=1), 1)
    multiplicative = np.asarray(_lowest(contexts) > _MULTIPLICATIVE_ABOVE * np.abs(means))
    logs = np.log(np.where(contexts > 0, contexts, np.nan))
    return np.where(multiplicative[:, None], logs, contexts), multiplicative

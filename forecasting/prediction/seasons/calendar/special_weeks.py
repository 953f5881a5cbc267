"""Weeks of the year on which weekly values differ from those around them, because of holidays.

As for days, no list of holidays is needed. A week is special if it holds a date, or lies as many
weeks from Easter, at which the series was unusual year after year. Where a weekday falls for the
n-th time in a month, a week holds one date or another of the month, so that Thanksgiving needs
nothing else.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from forecasting.prediction.seasons.calendar.chance import bounds_of_chance, means_of_keys
from forecasting.prediction.seasons.calendar.easter import days_from_easter
from forecasting.prediction.seasons.calendar.neighbours import less_neighbours
from forecasting.prediction.seasons.calendar.special_days import DATES, date_keys
from forecasting.types import Floats, Positions

FEWEST_WEEKS = 4 * 52
"""So many weeks are long enough to show which weeks of a year are special."""
_PURSUITS = 3
"""How often dates are looked for in what those before leave."""
_NEIGHBOURS = (-4, -3, -2, -1, 1, 2, 3, 4)
"""The usual value of a week is the median of these weeks around it."""
_WEEK = 7
_WEEKS_FROM_EASTER = 9
"""Weeks further from Easter, before or after it, are not told by it."""


def measure_special_weeks(values: Floats, days: Positions) -> Floats:
    """Return what special days add to weeks (n, t) and later ones that are dated `days` (n, ≥ t).

    `values` are NaN where nothing was observed. `days` count from 1970, and may be the first or the
    last of their weeks. Series of less than `FEWEST_WEEKS` have no special weeks.

    What dates add is measured first, and then what distances from Easter add to the rest.
    """
    count = values.shape[1]
    enough = count - (~np.isnan(values)).argmax(axis=1) >= FEWEST_WEEKS
    if not enough.any():
        return np.zeros(days.shape)
    dates = date_keys(days[..., None] - np.arange(_WEEK))
    weeks = days_from_easter(days) // _WEEK
    near = np.abs(weeks) <= _WEEKS_FROM_EASTER
    weeks = np.where(near, weeks + _WEEKS_FROM_EASTER, 0)
    unusual = less_neighbours(values, _NEIGHBOURS)
    by_date = _of_dates(unusual, dates)
    left = np.where(near[:, :count], unusual - by_date[:, :count], np.nan)
    found = means_of_keys(left, weeks[:, :count, None], 2 * _WEEKS_FROM_EASTER + 1)
    shrunk = found.shrunk(bounds_of_chance(found.errors))
    by_easter = np.where(near, np.take_along_axis(shrunk, weeks, axis=1), 0.0)
    return np.where(enough[:, None], by_date + by_easter, 0.0)


def _of_dates(unusual: Floats, dates: Positions) -> Floats:
    """Return what dates add to unusual values (n, t) and later, (n, ≥ t).

    Each week holds seven `dates` (n, ≥ t, 7). Of dates less than a week apart, which largely belong
    to the same weeks, the one counts that is furthest from chance; and then, in what is left, again
    (matching pursuit: Mallat and Zhang, 1993, Matching pursuits with time-frequency dictionaries).
    """
    count = unusual.shape[1]
    rows = np.arange(len(dates))[:, None, None]
    added = np.zeros(dates.shape[:2])
    bounds: Floats | None = None
    for _ in range(_PURSUITS):
        found = means_of_keys(unusual - added[:, :count], dates[:, :count], DATES)
        if bounds is None:
            bounds = bounds_of_chance(found.errors)
        shrunk = np.where(_furthest(found.errors), found.shrunk(bounds), 0.0)
        added += shrunk[rows, dates].sum(axis=2)
    return added


def _furthest(errors: Floats) -> npt.NDArray[np.bool_]:
    """Return which of the dates of a year have the largest errors within a week, (n, dates)."""
    furthest = np.ones(errors.shape, bool)
    for days in range(1, _WEEK):
        furthest &= errors > np.roll(errors, days, axis=1)
        furthest &= errors >= np.roll(errors, -days, axis=1)
    return furthest

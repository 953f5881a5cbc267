"""Days of the year on which daily values differ from those around them, such as holidays.

No list of holidays is needed: a day is special if the series has shown it to be, year after year:
by its date (25 December), by its place in the month (the fourth Thursday of November, the last
Monday of May) or by its distance from Easter.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from forecasting.prediction.seasons.calendar.chance import bounds_of_chance, means_of_keys
from forecasting.prediction.seasons.calendar.easter import days_from_easter
from forecasting.types import Floats, Positions

SPECIAL_DAYS = "special_days"
"""The name of what special days add, among the seasons."""
FEWEST_DAYS = 4 * 365
"""A series that spans so many days is long enough to show which days of a year are special."""
_NEIGHBOURS = 4
"""What is usual around a day is taken from so many weeks before it and as many after it."""
_ROUNDS = 2
"""How often each kind of special days is measured."""
_WEEK, _SATURDAY = 7, 5
_MONTHS, _PLACES = 12, 5 * _WEEK
_MONTH_STARTS = np.cumsum([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30])
DATES = 366
"""The dates of a year, 29 February among them."""
_CARNIVAL, _CORPUS_CHRISTI = -52, 60
"""The first and the last day around Easter that is looked at."""


class _Kind(NamedTuple):
    """What days are told apart by: those with the same key may be special alike."""

    keys: Positions
    """The key of each day, (…)."""
    size: int
    """Keys lie below this number."""
    known: npt.NDArray[np.bool_] | None = None
    """Which of the days have a key that means anything, (…); all if it is None."""
    weekend: npt.NDArray[np.bool_] | None = None
    """Which of the days are Saturdays and Sundays, (…), if days with one key may be either."""


def measure_special_days(values: Floats, days: Positions, week: int = _WEEK) -> Floats:
    """Return what special days add to values (n, t) and later ones on `days` (n, ≥ t) since 1970.

    `values` are NaN where nothing was observed, and `week` of them are a week: five if they are
    those of working days. Series that span less than `FEWEST_DAYS` have no special days.

    What dates, places in the month and distances from Easter add is measured one after the other,
    each without what the others add (backfitting: Breiman and Friedman, 1985, Estimating optimal
    transformations for multiple regression and correlation).
    """
    count = values.shape[1]
    begun = (~np.isnan(values)).argmax(axis=1)[:, None]
    enough = days[:, count - 1 : count] - np.take_along_axis(days, begun, axis=1) >= FEWEST_DAYS - 1
    if not enough.any():
        return np.zeros(days.shape)
    unusual = _unusual(values, week)
    kinds = _kinds(days)
    effects = np.zeros((len(kinds), *days.shape))
    for _ in range(_ROUNDS):
        for place, kind in enumerate(kinds):
            effects[place] = 0.0
            effects[place] = _effects(unusual - effects[..., :count].sum(axis=0), kind)
    return np.where(enough, effects.sum(axis=0), 0.0)


def date_keys(days: Positions) -> Positions:
    """Return the places of days (…) since 1970 among the dates of a year, below `DATES`.

    1 March has the same place in every year, whether there is a day before it or not.
    """
    month, before, _ = _months(days)
    return _MONTH_STARTS[month] + before


def _kinds(days: Positions) -> list[_Kind]:
    """Return what days (n, t) since 1970 are told apart by: their dates first."""
    month, before, after = _months(days)
    places = (month * _PLACES + off // _WEEK * _WEEK + _weekdays(days) for off in (before, after))
    from_easter = days_from_easter(days)
    near = (from_easter >= _CARNIVAL) & (from_easter <= _CORPUS_CHRISTI)
    around = np.where(near, from_easter - _CARNIVAL, 0)
    return [
        _Kind(date_keys(days), DATES, weekend=_weekdays(days) >= _SATURDAY),
        *(_Kind(place, _MONTHS * _PLACES) for place in places),
        _Kind(around, _CORPUS_CHRISTI - _CARNIVAL + 1, near),
    ]


def _months(days: Positions) -> tuple[Positions, Positions, Positions]:
    """Return the month of days (…) since 1970, 0 for January, and the days before and after each
    in its month."""
    first = int(days.min())
    dates = np.arange(first, int(days.max()) + 1).astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    before = (dates - months.astype("datetime64[D]")).astype(np.int64)
    after = ((months + 1).astype("datetime64[D]") - dates).astype(np.int64) - 1
    places = days - first
    return (months.astype(np.int64) % _MONTHS)[places], before[places], after[places]


def _weekdays(days: Positions) -> Positions:
    """Return the weekdays of days since 1970, 0 for Monday."""
    return (days + 3) % _WEEK


def _unusual(values: Floats, week: int) -> Floats:
    """Return how far values (n, t) lie from the median of the same weekday in the weeks around."""
    reach = _NEIGHBOURS * week
    padded = np.pad(values, ((0, 0), (reach, reach)), constant_values=np.nan)
    shifts = [np.arange(values.shape[1]) + week * k for k in range(2 * _NEIGHBOURS + 1)]
    around = np.stack([padded[:, shift] for shift in shifts])
    times = (~np.isnan(around)).sum(axis=0, keepdims=True)
    ordered = np.sort(around, axis=0)
    low = np.take_along_axis(ordered, np.maximum(times - 1, 0) // 2, axis=0)[0]
    high = np.take_along_axis(ordered, times // 2, axis=0)[0]
    return np.asarray(values - (low + high) / 2)


def _effects(unusual: Floats, kind: _Kind) -> Floats:
    """Return what the days of one kind add to unusual values (n, t) and later: (n, ≥ t)."""
    count = unusual.shape[1]
    if kind.known is not None:
        unusual = np.where(kind.known[:, :count], unusual, np.nan)
    found = means_of_keys(unusual, kind.keys[:, :count, None], kind.size)
    shrunk = found.shrunk(bounds_of_chance(found.errors))
    added = np.take_along_axis(shrunk, kind.keys, axis=1)
    if kind.weekend is not None:
        return _told_apart(added, unusual, 2 * kind.keys + kind.weekend, 2 * kind.size)
    return added if kind.known is None else np.where(kind.known, added, 0.0)


def _told_apart(effects: Floats, unusual: Floats, keys: Positions, size: int) -> Floats:
    """Tell effects (n, ≥ t) of days apart by finer keys (n, ≥ t), which lie below `size`.

    Each becomes the mean of its unusual values (n, t) and of one more, the effect as it was.
    """
    seen = ~np.isnan(unusual)
    keys = keys + size * np.arange(len(keys))[:, None]
    known, size = keys[:, : unusual.shape[1]][seen], size * len(keys)
    sums = np.bincount(known, unusual[seen], size)[keys]
    times = np.bincount(known, minlength=size)[keys]
    return np.where(effects != 0, (sums + effects) / (times + 1), 0.0)

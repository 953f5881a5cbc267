"""Days of the year on which daily values differ from those around them, such as holidays.

No list of holidays is needed: a day is special if the series has shown it to be, year after year:
by its date (25 December), by its place in the month (the fourth Thursday of November, the last
Monday of May) or by its distance from Easter.
"""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, date
from functools import lru_cache
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from dateutil.easter import easter

from forecasting.types import Floats, Positions

SPECIAL_DAYS = "special_days"
"""The name of what special days add, among the seasons."""
_FEWEST_YEARS = 4
"""A day must have been observed in so many years."""
FEWEST_DAYS = _FEWEST_YEARS * 365
"""So many days are long enough to show which days of a year are special."""
_FOUND_BY_CHANCE = 0.3
"""The share of the days found to be special that may be so by chance."""
_ROUNDS = 2
"""How often each kind of special days is measured, without what the others add."""
_NEIGHBOURS = 4
"""What is usual around a day is taken from so many weeks before it and as many after it."""
_WEEK = 7
_SATURDAY = 5
_NORMAL_FROM_MEAN = float(np.sqrt(np.pi / 2))
"""The standard deviation of normal values as a multiple of their mean absolute deviation."""
_MONTHS, _LONGEST_MONTH, _PLACES = 12, 31, 5 * _WEEK
_CARNIVAL, _CORPUS_CHRISTI = -52, 60
"""The first and the last day around Easter that is looked at."""
_EPOCH = date(1970, 1, 1)


class _Keys(NamedTuple):
    """What the days of n series are told apart by: days with the same key may be special alike."""

    keys: Positions
    """The key of each day, (n, t)."""
    size: int
    """Keys lie below this number."""
    first: int = 0
    """Keys below this one belong to no special day."""
    by_date: bool = False
    """Whether they are dates. These fall on weekends in some years, places on one weekday only."""


def measure_special_days(values: Floats, last_days: Positions, ahead: int) -> Floats:
    """Return what special days add to values (n, t) and to `ahead` days after them: (n, t + ahead).

    `values` are NaN where nothing was observed. `last_days` (n,) are the dates of the last values,
    in days since 1970. Series of less than `FEWEST_DAYS` have no special days.

    What dates, places in the month and distances from Easter add is measured one after the other,
    each without what the others add (backfitting: Breiman and Friedman, 1985, Estimating optimal
    transformations for multiple regression and correlation).
    """
    count = values.shape[1]
    unusual = _unusual(values)
    days = last_days[:, None] + np.arange(1 - count, ahead + 1)
    first = int(days.min())
    kinds = [
        kind._replace(keys=kind.keys[days - first])
        for kind in _kinds(np.arange(first, int(days.max()) + 1))
    ]
    effects = [np.zeros(days.shape) for _ in kinds]
    for _ in range(_ROUNDS):
        for place, kind in enumerate(kinds):
            rest = unusual - (sum(effects) - effects[place])[:, :count]
            effects[place] = _effects(rest, kind)
            if kind.by_date:
                weekend = _weekdays(days) >= _SATURDAY
                effects[place] = _told_apart(rest, kind, weekend, effects[place])
    enough = count - (~np.isnan(values)).argmax(axis=1) >= FEWEST_DAYS
    return np.where(enough[:, None], sum(effects), 0.0)


def _kinds(days: Positions) -> list[_Keys]:
    """Return what days (t,) since 1970 are told apart by."""
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    month = months.astype(np.int64) % _MONTHS
    before = (dates - months.astype("datetime64[D]")).astype(np.int64)
    after = ((months + 1).astype("datetime64[D]") - dates).astype(np.int64) - 1
    places = [
        month * _PLACES + others // _WEEK * _WEEK + _weekdays(days) for others in (before, after)
    ]
    years = dates.astype("datetime64[Y]").astype(np.int64) + 1970
    from_easter = days - np.array([_easter(year) for year in years.tolist()])
    near = (from_easter >= _CARNIVAL) & (from_easter <= _CORPUS_CHRISTI)
    return [
        _Keys(month * _LONGEST_MONTH + before, _MONTHS * _LONGEST_MONTH, by_date=True),
        *(_Keys(place, _MONTHS * _PLACES) for place in places),
        _Keys(
            np.where(near, from_easter - _CARNIVAL + 1, 0), _CORPUS_CHRISTI - _CARNIVAL + 2, first=1
        ),
    ]


def _weekdays(days: Positions) -> Positions:
    """Return the weekdays of days since 1970, 0 for Monday."""
    return (days + 3) % _WEEK


@lru_cache(maxsize=1024)
def _easter(year: int) -> int:
    """Return the day of Easter Sunday in the western churches, in days since 1970.

    Years that calendars do not have lie beyond what is observed and forecast, so any day does.
    """
    return (easter(min(max(year, MINYEAR), MAXYEAR)) - _EPOCH).days


def _unusual(values: Floats) -> Floats:
    """Return how far values (n, t) lie from the median of the same weekday in the weeks around."""
    reach = _NEIGHBOURS * _WEEK
    padded = np.pad(values, ((0, 0), (reach, reach)), constant_values=np.nan)
    shifts = [np.arange(values.shape[1]) + _WEEK * k for k in range(2 * _NEIGHBOURS + 1)]
    around = np.stack([padded[:, shift] for shift in shifts])
    times = (~np.isnan(around)).sum(axis=0, keepdims=True)
    ordered = np.sort(around, axis=0)
    low = np.take_along_axis(ordered, np.maximum(times - 1, 0) // 2, axis=0)[0]
    high = np.take_along_axis(ordered, times // 2, axis=0)[0]
    return np.asarray(values - (low + high) / 2)


def _effects(unusual: Floats, kind: _Keys) -> Floats:
    """Return what the days of one kind add to unusual values (n, t) and later: (n, ≥ t).

    A key adds the mean of its unusual values if that is too far from 0 for chance. How far that is
    follows from the false discovery rate (Benjamini and Hochberg, 1995), so that a series with many
    special days is searched for smaller ones. The mean is shrunk the more, the nearer it is to that
    bound (the nonnegative garrote: Breiman, 1995, Better subset regression).
    """
    seen = ~np.isnan(unusual)
    sums, times = _sums(unusual, kind)
    means = sums / np.maximum(times, 1)
    keys = kind.keys[:, : unusual.shape[1]]
    from_mean = np.abs(unusual - np.take_along_axis(means, keys, axis=1))
    spread = _NORMAL_FROM_MEAN * _sums(from_mean, kind)[0] / np.maximum(times - 1, 1)
    typical = np.where(seen, np.abs(unusual), 0.0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
    error = np.maximum(spread, _NORMAL_FROM_MEAN * typical[:, None])
    error = np.maximum(error, np.finfo(np.float64).tiny) / np.sqrt(np.maximum(times, 1))
    known = (times >= _FEWEST_YEARS) & (np.arange(kind.size) >= kind.first)
    errors = np.where(known, np.abs(means) / error, 0.0)
    bound = _bounds(errors)[:, None]
    kept = 1 - np.divide(bound, errors, out=np.ones(errors.shape), where=errors > bound) ** 2
    return np.asarray(np.take_along_axis(means * kept, kind.keys, axis=1))


def _bounds(errors: Floats) -> Floats:
    """Return how many standard errors are too many for chance, (n,).

    `errors` (n, keys) are the standard errors by which the mean of each key differs from 0.
    """
    ordered = -np.sort(-errors, axis=1)
    critical = _critical_errors(errors.shape[1])
    found = ordered > critical
    last = found.shape[1] - 1 - found[:, ::-1].argmax(axis=1)
    return np.where(found.any(axis=1), critical[last], np.inf)


@lru_cache(maxsize=8)
def _critical_errors(count: int) -> Floats:
    """Return how many standard errors the k-th largest of `count` means must reach, (count,)."""
    shares = _FOUND_BY_CHANCE * np.arange(1, count + 1) / count
    return np.array([NormalDist().inv_cdf(1 - share / 2) for share in shares.tolist()])


def _told_apart(
    unusual: Floats, kind: _Keys, weekend: npt.NDArray[np.bool_], effects: Floats
) -> Floats:
    """Tell effects (n, ≥ t) on Saturdays and Sundays from those of the same key on other days.

    Each is the mean of its unusual values (n, t) and of one more, the effect of its key.
    """
    halves = _Keys(2 * kind.keys + weekend, 2 * kind.size)
    sums, times = (np.take_along_axis(of, halves.keys, axis=1) for of in _sums(unusual, halves))
    return np.where(effects != 0, (sums + effects) / (times + 1), 0.0)


def _sums(values: Floats, kind: _Keys) -> tuple[Floats, Positions]:
    """Return the sum of the observed values (n, t) of each key, and their number: (n, keys)."""
    rows = len(values)
    seen = ~np.isnan(values)
    flat = (np.arange(rows)[:, None] * kind.size + kind.keys[:, : values.shape[1]])[seen]
    sums = np.asarray(np.bincount(flat, values[seen], rows * kind.size), np.float64)
    times = np.bincount(flat, minlength=rows * kind.size).astype(np.int64)
    return sums.reshape(rows, -1), times.reshape(rows, -1)

"""Days of the year on which daily values differ from those around them, such as holidays.

No list of holidays is needed: a day is special if the series has shown it to be, year after year,
by its date (25 December) or by its place in the month (the fourth Thursday of November).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from forecasting.types import Floats

SPECIAL_DAYS = "special_days"
"""The name of what special days add, among the seasons."""
_FEWEST_YEARS = 4
"""A day must have been observed in so many years."""
FEWEST_DAYS = _FEWEST_YEARS * 365
"""So many days are long enough to show which days of a year are special."""
_SIGNIFICANT = 5.0
"""The mean of a special day lies so many standard errors from that of other days. There are some
800 dates and places to choose from, so chance must be kept out strictly."""
_NEIGHBOURS = 4
"""What is usual around a day is taken from so many weeks before it and as many after it."""
_WEEK = 7
_NORMAL_FROM_MEAN = float(np.sqrt(np.pi / 2))
"""The standard deviation of normal values as a multiple of their mean absolute deviation."""
_PLACES = 5 * _WEEK


def measure_special_days(values: Floats, last_days: npt.NDArray[np.int64], ahead: int) -> Floats:
    """Return what special days add to values (n, t) and to `ahead` days after them: (n, t + ahead).

    `values` are NaN where nothing was observed. `last_days` (n,) are the dates of the last values,
    in days since 1970. Series of less than `FEWEST_DAYS` have no special days.
    """
    count = values.shape[1]
    unusual = _unusual(values)
    days = last_days[:, None] + np.arange(1 - count, ahead + 1)
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    month = months.astype(np.int64) % 12
    day = (dates - months.astype("datetime64[D]")).astype(np.int64)
    weekday = (days + 3) % _WEEK
    by_date = _effects(unusual, month * 31 + day, 12 * 31)
    place = month * _PLACES + day // _WEEK * _WEEK + weekday
    by_place = _effects(unusual - by_date[:, :count], place, 12 * _PLACES)
    enough = count - (~np.isnan(values)).argmax(axis=1) >= FEWEST_DAYS
    return np.where(enough[:, None], by_date + by_place, 0.0)


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


def _effects(unusual: Floats, keys: npt.NDArray[np.int64], size: int) -> Floats:
    """Return the mean of the unusual part (n, t) of each special key, at keys (n, ≥ t).

    Keys lie below `size`. Keys that are not special, and not observed often enough, get 0.
    """
    rows, count = unusual.shape
    seen = ~np.isnan(unusual)
    flat = (np.arange(rows)[:, None] * size + keys[:, :count])[seen]

    def totals(of: Floats) -> Floats:
        return np.asarray(np.bincount(flat, of, rows * size).reshape(rows, size))

    times = np.bincount(flat, minlength=rows * size).reshape(rows, size)
    means = totals(unusual[seen]) / np.maximum(times, 1)
    from_mean = np.abs(unusual - np.take_along_axis(means, keys[:, :count], axis=1))
    spread = _NORMAL_FROM_MEAN * totals(from_mean[seen]) / np.maximum(times - 1, 1)
    usual = _NORMAL_FROM_MEAN * np.nanmean(np.abs(unusual), axis=1, keepdims=True)
    error = np.maximum(spread, usual) / np.sqrt(np.maximum(times, 1))
    special = (times >= _FEWEST_YEARS) & (np.abs(means) > _SIGNIFICANT * error)
    return np.asarray(np.take_along_axis(np.where(special, means, 0.0), keys, axis=1))

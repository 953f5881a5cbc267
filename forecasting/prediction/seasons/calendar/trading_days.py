"""What months add because of the days they hold: five Saturdays or four, and a leap day.

Source: Bell and Hillmer (1983), Modeling time series with calendar variation, with the regressors
of the United States Census Bureau's X-13ARIMA-SEATS for one coefficient of trading days (`td1coef`)
and for the length of a month.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from forecasting.types import Floats, Positions

TRADING_DAYS = "trading_days"
"""The name of what trading days add, among the seasons."""
FEWEST_MONTHS = 49
"""So many months are long enough to show what their days add."""
_MOST_MONTHS = 253
"""It is measured on so many of the latest months, which are twenty years once differences are
taken."""
_YEAR, _WEEK = 12, 7
_SATURDAY = 5
_CYCLE = 400 * _YEAR
"""The calendar repeats after so many months."""
_SIGNIFICANT = 2.0
"""A coefficient that is less than so many standard errors from 0 is taken to be 0."""
_FEWEST_LEAP = 2
"""The length of a month counts if so many leap days were observed: one alone may be an outlier."""
_TINY = 1e-9


def measure_trading_days(values: Floats, days: Positions) -> Floats:
    """Return what trading days add to months (n, t) and later ones, in which `days` (n, ≥ t) lie.

    `values` are NaN where nothing was observed. `days` count from 1970. Series of less than
    `FEWEST_MONTHS` have none.

    The changes over a year, from month to month, are regressed on those of what the calendar says
    of the months, so that neither a trend nor a season is in the way. The coefficients are shrunk
    as a nonnegative garrote does it (Breiman, 1995, Better subset regression).
    """
    count = values.shape[1]
    if count < FEWEST_MONTHS:
        return np.zeros(days.shape)
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    calendar = _calendar()[:, months % _CYCLE]
    leap = (calendar[1, :, :count] > 0.5) & ~np.isnan(values)
    calendar[1, leap.sum(axis=1) < _FEWEST_LEAP] = 0.0
    recent = slice(max(count - _MOST_MONTHS, 0), count)
    changes = _changes(values[:, recent])
    seen = ~np.isnan(changes)
    times = seen.sum(axis=1)
    known = np.where(seen, _changes(calendar[:, :, recent]), 0.0)
    changes = np.where(seen, changes, 0.0)
    squares = np.moveaxis((known[:, None] * known).sum(axis=-1), -1, 0) + _TINY * np.eye(2)
    inverse = np.linalg.inv(squares)
    coefficients = (inverse @ (known * changes).sum(axis=-1).T[..., None])[..., 0]
    left = changes - (coefficients.T[..., None] * known).sum(axis=0)
    variance = (left**2).sum(axis=1) / np.maximum(times - 2, 1)
    errors = np.sqrt(np.diagonal(inverse, axis1=1, axis2=2) * variance[:, None])
    bounds, sizes = _SIGNIFICANT * errors, np.abs(coefficients)
    kept = 1 - np.divide(bounds, sizes, out=np.ones(sizes.shape), where=sizes > bounds) ** 2
    kept[times < FEWEST_MONTHS - _YEAR - 1] = 0.0
    return np.asarray(((coefficients * kept).T[..., None] * calendar).sum(axis=0))


def _changes(values: Floats) -> Floats:
    """Return the changes over a year of values (…, t), and of these from month to month."""
    yearly = values[..., _YEAR:] - values[..., :-_YEAR]
    return np.diff(yearly, axis=-1)


@lru_cache(maxsize=1)
def _calendar() -> Floats:
    """Return what the calendar says of the 4,800 months since 1970, after which it repeats.

    The rows are the working days less 5/2 of the days of weekends, and the number of days, both
    less their means over all months of the same name: what these have in common is a season.
    """
    months = np.arange(_CYCLE + 1).astype("datetime64[M]")
    first = months.astype("datetime64[D]").astype(np.int64)
    lengths = np.diff(first)
    weekend = sum(np.diff((first + 2 - day) // _WEEK) for day in (_SATURDAY, _SATURDAY + 1))
    rows = np.stack([lengths - weekend - 5 / 2 * weekend, lengths]).reshape(2, -1, _YEAR)
    return np.asarray((rows - rows.mean(axis=1, keepdims=True)).reshape(2, -1))

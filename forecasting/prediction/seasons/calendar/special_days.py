"""Days of the year on which daily values differ from those around them, such as holidays.

No list of holidays is needed: a day is special if the series has shown it to be, year after year:
by its date (25 December), by its place in the month or that of the day before (the fourth Thursday
of November, the Friday after it, the last Monday of May) or by its distance from Easter.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from forecasting.prediction.seasons.calendar.chance import Means, bounds_of_chance, means_of_keys
from forecasting.prediction.seasons.calendar.easter import days_from_easter
from forecasting.prediction.seasons.calendar.neighbours import less_neighbours
from forecasting.types import Floats, Positions

SPECIAL_DAYS = "special_days"
"""The name of what special days add, among the seasons."""
FEWEST_DAYS = 4 * 365
"""A series that spans so many days is long enough to show which days of a year are special."""
_WEEKS_AROUND = range(-4, 5)
"""The usual value of a day is the median of the same weekday in these weeks, its own among them."""
_PURSUITS = 3
"""How often special days are looked for in what those before leave."""
_WEEK, _FRIDAY = 7, 4
_MONTHS, _PLACES = 12, 5 * _WEEK
_MONTH_STARTS = np.cumsum([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30])
DATES = 366
"""The dates of a year, 29 February among them."""
_CARNIVAL, _CORPUS_CHRISTI = -52, 60
"""The first and the last day around Easter that is looked at."""


class _Kind(NamedTuple):
    """What days are told apart by: those with the same key may be special alike."""

    keys: Positions
    """The key of each day, (n, t)."""
    size: int
    """Keys lie below this number."""
    known: npt.NDArray[np.bool_] | None = None
    """Which of the days have a key that means anything, (n, t); all if it is None."""

    def means(self, unusual: Floats) -> Means:
        """Return the means of unusual values (n, t) by their keys."""
        count = unusual.shape[1]
        if self.known is not None:
            unusual = np.where(self.known[:, :count], unusual, np.nan)
        return means_of_keys(unusual, self.keys[:, :count, None], self.size)

    def of_days(self, of_keys: Floats) -> Floats:
        """Return what each day has of numbers (n, size) of the keys: (n, t)."""
        found = np.take_along_axis(of_keys, self.keys, axis=1)
        return found if self.known is None else np.where(self.known, found, 0.0)

    def any_of(self, flags: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Return for which keys any of the days has a flag (n, t): (n, size)."""
        rows = np.arange(len(flags))[:, None]
        keys = (rows * self.size + self.keys[:, : flags.shape[1]])[flags]
        return np.bincount(keys, minlength=len(flags) * self.size).reshape(-1, self.size) > 0


def measure_special_days(values: Floats, days: Positions, week: int = _WEEK) -> Floats:
    """Return what special days add to values (n, t) and later ones on `days` (n, ≥ t) since 1970.

    `values` are NaN where nothing was observed, and `week` of them are a week: five if they are
    those of working days. Series that span less than `FEWEST_DAYS` have no special days.

    A day may be special by its date, its place in the month, that of the day before, or its
    distance from Easter. Where several of them say so, the one counts that is furthest from chance,
    and then, in what is left, they are looked for again (matching pursuit: Mallat and Zhang, 1993,
    Matching pursuits with time-frequency dictionaries).
    """
    count = values.shape[1]
    begun = (~np.isnan(values)).argmax(axis=1)[:, None]
    enough = days[:, count - 1 : count] - np.take_along_axis(days, begun, axis=1) >= FEWEST_DAYS - 1
    if not enough.any():
        return np.zeros(days.shape)
    unusual = less_neighbours(values, [week * k for k in _WEEKS_AROUND])
    kinds = _kinds(days)
    sort_of_day = np.maximum(_weekdays(days) - _FRIDAY, 0)
    added = np.zeros(days.shape)
    bounds: list[Floats] = []
    for _ in range(_PURSUITS):
        left = unusual - added[:, :count]
        found = [kind.means(left) for kind in kinds]
        bounds = bounds or [bounds_of_chance(means.errors) for means in found]
        strengths = np.stack(
            [
                kind.of_days(np.where(means.errors > bound[:, None], means.errors, 0.0))
                for kind, means, bound in zip(kinds, found, bounds, strict=True)
            ]
        )[..., :count]
        strongest = strengths.argmax(axis=0)
        for place, (kind, means, bound) in enumerate(zip(kinds, found, bounds, strict=True)):
            weaker = kind.any_of((strengths[place] > 0) & (strongest != place))
            effects = kind.of_days(np.where(weaker, 0.0, means.shrunk(bound)))
            if place == 0:
                effects = _told_apart(effects, left, 3 * kind.keys + sort_of_day, 3 * kind.size)
            added = added + effects
    return np.where(enough, added, 0.0)


def date_keys(days: Positions) -> Positions:
    """Return the places of days (…) since 1970 among the dates of a year, below `DATES`.

    1 March has the same place in every year, whether there is a day before it or not.
    """
    month, before, _ = _months(days)
    return _in_year(month, before)


def _kinds(days: Positions) -> list[_Kind]:
    """Return what days (n, t) since 1970 are told apart by: their dates first."""
    from_easter = days_from_easter(days)
    near = (from_easter >= _CARNIVAL) & (from_easter <= _CORPUS_CHRISTI)
    around = np.where(near, from_easter - _CARNIVAL, 0)
    month, before, after = _months(days)
    places = [_place(month, off, days) for off in (before, after)]
    dates = _in_year(month, before)
    month, before, _ = _months(days - 1)
    places.append(_place(month, before, days - 1))
    return [
        _Kind(dates, DATES),
        *(_Kind(place, _MONTHS * _PLACES) for place in places),
        _Kind(around, _CORPUS_CHRISTI - _CARNIVAL + 1, near),
    ]


def _in_year(month: Positions, before: Positions) -> Positions:
    return np.asarray(_MONTH_STARTS[month] + before)


def _place(month: Positions, off: Positions, days: Positions) -> Positions:
    """Return the places of days in their months, `off` days from the start or the end."""
    return month * _PLACES + off // _WEEK * _WEEK + _weekdays(days)


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

"""Easter, from which holidays that move are counted."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, date
from functools import lru_cache

import numpy as np
from dateutil.easter import easter

from forecasting.types import Positions

_EPOCH = date(1970, 1, 1)


def days_from_easter(days: Positions) -> Positions:
    """Return how many days after Easter Sunday of the western churches days (…) since 1970 are.

    It is the Easter of the year that each lies in, so that days before it are negative.
    """
    first = int(days.min())
    dates = np.arange(first, int(days.max()) + 1).astype("datetime64[D]")
    years = dates.astype("datetime64[Y]").astype(np.int64) + 1970
    easters = np.array([_easter(year) for year in range(int(years[0]), int(years[-1]) + 1)])
    return np.asarray(days - easters[years - years[0]][days - first])


@lru_cache(maxsize=1024)
def _easter(year: int) -> int:
    """Return the day of Easter Sunday in days since 1970.

    Years that calendars do not have lie beyond what is observed and forecast, so any day does.
    """
    return (easter(min(max(year, MINYEAR), MAXYEAR)) - _EPOCH).days

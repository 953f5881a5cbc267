"""The dates of a run of values on a calendar."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from forecasting.errors import SeriesError
from forecasting.series.calendar import Calendar
from forecasting.series.frequency import DAY, FixedStep
from forecasting.series.time_zones import utc_to_wall
from forecasting.types import Positions


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates of a series of values: those of a calendar from one of its steps on."""

    calendar: Calendar
    first: int
    """The number of steps from the start of the calendar to the first value."""

    def after(self, steps: int) -> Dates:
        """Return the dates of the values that begin so many steps later."""
        return Dates(self.calendar, self.first + steps)

    def day_number(self, step: int) -> int:
        """Return the day of a value in days since 1970, by its position, for steps of a day."""
        return int(self.calendar.start.astype("datetime64[D]").astype(np.int64)) + self.first + step

    @property
    def follow_a_clock(self) -> bool:
        """Whether the steps are parts of a day in a zone whose clocks may be put forward or back.

        An hour of the day is then not always 24 steps after the one before.
        """
        rule = self.calendar.frequency.rule
        zoned = isinstance(self.calendar.zone, ZoneInfo)
        return zoned and isinstance(rule, FixedStep) and rule.elapsed and rule.step < DAY

    def clock_grid(self, count: int, ahead: int) -> Positions | None:
        """Return the places of `count` values and `ahead` further steps on the clock on the wall.

        Places are counted in steps from the first. When the clocks are put forward, an hour of
        places is passed over; when they are put back, an hour of places comes twice. None means
        that neither happens, so that places are positions; it is also returned if the steps run
        past the year 9999.
        """
        rule, zone = self.calendar.frequency.rule, self.calendar.zone
        if zone is None or not isinstance(rule, FixedStep) or not self.follow_a_clock:
            return None
        try:
            stamps = self.calendar.stamps(self.first, count + ahead)
        except SeriesError:
            return None
        wall = utc_to_wall(stamps, zone)
        elapsed = (wall - wall[0]).astype("timedelta64[us]").astype(np.int64)
        places = elapsed // rule.step
        return None if (places == np.arange(places.size)).all() else places

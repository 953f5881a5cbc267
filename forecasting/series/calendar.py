"""The dates of observations: when the first was made, how often, and in which time zone.

Whole numbers that count steps may stand in their place.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from zoneinfo import ZoneInfo

import numpy as np

from forecasting.errors import SeriesError
from forecasting.series.frequency import DAY, FixedStep, Frequency, parse_frequency
from forecasting.series.opening import Opening, OpenSteps, check_open, open_frequency
from forecasting.series.time_zones import utc_to_wall, utc_to_zoned, wall_to_zoned
from forecasting.series.timestamps import format_stamps, parse_times
from forecasting.tables.libraries import pd
from forecasting.types import Positions, Stamps


@dataclass(frozen=True, slots=True)
class Calendar:
    """Dates that go on forever, one for each step of a frequency."""

    start: np.datetime64
    """The first date: what the clock showed if the frequency follows the wall clock, or else
    elapsed time (UTC if there is a zone)."""
    frequency: Frequency
    zone: tzinfo | None = None

    @classmethod
    def from_start(
        cls,
        start: str,
        frequency: str,
        zone: tzinfo | None = None,
        opening: Opening | None = None,
    ) -> Calendar:
        """Return the calendar that starts at an ISO 8601 date.

        `zone` is the zone of the dates, and of a start that is written without an offset. The dates
        keep to the opening, if there is one.

        Raises:
            SeriesError: The frequency is unknown or no opening applies to it, or the start is not a
                date or does not lie on the frequency or within the opening.
        """
        parsed = parse_frequency(frequency)
        try:
            times = parse_times([start]).in_zone(zone)
            elapsed = parsed.rule.elapsed and opening is None
            stamp = times.to_stamps(elapsed=elapsed)[0]
        except SeriesError as error:
            raise error.at("start") from error
        if opening is not None:
            parsed = open_frequency(parsed, opening, stamp)
        check_on_frequency(stamp, parsed, ("start",))
        return cls(stamp, parsed, times.zone)

    def stamps(self, skip: int, count: int) -> Stamps:
        """Return `count` stamps without a zone, the first of them `skip` steps after the start.

        They are local dates for a frequency that follows the wall clock, and otherwise elapsed
        time (UTC if there is a zone).

        Raises:
            SeriesError: The dates run past the year 9999.
        """
        return self.frequency.stamps(self.start, skip, count)

    def range(self, skip: int, count: int) -> pd.DatetimeIndex:
        """Return the same dates as `stamps`, in the zone of the series if it has one.

        Raises:
            SeriesError: The dates run past the year 9999.
        """
        stamps = self.stamps(skip, count)
        if self.zone is None:
            return pd.DatetimeIndex(stamps)
        convert = utc_to_zoned if self.frequency.rule.elapsed else wall_to_zoned
        try:
            return convert(stamps, self.zone)
        except (ValueError, OverflowError) as error:
            raise self.frequency.out_of_range(self.start) from error

    def timestamps(self, skip: int, count: int) -> list[str]:
        """Return the same dates as `range`, in ISO 8601.

        Raises:
            SeriesError: The dates run past the year 9999.
        """
        if self.zone is None:
            return format_stamps(self.stamps(skip, count))
        return [timestamp.isoformat() for timestamp in self.range(skip, count)]


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates of a series of values: those of a calendar from one of its steps on."""

    calendar: Calendar
    first: int
    """The number of steps from the start of the calendar to the first value."""

    def after(self, steps: int) -> Dates:
        """Return the dates of the values that begin so many steps later."""
        return Dates(self.calendar, self.first + steps)

    def days(self, count: int) -> Positions:
        """Return the days of the first `count` values in days since 1970, for steps of whole days.

        They are those of the clock on the wall. For steps of a month they are the first days of the
        months.
        """
        frequency, steps = self.calendar.frequency, self.first + np.arange(count)
        rule, moment = frequency.rule, self.calendar.start
        if rule.elapsed and self.calendar.zone is not None:
            moment = utc_to_wall(np.array([moment]), self.calendar.zone)[0]
        start = moment.astype("datetime64[D]")
        if isinstance(rule, FixedStep):
            days = start + steps * (rule.step // DAY)
        elif isinstance(rule, OpenSteps):
            days = np.busday_offset(start, steps, "forward", busdaycal=rule.opening.calendar())
        elif frequency.name == "B":
            days = np.busday_offset(start, steps, "forward")
        else:
            days = (start.astype("datetime64[M]") + steps).astype("datetime64[D]")
        return np.asarray(days.astype(np.int64))

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


@dataclass(frozen=True, slots=True)
class Steps:
    """Whole numbers in place of dates, which go on forever, each as much larger than the last."""

    start: int
    rise: int

    def numbers(self, skip: int, count: int) -> Positions:
        """Return `count` numbers, the first of them `skip` steps after the start.

        Raises:
            SeriesError: The numbers run past the largest one that int64 can hold.
        """
        first = self.start + self.rise * skip
        if first + self.rise * (count - 1) > np.iinfo(np.int64).max:
            raise SeriesError(
                f"The numbers after {self.start} that rise by {self.rise} run past the largest "
                "whole number that can be kept. Count the steps from 1.",
                code="timestamps_out_of_range",
            )
        return np.array(range(first, first + self.rise * count, self.rise), dtype=np.int64)


def check_on_frequency(
    stamp: np.datetime64, frequency: Frequency, path: tuple[str | int, ...]
) -> None:
    """Check that a stamp lies on a frequency, and within its opening.

    Raises:
        SeriesError: It does not. The path of the error is `path`.
    """
    if isinstance(frequency.rule, OpenSteps):
        try:
            check_open(np.array([stamp]), frequency.rule.opening)
        except SeriesError as error:
            raise error.at(*path) from error
    if frequency.rule.contains(np.array([stamp]))[0]:
        return
    following = frequency.first_at_or_after(stamp)
    raise SeriesError(
        f"{stamp.astype('datetime64[s]')} does not lie on the frequency {frequency.name!r}, whose "
        f"next date is {following.astype('datetime64[s]')}. Give that date, or another frequency: "
        '"W-MON" stands for weeks that start on a Monday, "MS-15" for months on the 15th.',
        code="start_off_frequency",
        path=path,
    )

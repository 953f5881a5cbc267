"""The times of values that are given by the first of them and how often they come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import Self

from forecasting.errors import SeriesError
from forecasting.series.calendar import Calendar
from forecasting.series.frequency import parse_frequency
from forecasting.series.timestamps import Times, parse_times, times_from_index


@dataclass(frozen=True, slots=True)
class TimeRange:
    """Times from a start on, which depend on the zone that they are counted in."""

    start: str
    frequency: str
    count: int

    @classmethod
    def parse(cls, start: str, frequency: str, count: int) -> Self:
        """Return `count` times. Raises SeriesError if the start is no date, or the frequency is
        unknown."""
        found = cls(start, frequency, count)
        parse_frequency(frequency)
        found.first()
        return found

    def first(self) -> Times:
        """Return the start as it was written."""
        try:
            return parse_times([self.start])
        except SeriesError as error:
            raise error.at("start") from error

    def in_zone(self, zone: tzinfo | None) -> Times:
        """Return the times by the clocks of a zone, or of none.

        Raises SeriesError for a start that is not on the frequency there, or that the zone knows
        not or twice, and for times past the year 9999.
        """
        calendar = Calendar.from_start(self.start, self.frequency, zone)
        try:
            return times_from_index(calendar.range(0, self.count))
        except SeriesError as error:
            raise error.at("start") from error

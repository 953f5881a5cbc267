"""Dates of the observations: when the first was made, how often, and in which time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING

import numpy as np

from forecasting.errors import SeriesError
from forecasting.series.frequency import Frequency, parse_frequency
from forecasting.series.time_zones import utc_to_zoned, wall_to_zoned
from forecasting.series.timestamps import parse_times, written
from forecasting.types import Stamps

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Calendar:
    """`start` is UTC where there is a zone, for steps of elapsed time; for steps that follow the
    wall clock it is what that showed."""

    start: np.datetime64
    frequency: Frequency
    zone: tzinfo | None = None

    @classmethod
    def from_start(cls, start: str, frequency: str, zone: tzinfo | None = None) -> Calendar:
        """`zone` is the zone of a start without an offset, and of the dates that follow.

        Raises SeriesError for a start that is no date, or does not lie on the frequency.
        """
        parsed = parse_frequency(frequency)
        try:
            times = parse_times([start]).in_zone(zone)
            stamp = times.line(elapsed=parsed.rule.elapsed)[0]
        except SeriesError as error:
            error.path = ("start",)
            raise
        check_on_frequency(stamp, parsed, ("start",))
        return cls(stamp, parsed, times.zone)

    def stamps(self, skip: int, count: int) -> Stamps:
        """`count` evenly spaced stamps, the first one `skip` steps after the start: of the wall
        clock for days and longer steps, else elapsed time (UTC where there is a zone)."""
        return self.frequency.stamps(self.start, skip, count)

    def range(self, skip: int, count: int) -> pd.DatetimeIndex:
        """`stamps` as the series' owner writes them: in its zone, if it has one."""
        import pandas as pd

        stamps = self.stamps(skip, count)
        if self.zone is None:
            return pd.DatetimeIndex(stamps)
        convert = utc_to_zoned if self.frequency.rule.elapsed else wall_to_zoned
        try:
            return convert(stamps, self.zone)
        except (ValueError, OverflowError) as error:
            raise SeriesError(
                f"the dates after {self.start} run past the end of the calendar, the year 9999.",
                code="timestamps_out_of_range",
            ) from error

    def timestamps(self, skip: int, count: int) -> list[str]:
        """`range` in ISO 8601."""
        if self.zone is None:
            return written(self.stamps(skip, count))
        return [timestamp.isoformat() for timestamp in self.range(skip, count)]


def check_on_frequency(
    stamp: np.datetime64, frequency: Frequency, path: tuple[str | int, ...]
) -> None:
    if frequency.rule.holds(np.array([stamp]))[0]:
        return
    following = frequency.next_after(stamp)
    raise SeriesError(
        f"{stamp.astype('datetime64[s]')} does not lie on the frequency {frequency.name!r}, whose "
        f"next date is {following.astype('datetime64[s]')}. Give that date, or another frequency: "
        '"W-MON" stands for weeks that start on a Monday, "MS-15" for months on the 15th.',
        code="start_off_frequency",
        path=path,
    )

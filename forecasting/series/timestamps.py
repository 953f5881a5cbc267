"""Timestamps as callers write them, read into arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from forecasting.errors import SeriesError
from forecasting.series.time_zones import (
    utc_to_wall,
    utc_to_zoned,
    wall_to_utc,
    wall_to_zoned,
    zoned_to_utc,
)
from forecasting.types import Positions, Stamps

if TYPE_CHECKING:
    import pandas as pd

# Two days from either end of the years 1 to 9999, so that no zone carries a time out of them.
_FIRST = np.datetime64("0001-01-03", "us")
_LAST = np.datetime64("9999-12-29", "us")


@dataclass(frozen=True, slots=True)
class Times:
    """The times of observations, in the order given, and the zone they belong to."""

    stamps: Stamps
    """Shape (n,)."""
    zone: tzinfo | None = None
    """None if neither a zone nor offsets are known."""
    wall: bool = True
    """Whether `stamps` are what the clock on the wall showed. Otherwise they are UTC."""
    zone_known: bool = True
    """False if the offsets of the timestamps change and no zone says why; `zone` is then UTC."""

    def in_zone(self, zone: tzinfo | None) -> Times:
        """Return the same times in `zone`; if that is None, return them as they are.

        Times that were written without an offset are taken to be local times of the zone.
        """
        return self if zone is None else Times(self.stamps, zone, self.wall)

    def take(self, positions: Positions) -> Times:
        """Return the times at `positions` (m,), in that order."""
        return replace(self, stamps=self.stamps[positions])

    def to_stamps(self, *, elapsed: bool) -> Stamps:
        """Return the stamps (n,) that a frequency steps along.

        With `elapsed` these are elapsed time (UTC if there is a zone), otherwise what the clock
        on the wall showed.

        Raises:
            SeriesError: The wall clock does not determine a moment, because the clocks skip a time
                or show it twice. The path of the error is the position of that time.
        """
        if self.zone is None or self.wall != elapsed:
            return self.stamps
        convert = wall_to_utc if elapsed else utc_to_wall
        return convert(self.stamps, self.zone)

    def to_daily_stamps(self) -> Stamps | None:
        """Return wall-clock stamps (n,) if all of them show the same time of day, or else None.

        A day may begin later than the others if the clocks skip that time. This happens to
        midnight in some zones in spring.
        """
        wall = self.to_stamps(elapsed=False)
        days = wall.astype("datetime64[D]")
        times_of_day = wall - days
        usual = np.sort(times_of_day)[times_of_day.size // 2]
        others = times_of_day != usual
        if not others.any():
            return wall
        if self.zone is None or 2 * others.sum() > others.size:
            return None
        shifted = wall_to_zoned((days + usual)[others], self.zone).tz_localize(None)
        return days + usual if (shifted.to_numpy() == wall[others]).all() else None

    def isoformat(self, position: int) -> str:
        """Return the time at `position` in ISO 8601, the way its owner may have written it."""
        stamp = self.stamps[position : position + 1]
        if self.wall or self.zone is None:
            return format_stamps(stamp)[0]
        return str(utc_to_zoned(stamp, self.zone)[0].isoformat())


def parse_times(texts: Sequence[str]) -> Times:
    """Read timestamps (n ≥ 1), all of them written in the same way.

    ISO 8601 is read, and so are the other ways of `forecasting.dates.layouts`.

    Raises:
        SeriesError: A text is not a date or is written unlike the first, or has an offset although
            others have none. The path of the error is the position of that text.
    """
    from forecasting.dates.texts import read_date_texts

    found = read_date_texts(texts)
    return times_from_wall(found.wall, found.offsets)


def times_from_wall(wall: Stamps, offsets: npt.NDArray[np.int16] | None = None) -> Times:
    """Return the times that are written as `wall` (n,), with offsets (n,) from UTC in minutes.

    Raises:
        SeriesError: A time lies outside the years 1 to 9999. The path of the error is its position.
    """
    if offsets is None:
        return _checked(Times(wall))
    utc = wall - offsets.astype("timedelta64[m]")
    different = np.unique(offsets)
    zone_known = different.size == 1
    zone = timezone(timedelta(minutes=int(different[0]))) if zone_known else UTC
    return _checked(Times(utc, zone, wall=False, zone_known=zone_known))


def times_from_index(index: pd.DatetimeIndex) -> Times:
    """Return the times of an index (n,), such as a column of a Parquet file.

    Raises:
        SeriesError: A time lies outside the years 1 to 9999. The path of the error is its position.
    """
    index = index.as_unit("us")
    stamps = index.to_numpy() if index.tz is None else zoned_to_utc(index)
    return _checked(Times(stamps, index.tz, wall=index.tz is None))


def format_stamps(stamps: Stamps) -> list[str]:
    """Write stamps (n,) in ISO 8601 without a zone, to the second if all are whole seconds."""
    whole_seconds = not (stamps.astype(np.int64) % 1_000_000).any()
    texts: list[str] = np.datetime_as_string(stamps, unit="s" if whole_seconds else "us").tolist()
    return texts


def _checked(times: Times) -> Times:
    """Return the times if no zone can carry them out of the years 1 to 9999."""
    outside = ~((times.stamps >= _FIRST) & (times.stamps <= _LAST))
    if outside.any():
        position = int(outside.argmax())
        raise SeriesError(
            f"{times.stamps[position].astype('datetime64[s]')} is not among the dates that can be "
            f"read, which run from {_FIRST.astype('datetime64[D]')} to "
            f"{_LAST.astype('datetime64[D]')}. Correct it, or leave it out.",
            code="timestamp_invalid",
            path=(position,),
        )
    return times

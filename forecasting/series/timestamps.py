"""Timestamps as callers write them, in ISO 8601, read into arrays."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

import numpy as np

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

_ISO_8601 = re.compile(
    r"\d{4}-\d\d(?:-\d\d(?:[T ]\d\d:?\d\d(?::?\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d(?::?\d\d)?)?)?)?",
    re.ASCII,
)
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
    """Read timestamps (n ≥ 1) that are written in ISO 8601.

    Raises:
        SeriesError: A text is not a date, or has an offset although others have none. The path of
            the error is the position of that text.
    """
    import pandas as pd

    offsets = []
    for position, text in enumerate(texts):
        match = _ISO_8601.fullmatch(text)
        if match is None:
            raise _not_a_date(text, position)
        offsets.append(match[1])
    distinct = set(offsets)
    if None in distinct and len(distinct) > 1:
        raise _mixed_zones(texts, [offset is not None for offset in offsets])
    try:
        index = pd.to_datetime(list(texts), format="ISO8601", utc=len(distinct) > 1)
    except (ValueError, TypeError, OverflowError) as error:
        position = _first_unreadable(texts)
        raise _not_a_date(texts[position], position) from error
    return _times(pd.DatetimeIndex(index), zone_known=len(distinct) < 2)


def times_from_index(index: pd.DatetimeIndex) -> Times:
    """Return the times of an index (n,), such as a column of a Parquet file.

    Raises:
        SeriesError: A time lies outside the years 1 to 9999. The path of the error is its position.
    """
    return _times(index, zone_known=True)


def format_stamps(stamps: Stamps) -> list[str]:
    """Write stamps (n,) in ISO 8601 without a zone, to the second if all are whole seconds."""
    whole_seconds = not (stamps.astype(np.int64) % 1_000_000).any()
    texts: list[str] = np.datetime_as_string(stamps, unit="s" if whole_seconds else "us").tolist()
    return texts


def _times(index: pd.DatetimeIndex, *, zone_known: bool) -> Times:
    index = index.as_unit("us")
    stamps = index.to_numpy() if index.tz is None else zoned_to_utc(index)
    outside = ~((stamps >= _FIRST) & (stamps <= _LAST))
    if outside.any():
        position = int(outside.argmax())
        raise SeriesError(
            f"{stamps[position].astype('datetime64[s]')} is not among the dates that can be "
            f"read, which run from {_FIRST.astype('datetime64[D]')} to "
            f"{_LAST.astype('datetime64[D]')}. Correct it, or leave it out.",
            code="timestamp_invalid",
            path=(position,),
        )
    zone = index.tz if zone_known else UTC
    return Times(stamps, zone, wall=zone is None, zone_known=zone_known)


def _first_unreadable(texts: Sequence[str]) -> int:
    """Return the position of the first text that pandas cannot read, or 0 if it reads each."""
    import pandas as pd

    for position, text in enumerate(texts):
        try:
            pd.Timestamp(text)
        except (ValueError, TypeError, OverflowError):
            return position
    return 0


def _mixed_zones(texts: Sequence[str], has_offset: list[bool]) -> SeriesError:
    position = has_offset.index(not has_offset[0])
    return SeriesError(
        f"{texts[position]} has {'an' if has_offset[position] else 'no'} offset, unlike "
        f"{texts[0]}. Give all timestamps with their offset, or none.",
        code="timestamps_mixed_zones",
        path=(position,),
    )


def _not_a_date(text: str, position: int) -> SeriesError:
    return SeriesError(
        f"{text!r} is not a date that can be read. Write dates as ISO 8601, for example "
        "2024-01-31 or 2024-01-31T12:00:00.",
        code="timestamp_invalid",
        path=(position,),
    )

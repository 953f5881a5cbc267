"""Timestamps as they are written, ISO 8601, read into arrays."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
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
from forecasting.types import Stamps

if TYPE_CHECKING:
    import pandas as pd

_ISO_8601 = re.compile(
    r"\d{4}-\d\d(?:-\d\d(?:[T ]\d\d:?\d\d(?::?\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d(?::?\d\d)?)?)?)?",
    re.ASCII,
)
_FIRST = np.datetime64("0001-01-03", "us")
_LAST = np.datetime64("9999-12-29", "us")


@dataclass(frozen=True, slots=True)
class Times:
    """`stamps` (n,): what the clock on the wall showed, or where not `wall`, UTC."""

    stamps: Stamps
    zone: tzinfo | None = None
    wall: bool = True
    zone_known: bool = True
    """False where the offsets of the timestamps change, and no zone says why: `zone` is UTC."""

    def in_zone(self, zone: tzinfo | None) -> Times:
        """The same times in a zone that was named, if any; those without an offset are its own."""
        return self if zone is None else Times(self.stamps, zone, self.wall)

    def take(self, places: npt.NDArray[np.int64]) -> Times:
        return replace(self, stamps=self.stamps[places])

    def line(self, *, elapsed: bool) -> Stamps:
        """The times on the line that a frequency steps along: elapsed time (UTC where there is a
        zone), or the wall clock.

        Raises SeriesError, its path an index, where the wall clock does not tell the moment.
        """
        if self.zone is None or self.wall != elapsed:
            return self.stamps
        return (
            wall_to_utc(self.stamps, self.zone) if elapsed else utc_to_wall(self.stamps, self.zone)
        )

    def one_time_of_day(self) -> Stamps | None:
        """The wall clock's dates where it shows one time of day; None where it shows several.

        A day whose clocks skip that time may begin later: midnight, in some zones, in spring.
        """
        wall = self.line(elapsed=False)
        days = wall.astype("datetime64[D]")
        times = wall - days
        usual = np.sort(times)[times.size // 2]
        others = times != usual
        if not others.any():
            return wall
        if self.zone is None or 2 * others.sum() > others.size:
            return None
        shifted = wall_to_zoned((days + usual)[others], self.zone).tz_localize(None)
        return days + usual if (shifted.to_numpy() == wall[others]).all() else None

    def show(self, place: int) -> str:
        """One of the times in ISO 8601, as its owner may have written it."""
        stamp = self.stamps[place : place + 1]
        if self.wall or self.zone is None:
            return written(stamp)[0]
        return str(utc_to_zoned(stamp, self.zone)[0].isoformat())


def parse_times(texts: Sequence[str]) -> Times:
    """Raises SeriesError, its path the index of what is no date, or has no offset like the rest."""
    import pandas as pd

    offsets = set()
    for place, text in enumerate(texts):
        match = _ISO_8601.fullmatch(text)
        if match is None:
            raise _not_a_date(text, place)
        offsets.add(match[1])
    if None in offsets and len(offsets) > 1:
        zoned = [_ISO_8601.fullmatch(text)[1] is not None for text in texts]  # type: ignore[index]
        place = zoned.index(not zoned[0])
        raise SeriesError(
            f"{texts[place]} {'has an' if zoned[place] else 'has no'} offset, unlike {texts[0]}; "
            "give all of them with their offset, or none.",
            code="timestamps_mixed_zones",
            path=(place,),
        )
    try:
        index = pd.to_datetime(list(texts), format="ISO8601", utc=len(offsets) > 1)
    except (ValueError, TypeError, OverflowError) as error:
        for place, text in enumerate(texts):
            try:
                pd.Timestamp(text)
            except (ValueError, TypeError, OverflowError):
                raise _not_a_date(text, place) from error
        raise _not_a_date(texts[0], 0) from error
    return _times(pd.DatetimeIndex(index), zone_known=len(offsets) < 2)


def times_from_index(index: pd.DatetimeIndex) -> Times:
    """Times that came typed, from a columnar file. Raises SeriesError, its path an index."""
    return _times(index, zone_known=True)


def _times(index: pd.DatetimeIndex, *, zone_known: bool) -> Times:
    index = index.as_unit("us")
    stamps = index.to_numpy() if index.tz is None else zoned_to_utc(index)
    outside = ~((stamps >= _FIRST) & (stamps <= _LAST))
    if outside.any():
        place = int(outside.argmax())
        raise _not_a_date(str(stamps[place]), place)
    zone = index.tz if zone_known else UTC
    return Times(stamps, zone, wall=zone is None, zone_known=zone_known)


def written(stamps: Stamps) -> list[str]:
    """In ISO 8601, without a zone; to the second where that is enough."""
    whole = not (stamps.astype(np.int64) % 1_000_000).any()
    texts: list[str] = np.datetime_as_string(stamps, unit="s" if whole else "us").tolist()
    return texts


def _not_a_date(text: str, place: int) -> SeriesError:
    return SeriesError(
        f"{text!r} is no date of the years 1 to 9999. Give ISO 8601, such as 2024-01-31 or "
        "2024-01-31T12:00:00.",
        code="timestamp_invalid",
        path=(place,),
    )

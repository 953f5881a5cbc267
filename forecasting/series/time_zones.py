"""Time zones, and the conversions between UTC, wall-clock times and zoned times.

`wall` in a name stands for what the clocks of a zone show, kept without a zone. `zoned` stands for
a pandas index that knows its zone.
"""

from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import numpy as np

from forecasting.errors import SeriesError
from forecasting.tables.libraries import pd
from forecasting.types import Stamps

_NAME = re.compile(r"[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}")
_OFFSET = re.compile(r"([+-])([01]\d|2[0-3]):?([0-5]\d)", re.ASCII)


def parse_zone(name: str) -> tzinfo:
    """Return the zone of an IANA name, or of a fixed offset such as +02:00.

    Raises:
        SeriesError: `name` is neither.
    """
    offset = _OFFSET.fullmatch(name)
    if offset is not None:
        distance = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return timezone(-distance if offset[1] == "-" else distance)
    if name == "UTC":
        return UTC
    try:
        if _NAME.fullmatch(name):
            return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        pass
    raise SeriesError(
        f'{name!r} is not a time zone. Give an IANA name, such as "Europe/Berlin", or "UTC".',
        code="timezone_unknown",
        path=("timezone",),
    )


def zone_name(zone: tzinfo) -> str:
    """Return the name of a zone, as `parse_zone` reads it."""
    return str(zone).removeprefix("UTC") or "UTC"


def utc_to_wall(stamps: Stamps, zone: tzinfo) -> Stamps:
    """Convert UTC stamps (n,) to what the clocks of the zone show."""
    return utc_to_zoned(stamps, zone).tz_localize(None).to_numpy()


def utc_to_zoned(stamps: Stamps, zone: tzinfo) -> pd.DatetimeIndex:
    """Convert UTC stamps (n,) to a zoned index."""
    return pd.DatetimeIndex(stamps).tz_localize("UTC").tz_convert(zone)


def zoned_to_utc(index: pd.DatetimeIndex) -> Stamps:
    """Convert a zoned index (n,) to UTC stamps."""
    return index.tz_convert("UTC").tz_localize(None).to_numpy()


def wall_to_zoned(wall: Stamps, zone: tzinfo) -> pd.DatetimeIndex:
    """Convert dates on the wall clock (n,) to a zoned index, whatever the clocks do on them.

    A time that comes twice is taken as the first of the two. A time that the clocks skip becomes
    the first moment after it, which is when a day that should start at that time really starts.
    """
    first = np.ones(wall.size, bool)
    index = pd.DatetimeIndex(wall)
    return index.tz_localize(zone, ambiguous=first, nonexistent="shift_forward")


def wall_to_utc(wall: Stamps, zone: tzinfo) -> Stamps:
    """Convert observed times on the wall clock (n,), in the order of observation, to UTC stamps.

    An hour that comes twice, because summer time ends, must be given twice: the first is the
    earlier one.

    Raises:
        SeriesError: The clocks skip a time, or a time comes twice but is given once. The path of
            the error is the position of that time.
    """
    index = pd.DatetimeIndex(wall)
    first = np.ones(wall.size, bool)
    early = index.tz_localize(zone, ambiguous=first, nonexistent="NaT")
    skipped = early.isna()
    if skipped.any():
        position = int(skipped.argmax())
        raise SeriesError(
            f"{index[position].isoformat()} does not exist in {zone}, because the clocks skip it. "
            "Give the time with its offset, such as 2024-03-31T03:00:00+02:00, or leave it out.",
            code="timestamp_nonexistent",
            path=(position,),
        )
    late = index.tz_localize(zone, ambiguous=~first, nonexistent="NaT")
    ambiguous = np.flatnonzero(early != late)
    if not ambiguous.size:
        return zoned_to_utc(early)
    times = pd.Series(wall[ambiguous])
    given_once = ~times.duplicated(keep=False).to_numpy()
    if given_once.any():
        position = int(ambiguous[given_once.argmax()])
        raise SeriesError(
            f"{index[position].isoformat()} comes twice in {zone}, because the clocks are set "
            "back, and it is not clear which of the two is meant. Give the time with its offset.",
            code="timestamp_ambiguous",
            path=(position,),
        )
    utc = zoned_to_utc(early).copy()
    repeats = ambiguous[times.duplicated().to_numpy()]
    utc[repeats] = zoned_to_utc(late)[repeats]
    return utc

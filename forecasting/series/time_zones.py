"""Time zones: their names, and the way between the wall clock and elapsed time (UTC)."""

from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from forecasting.errors import SeriesError
from forecasting.types import Stamps

if TYPE_CHECKING:
    import pandas as pd

_NAME = re.compile(r"[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}")
_OFFSET = re.compile(r"([+-])([01]\d|2[0-3]):?([0-5]\d)", re.ASCII)


def parse_zone(name: str) -> tzinfo:
    """An IANA name, or a fixed offset such as +02:00. Raises SeriesError for anything else."""
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
        f'{name!r} is no time zone. Give an IANA name, such as "Europe/Berlin", or "UTC".',
        code="timezone_unknown",
        path=("timezone",),
    )


def zone_name(zone: tzinfo) -> str:
    """What `parse_zone` reads."""
    return str(zone).removeprefix("UTC") or "UTC"


def utc_to_wall(stamps: Stamps, zone: tzinfo) -> Stamps:
    """UTC → what the clocks of the zone show."""
    import pandas as pd

    index = pd.DatetimeIndex(stamps).tz_localize("UTC").tz_convert(zone)
    return index.tz_localize(None).to_numpy()


def wall_to_zoned(wall: Stamps, zone: tzinfo) -> pd.DatetimeIndex:
    """Dates on the wall clock → zoned. An hour that comes twice is taken as the first, one that is
    skipped as the first moment after it: what a day that starts then starts with."""
    import pandas as pd

    first = np.ones(wall.size, bool)
    index = pd.DatetimeIndex(wall)
    return index.tz_localize(zone, ambiguous=first, nonexistent="shift_forward")


def utc_to_zoned(stamps: Stamps, zone: tzinfo) -> pd.DatetimeIndex:
    """UTC → zoned."""
    import pandas as pd

    return pd.DatetimeIndex(stamps).tz_localize("UTC").tz_convert(zone)


def zoned_to_utc(index: pd.DatetimeIndex) -> Stamps:
    """Zoned → UTC."""
    return index.tz_convert("UTC").tz_localize(None).to_numpy()


def wall_to_utc(wall: Stamps, zone: tzinfo) -> Stamps:
    """Times on the wall clock, in the order they were observed → UTC.

    An hour that comes twice, as summer time ends, must be given twice: the first is the earlier.
    Raises SeriesError, its path an index, for a time that is skipped, or one that cannot be told.
    """
    import pandas as pd

    index = pd.DatetimeIndex(wall)
    first = np.ones(wall.size, bool)
    early = index.tz_localize(zone, ambiguous=first, nonexistent="NaT")
    skipped = early.isna()
    if skipped.any():
        place = int(skipped.argmax())
        raise SeriesError(
            f"{index[place].isoformat()} does not exist in {zone}: the clocks skip it. Give the "
            "offset with the time, such as 2024-03-31T03:00:00+02:00, or leave it out.",
            code="timestamp_nonexistent",
            path=(place,),
        )
    late = index.tz_localize(zone, ambiguous=~first, nonexistent="NaT")
    twice = np.flatnonzero(early != late)
    if not twice.size:
        return zoned_to_utc(early)
    times = pd.Series(wall[twice])
    alone = ~times.duplicated(keep=False).to_numpy()
    if alone.any():
        place = int(twice[alone.argmax()])
        raise SeriesError(
            f"{index[place].isoformat()} comes twice in {zone}, as the clocks are set back, and it "
            "cannot be told which is meant. Give the offset with the time.",
            code="timestamp_ambiguous",
            path=(place,),
        )
    utc = zoned_to_utc(early).copy()
    repeats = twice[times.duplicated().to_numpy()]
    utc[repeats] = zoned_to_utc(late)[repeats]
    return utc

"""Frequencies as other systems name them: by the length of a step that goes on from the start."""

from __future__ import annotations

import re

import numpy as np

from forecasting.errors import SeriesError
from forecasting.series.frequency import MONTH_NAMES, WEEKDAY_NAMES
from forecasting.series.timestamps import parse_times

_RENAMED = {"H": "h", "T": "min", "S": "s", "L": "ms", "U": "us"}
"""Lengths that pandas has other names for today."""
_BY_MONTHS = {"M": "M", "Q": "Q", "Y": "Y", "A": "Y"}
_DAY = np.timedelta64(1, "D")


def frequency_from(alias: str, start: str) -> str:
    """Return the pandas alias of steps that go on from `start`, which is an ISO 8601 date.

    Weeks, months, quarters and years, "W", "M", "Q" and "Y", fall on the day that the start is on:
    "M" from the 1st stands for "MS", from the last day of a month for "ME", and otherwise for
    months on that day. "H", "T" and "S" are hours, minutes and seconds. Any other alias is returned
    as it is.

    Raises:
        SeriesError: The start is no date. The path of the error is ("start",).
    """
    found = re.fullmatch(r"(\d{0,4})([A-Z])", alias, re.ASCII)
    if found is None:
        return alias
    every, unit = found.groups()
    if unit in _RENAMED:
        return every + _RENAMED[unit]
    if unit != "W" and unit not in _BY_MONTHS:
        return alias
    try:
        day = parse_times([start]).to_stamps(elapsed=False)[0].astype("datetime64[D]")
    except SeriesError as error:
        raise error.at("start") from error
    if unit == "W":
        weekday = WEEKDAY_NAMES[(int(day.astype(np.int64)) + 3) % 7]  # day 0 was a Thursday
        return f"{every}W-{weekday}"
    return _by_months(every, _BY_MONTHS[unit], day)


def _by_months(every: str, unit: str, day: np.datetime64) -> str:
    """Return the alias of every so many months, quarters or years on the day of the month."""
    month = day.astype("datetime64[M]")
    anchor = "" if unit == "M" else f"-{MONTH_NAMES[int(month.astype(np.int64)) % 12]}"
    if day == month.astype("datetime64[D]"):
        return f"{every}{unit}S{anchor}"
    if day + _DAY == (month + 1).astype("datetime64[D]"):
        return f"{every}{unit}E{anchor}"
    months = int(every or 1) * {"M": 1, "Q": 3, "Y": 12}[unit]
    number = int((day - month.astype("datetime64[D]")).astype(np.int64)) + 1
    return f"{'' if months == 1 else months}MS-{number}"

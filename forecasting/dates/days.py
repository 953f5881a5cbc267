"""The days that the numbers of dates stand for: years, months, weeks, quarters."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from forecasting.types import Stamps

Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def days_of_months(year: Integers, month: Integers, day: Integers) -> tuple[Stamps, Mask]:
    """Return days (n,) of months, and which of them exist. The others are some day or another."""
    start = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    length = ((start + 1).astype("datetime64[D]") - start.astype("datetime64[D]")).astype(np.int64)
    valid = (month >= 1) & (month <= 12) & (day >= 1) & (day <= length)
    days = start.astype("datetime64[D]") + (day - 1).astype("timedelta64[D]")
    return days, valid


def days_of_quarters(year: Integers, quarter: Integers, _: Integers) -> tuple[Stamps, Mask]:
    """Return the first days (n,) of quarters, and which of the quarters exist."""
    return days_of_months(year, 3 * quarter - 2, np.ones_like(quarter))


def days_of_weeks(year: Integers, week: Integers, weekday: Integers) -> tuple[Stamps, Mask]:
    """Return the days of ISO weeks. The first week of a year is the one with the 4th of January."""
    fourth: Stamps = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]") + 3
    monday: Stamps = fourth - (fourth.astype(np.int64) + 3) % 7 + 7 * (week - 1)
    thursday_year = (monday + 3).astype("datetime64[Y]").astype(np.int64) + 1970
    valid = (week >= 1) & (thursday_year == year) & (weekday >= 1) & (weekday <= 7)
    return monday + (weekday - 1), valid


def days_of_years(year: Integers, ordinal: Integers, _: Integers) -> tuple[Stamps, Mask]:
    """Return the days (n,) with these numbers in their years, and which of them exist."""
    years = (year - 1970).astype("datetime64[Y]")
    days = years.astype("datetime64[D]") + (ordinal - 1).astype("timedelta64[D]")
    return days, (ordinal >= 1) & (days.astype("datetime64[Y]") == years)

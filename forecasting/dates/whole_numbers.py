"""Whole numbers that are dates, told from those that count steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from forecasting.dates.layouts import Mask, days_of_months
from forecasting.dates.mixed_numbers import OR_STEPS, refuse_mixed
from forecasting.errors import SeriesError
from forecasting.types import Positions, Stamps

_YEARS = (1600, 2199)
_SECONDS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_UNITS = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}
_SERIAL_ZERO = np.datetime64("1899-12-30", "D")
_SERIALS = (10_000, 73_050)
"""Excel's numbers of the days from 1927 to 2099."""
_PLAIN_SERIAL = 25_569
"""Excel's number of 1970-01-01. If all are smaller, they may be days since 1970 as well."""
_PERIODS = ((1, 1), (7, 7), (14, 14), (28, 31), (89, 92), (181, 184), (365, 366))
"""How many days apart dates in a column are: days, weeks, months, quarters, half years, years."""


@dataclass(frozen=True, slots=True)
class DateNumbers:
    """What whole numbers in place of dates stand for."""

    meaning: str
    """How the numbers are written, such as "YYYYMMDD"."""
    to_stamps: Callable[[Positions], Stamps]
    """Returns the times (n,) that whole numbers (n,) stand for, NaT for days that do not exist."""
    are_so: Callable[[Positions], Mask]
    """Returns which further numbers (n,) may be written so, among them days that do not exist."""
    utc: bool = False
    """Whether the times are UTC. Otherwise they are local dates."""


def recognise_dates(numbers: Positions) -> DateNumbers | None:
    """Return what the whole numbers (n ≥ 1,) of a column stand for, or None if they count steps.

    All of them have to fit: their order and how often each comes does not matter.

    Raises:
        SeriesError: The numbers look like dates that are not read, like dates among which one does
            not exist, or like dates that are not all written in the same way. The path of the error
            is the position of a number.
    """
    different, positions = np.unique(numbers, return_index=True)
    try:
        found = _recognise(different)
        if found is None:
            refuse_mixed(different, _meaning_of)
    except SeriesError as error:
        place = int(error.path[0]) if error.path else 0
        raise error.at(int(positions[place])) from error
    return found


def _recognise(different: Positions) -> DateNumbers | None:
    """As `recognise_dates`, for numbers (n ≥ 1,) that are in ascending order, each once."""
    found = (recognise(different) for recognise in (_compact, _years, _epoch, _serial_days))
    return next(filter(None, found), None)


def _meaning_of(different: Positions) -> str | None:
    """Return how numbers are written that are dates, or None if they cannot be read as such."""
    try:
        found = _recognise(different)
    except SeriesError:
        return None
    return None if found is None else found.meaning


def _compact(different: Positions) -> DateNumbers | None:
    """Recognise 20240131, 202401, 2024013112, 202401311200 and 20240131120000."""
    low, high = int(different[0]), int(different[-1])
    for digits, meaning in _COMPACT.items():
        first_year = _YEARS[0] if digits < 10 else 1900  # 1.6e9 to 1.9e9 are seconds since 1970
        scale = 10 ** (digits - 4)
        between = first_year * scale, (_YEARS[1] + 1) * scale - 1
        if not between[0] <= low <= high <= between[1]:
            continue
        valid = _compact_stamps(different, digits)[1]
        if valid.all():
            to_stamps = partial(_compact_to_stamps, digits=digits)
            return DateNumbers(meaning, to_stamps, partial(_are_within, between=between))
        wrong = valid.size - int(valid.sum())
        if 2 * wrong < valid.size:
            if wrong > 1:
                _refuse_other_compact(different)
            position = int(valid.argmin())
            raise SeriesError(
                f"{different[position]} is not a date, although most numbers are dates written as "
                f"{meaning}. Correct it, or write all dates as ISO 8601, for example 2024-01-31.",
                code="timestamp_invalid",
                path=(position,),
            )
    _refuse_other_compact(different)
    return None


_COMPACT = {
    8: "YYYYMMDD",
    6: "YYYYMM",
    10: "YYYYMMDDHH",
    12: "YYYYMMDDHHMM",
    14: "YYYYMMDDHHMMSS",
}


def _compact_to_stamps(numbers: Positions, digits: int) -> Stamps:
    stamps, valid = _compact_stamps(numbers, digits)
    return np.where(valid, stamps, np.datetime64("NaT"))


def _compact_stamps(numbers: Positions, digits: int) -> tuple[Stamps, Mask]:
    """Return the times that numbers of so many digits stand for, and which of them exist."""
    scaled = numbers * 10 ** (14 - digits)
    second, minute, hour = scaled % 100, scaled // 10**2 % 100, scaled // 10**4 % 100
    day, month, year = scaled // 10**6 % 100, scaled // 10**8 % 100, scaled // 10**10
    if digits == 6:
        day = np.ones_like(day)
    days, valid = days_of_months(year, month, day)
    seconds = (hour * 60 + minute) * 60 + second
    valid &= (minute < 60) & (second < 60) & (seconds <= 86_400)  # 24:00 is the next midnight
    return days.astype("datetime64[us]") + seconds.astype("timedelta64[s]"), valid


def _refuse_other_compact(different: Positions) -> None:
    """Refuse numbers that look like dates written in a way that is not plain enough to be read.

    Raises SeriesError without a path.
    """
    for kind, cure, fits in _NOT_PLAIN:
        if different.size > 1 and fits(different):
            raise _cannot_be_told(int(different[0]), kind, cure)


def _are_weeks(different: Positions) -> bool:
    weeks = different % 100
    return _within(different, 190_001, 219_953) and _within(weeks, 1, 53) and weeks.max() > 12


def _have_short_years(different: Positions) -> bool:
    days, months = different % 100, different // 100 % 100
    return _within(different, 100_101, 991_231) and _within(days, 1, 31) and _within(months, 1, 12)


def _are_quarters(different: Positions) -> bool:
    return _within(different, 19_001, 21_994) and _within(different % 10, 1, 4)


def _lack_zeros(different: Positions) -> bool:
    short = different < 100_000
    years = np.where(short, different // 10, different // 100)
    rest = np.where(short, different % 10, different % 100)
    return bool(short.any()) and _within(years, 1900, 2199) and _within(rest, 1, 53)


def _are_periods(different: Positions) -> bool:
    return _within(different, 1_900_001, 2_199_016) and _within(different % 1_000, 1, 16)


def _are_days_of_years(different: Positions) -> bool:
    return _within(different, 1_900_001, 2_199_366) and _within(different % 1_000, 1, 366)


def _have_years_last(different: Positions) -> bool:
    starts = different // 10_000
    return (
        _within(different, 1_011_900, 31_122_199)
        and _within(different % 10_000, 1900, 2199)
        and _within(starts % 100, 1, 31)
        and _within(starts // 100, 1, 31)
    )


_NOT_PLAIN: tuple[tuple[str, str, Callable[[Positions], bool]], ...] = (
    ("a year and a week", "as ISO 8601, for example 2024-W05", _are_weeks),
    (
        "a date with a year of two digits",
        "as ISO 8601, for example 2024-01-31, or send date_format=%y%m%d",
        _have_short_years,
    ),
    ("a year and a quarter", "as 2024Q1", _are_quarters),
    (
        "a year and a month or a week without a zero before it",
        "as ISO 8601, for example 2024-01 for a month or 2024-W01 for a week",
        _lack_zeros,
    ),
    (
        "a year and a period of three digits",
        "as ISO 8601, for example 2024-01 for a month, or send date_format=%Y%j for days of years",
        _are_periods,
    ),
    (
        "a year and a day of the year",
        "as ISO 8601, for example 2024-031, or send date_format=%Y%j",
        _are_days_of_years,
    ),
    (
        "a date whose year comes last",
        "as ISO 8601, for example 2024-01-31, or send date_format=%d%m%Y or date_format=%m%d%Y",
        _have_years_last,
    ),
)


def _years(different: Positions) -> DateNumbers | None:
    if not _within(different, *_YEARS):
        return None
    return DateNumbers("years", _years_to_stamps, partial(_are_within, between=_YEARS))


def _years_to_stamps(numbers: Positions) -> Stamps:
    stamps: Stamps = (numbers - 1970).astype("datetime64[Y]").astype("datetime64[us]")
    return stamps


def _epoch(different: Positions) -> DateNumbers | None:
    """Recognise seconds since 1970, and parts of seconds.

    Numbers from 2001 on, which have ten digits or more, may be any; earlier ones have to be whole
    minutes, since there are small numbers of many other kinds. Numbers near 1970 fit several units.
    If several are whole minutes in a small one, it is that: in a larger one they would all be
    whole minutes times a thousand, and no period of dates is a multiple of 1,000 minutes.
    """
    low, high = int(different[0]), int(different[-1])
    if max(-low, high) < 10**8:
        return None
    fitting = [
        (unit, scale)
        for unit, scale in _SECONDS.items()
        if _are_epoch(different, scale=scale).all()
    ]
    finest = [pair for pair in fitting if (different % (60 * pair[1]) == 0).all()][-1:]
    far = [
        (unit, scale)
        for unit, scale in fitting
        if low >= 10**9 * scale or max(-low, high) >= 10**8 * scale
    ]
    chosen = finest if different.size > 1 and finest else far
    if not chosen:
        return None
    unit, scale = chosen[0]
    to_stamps, fits = partial(_epoch_to_stamps, unit=unit), partial(_are_epoch, scale=scale)
    return DateNumbers(f"{_UNITS[unit]} since 1970", to_stamps, fits, utc=True)


def _are_epoch(numbers: Positions, scale: int) -> Mask:
    recent, whole_minutes = numbers >= 10**9 * scale, numbers % (60 * scale) == 0
    within = _are_within(numbers, (-5 * 10**9 * scale, 42 * 10**8 * scale))
    fits: Mask = within & (recent | whole_minutes)
    return fits


def _epoch_to_stamps(numbers: Positions, unit: str) -> Stamps:
    stamps: Stamps = numbers.astype(f"datetime64[{unit}]").astype("datetime64[us]")
    return stamps


def _serial_days(different: Positions) -> DateNumbers | None:
    """Recognise Excel's numbers of days, if they rise as dates do."""
    if different.size < 2 or not _within(different, *_SERIALS):
        return None
    differences = np.diff(different)
    usual = int(np.sort(differences)[differences.size // 2])
    if not any(shortest <= usual <= longest for shortest, longest in _PERIODS):
        return None
    if different[-1] < _PLAIN_SERIAL:
        if usual >= 28 and (differences != usual).any():
            raise _cannot_be_told(
                int(different[0]), "a number of days", "as ISO 8601, for example 2024-01-31"
            )
        return None
    fits = partial(_are_within, between=_SERIALS)
    return DateNumbers("Excel's numbers of days", _serials_to_stamps, fits)


def _serials_to_stamps(numbers: Positions) -> Stamps:
    stamps: Stamps = (_SERIAL_ZERO + numbers).astype("datetime64[us]")
    return stamps


def _are_within(numbers: Positions, between: tuple[int, int]) -> Mask:
    low, high = between
    return (low <= numbers) & (numbers <= high)


def _within(numbers: npt.NDArray[np.int64], low: int, high: int) -> bool:
    return bool(low <= numbers.min() and numbers.max() <= high)


def _cannot_be_told(number: int, kind: str, cure: str) -> SeriesError:
    return SeriesError(
        f"{number} looks like {kind}, but may be any whole number. Write dates {cure}. {OR_STEPS}",
        code="timestamp_invalid",
    )

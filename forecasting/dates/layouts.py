"""How dates are written: each layout that is read, as a regular expression, and its days.

A layout is found for one text. Others of the same shape, which differ only in their digits, have it
too, so that the fields of all of them are read at once. A caller may also name a layout, in the
notation of strptime.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from forecasting.errors import SeriesError
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


def days_of_half_years(year: Integers, half: Integers, _: Integers) -> tuple[Stamps, Mask]:
    """Return the first days (n,) of half years, and which of the half years exist."""
    return days_of_months(year, 6 * half - 5, np.ones_like(half))


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


_MONTHS = (
    ("january", "jan", "januar", "janvier", "janv"),
    ("february", "feb", "februar", "février", "fevrier", "févr", "fevr"),
    ("march", "mar", "märz", "maerz", "mrz", "mär", "mars"),
    ("april", "apr", "avril", "avr"),
    ("may", "mai"),
    ("june", "jun", "juni", "juin"),
    ("july", "jul", "juli", "juillet", "juil"),
    ("august", "aug", "août", "aout"),
    ("september", "sept", "sep", "septembre"),
    ("october", "oct", "oktober", "okt", "octobre"),
    ("november", "nov", "novembre"),
    ("december", "dec", "dezember", "dez", "décembre", "decembre", "déc"),
)
"""The names of the months in English, German and French; none stands for two of them."""
_MONTH_OF_NAME = {name: month for month, names in enumerate(_MONTHS, 1) for name in names}
MONTH_NAME = rf"(?P<name>{'|'.join(sorted(_MONTH_OF_NAME, key=len, reverse=True))})\.?"
WEEKDAY_NAME = r"(?:mon|tue(?:s)?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?"
_WEEKDAY = rf"(?:{WEEKDAY_NAME},? )?"
_DAY = r"(?P<day>\d\d?)(?:st|nd|rd|th|er|\.)?"
_YEAR = r"(?P<year>\d{4})"
TIME = (
    r"(?:(?P<joint>t|,? )(?P<hour>\d\d|\d(?=:| ?[ap]))"
    r"(?::?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?)?"
    r"(?: ?(?P<meridiem>[ap])\.?m\.?)?"
    r"(?: ?(?P<offset>z|utc|[+-]\d\d(?::?\d\d)?))?)?"
)


class DateFields(Enum):
    """What the numbers of a date stand for, in the order in which they are read."""

    DAY = ("year", "month", "day")
    YEAR = ("year",)
    MONTH = ("year", "month")
    NAMED_DAY = ("year", "name", "day")
    NAMED_MONTH = ("year", "name")
    HALF_YEAR = ("year", "half")
    QUARTER = ("year", "quarter")
    WEEK = ("year", "week")
    WEEKDAY = ("year", "week", "weekday")
    ORDINAL = ("year", "ordinal")
    EITHER_ORDER = ("year", "leading", "middle")
    """Day and month, or month and day."""


_HAS_NO_DAY = {
    DateFields.YEAR,
    DateFields.MONTH,
    DateFields.NAMED_MONTH,
    DateFields.HALF_YEAR,
    DateFields.QUARTER,
    DateFields.WEEK,
}

_PATTERNS = (
    (DateFields.DAY, rf"{_YEAR}(?P<separator>[-/.])(?P<month>\d\d?)(?P=separator)(?P<day>\d\d?)"),
    (DateFields.DAY, rf"{_YEAR}(?P<month>\d\d)(?P<day>\d\d)"),
    (
        DateFields.EITHER_ORDER,
        rf"(?P<leading>\d\d?)(?P<separator>[-/]|\. ?)(?P<middle>\d\d?)(?P=separator){_YEAR}",
    ),
    (DateFields.YEAR, _YEAR),
    (DateFields.MONTH, rf"{_YEAR}(?P<separator>[-/])(?P<month>\d\d?)"),
    (DateFields.MONTH, rf"{_YEAR}-?m(?P<month>\d\d?)"),
    (DateFields.MONTH, rf"(?P<month>\d\d?)(?P<separator>[-/]){_YEAR}"),
    (DateFields.MONTH, rf"(?P<month>\d\d)\.{_YEAR}"),
    (DateFields.HALF_YEAR, rf"{_YEAR}[-: ]?h(?P<half>\d)"),
    (DateFields.HALF_YEAR, rf"h(?P<half>\d)[-/ ]?{_YEAR}"),
    (DateFields.QUARTER, rf"{_YEAR}[-: ]?q(?P<quarter>\d)"),
    (DateFields.QUARTER, rf"q(?P<quarter>\d)[-/ ]?{_YEAR}"),
    (DateFields.QUARTER, rf"(?P<quarter>\d)q[-/ ]?{_YEAR}"),
    (DateFields.WEEK, rf"{_YEAR}[- ]?w(?P<week>\d\d?)"),
    (DateFields.WEEKDAY, rf"{_YEAR}(?P<separator>-?)w(?P<week>\d\d)(?P=separator)(?P<weekday>\d)"),
    (DateFields.ORDINAL, rf"{_YEAR}-?(?P<ordinal>\d{{3}})"),
    (DateFields.NAMED_MONTH, rf"{MONTH_NAME}[- /]?{_YEAR}"),
    (DateFields.NAMED_MONTH, rf"{_YEAR}[- ]?{MONTH_NAME}"),
    (DateFields.NAMED_DAY, rf"{_WEEKDAY}{_DAY}[- /]?{MONTH_NAME},?[- /]?{_YEAR}"),
    (DateFields.NAMED_DAY, rf"{_WEEKDAY}{MONTH_NAME}[- ]?{_DAY},?[- ]{_YEAR}"),
    (DateFields.NAMED_DAY, rf"{_YEAR}[- ]?{MONTH_NAME}[- ]?{_DAY}"),
)
_LAYOUTS = tuple(
    (
        number,
        fields,
        re.compile(pattern if fields in _HAS_NO_DAY else pattern + TIME, re.ASCII),
    )
    for number, (fields, pattern) in enumerate(_PATTERNS)
)


@dataclass(frozen=True, slots=True)
class Layout:
    """The layout of a text, and where in the text its fields lie."""

    key: tuple[int, str]
    """Equal for texts that are written alike, apart from the time of day."""
    fields: DateFields
    separator: str
    spans: dict[str, tuple[int, int]]
    """Where each field that holds digits begins and ends."""
    month: int | None
    """The month, from 1, if it is written as a name."""
    afternoon: bool | None
    """Whether hours of 12 are after noon; None for hours of 24."""
    offset: int | None
    """The sign of the offset from UTC, 0 for UTC itself; None if there is no offset."""


def find_layout(text: str) -> Layout | None:
    """Return the layout of a text in lower case, or None if it is not a date."""
    for number, fields, pattern in _LAYOUTS:
        match = pattern.fullmatch(text)
        if match is not None and _is_time_complete(match):
            return layout_of_match(number, fields, match)
    return None


def _is_time_complete(match: re.Match[str]) -> bool:
    """Return False for an hour alone, such as in `2024-01-31 12`, which may be anything."""
    found = match.groupdict()
    if found.get("hour") is None:
        return True
    return found["minute"] is not None or found["meridiem"] is not None or found["joint"] == "t"


def layout_of_match(number: int, fields: DateFields, match: re.Match[str]) -> Layout:
    """Return the layout of a text whose fields the groups of a match hold, by their names."""
    found = match.groupdict()
    separator = found.get("separator") or ""
    name, meridiem, offset = found.get("name"), found.get("meridiem"), found.get("offset")
    spans = {
        field: match.span(field)
        for field, text in found.items()
        if text is not None and text.isdecimal()
    }
    sign = None
    if offset is not None:
        sign = {"+": 1, "-": -1}.get(offset[0], 0)
        if sign:
            start, end = match.span("offset")
            spans["offset_hours"] = (start + 1, start + 3)
            if end - start > 3:
                spans["offset_minutes"] = (end - 2, end)
    return Layout(
        (number, separator),
        fields,
        separator,
        spans,
        None if name is None else _MONTH_OF_NAME[name],
        None if meridiem is None else meridiem == "p",
        sign,
    )


_DIRECTIVES = {
    "Y": r"(?P<year>\d{4})",
    "y": r"(?P<short_year>\d\d)",
    "G": r"(?P<year>\d{4})",
    "m": r"(?P<month>\d\d?)",
    "d": r"(?P<day>\d\d?)",
    "b": MONTH_NAME,
    "B": MONTH_NAME,
    "a": WEEKDAY_NAME,
    "A": WEEKDAY_NAME,
    "j": r"(?P<ordinal>\d{3})",
    "V": r"(?P<week>\d\d)",
    "u": r"(?P<weekday>\d)",
    "H": r"(?P<hour>\d\d?)",
    "I": r"(?P<hour>\d\d?)",
    "M": r"(?P<minute>\d\d)",
    "S": r"(?P<second>\d\d)",
    "f": r"(?P<fraction>\d{1,9})",
    "p": r"(?P<meridiem>[ap])\.?m\.?",
    "z": r"(?P<offset>z|[+-]\d\d:?(?:\d\d)?)",
    "%": "%",
}
_DIGITS = {
    **dict.fromkeys("YG", 4),
    "j": 3,
    **dict.fromkeys("ymdVHIMS", 2),
    "u": 1,
}
"""How many digits a directive stands for if nothing but digits is beside it."""
_COMPOSED = {"%F": "%Y-%m-%d", "%T": "%H:%M:%S", "%D": "%m/%d/%y", "%R": "%H:%M"}
_TOKEN = re.compile(r"%-?(.)|(\s+)|([^%\s]+)|%", re.DOTALL)
_FIELDS = {
    frozenset(fields.value[1:]): fields
    for fields in DateFields
    if fields not in {DateFields.EITHER_ORDER, DateFields.QUARTER, DateFields.HALF_YEAR}
}


def compile_date_format(date_format: str) -> Callable[[str], Layout | None]:
    """Return a function that finds the layout of a text in lower case, None if it does not fit.

    A time of day may follow the date even if the format does not mention it.

    Raises:
        SeriesError: The format cannot be read with. The path of the error is ("date_format",).
    """
    pattern = _translate(date_format)
    try:
        groups = set(re.compile(pattern).groupindex)
    except re.error as error:
        raise _unusable(date_format, "names the same part of a date twice") from error
    fields = _FIELDS.get(frozenset(groups & {name for names in _FIELDS for name in names}))
    if fields is None or len(groups & {"year", "short_year"}) != 1:
        raise _unusable(date_format, "does not give a year and the month or the day in it")
    if not groups & {"hour", "minute", "second", "fraction", "meridiem", "offset"}:
        pattern += TIME
    compiled = re.compile(pattern, re.ASCII)

    def find(text: str) -> Layout | None:
        match = compiled.fullmatch(text)
        return None if match is None else layout_of_match(0, fields, match)

    return find


def count_digits(date_format: str) -> int:
    """Return how many digits a date has that is written with nothing else, the zeros that it begins
    with among them; 0 if the format has other signs or does not say."""
    directives = [token[1] for token in _TOKEN.finditer(date_format.strip())]
    if not set(directives) <= set(_DIGITS):
        return 0
    return sum(_DIGITS[directive] for directive in directives)


def _translate(date_format: str) -> str:
    """Return the regular expression for texts in lower case."""
    for short, long in _COMPOSED.items():
        date_format = date_format.replace(short, long)
    parts: list[str] = []
    joined = False
    for token in _TOKEN.finditer(date_format.strip()):
        directive, space, literal = token.groups()
        if directive is not None and directive in _DIRECTIVES:
            part = _DIRECTIVES[directive]
            if joined:  # without anything between them, numbers have to have all their digits
                parts[-1] = parts[-1].replace(r"\d\d?", r"\d\d")
                part = part.replace(r"\d\d?", r"\d\d")
            parts.append(part)
        elif space is not None:
            parts.append(r"\s+")
        elif literal is None or re.search(r"\d", literal):
            part = token[0]
            raise _unusable(date_format, f"holds {part!r}, which stands for no part of a date")
        else:
            parts.append(re.escape(literal.lower()))
        joined = directive is not None
    return "".join(parts)


def _unusable(date_format: str, reason: str) -> SeriesError:
    return SeriesError(
        f"date_format {date_format[:64]!r} {reason}. Give the notation of strptime: %Y is the "
        "year, %y a year of two digits, %m the month, %d the day, %b the name of a month, %H, %M "
        "and %S the time, such as %d/%m/%Y.",
        code="date_format_invalid",
        path=("date_format",),
    )

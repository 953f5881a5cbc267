"""How dates are written: each layout that is read, as a regular expression.

A layout is found for one text. Others of the same shape, which differ only in their digits, have it
too, so that the fields of all of them are read at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH_NAME = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
WEEKDAY_NAME = r"(?:mon|tue(?:s)?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?"
_WEEKDAY = rf"(?:{WEEKDAY_NAME},? )?"
_DAY = r"(?P<day>\d\d?)(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})"
TIME = (
    r"(?:(?P<joint>t|,? )(?P<hour>\d\d|\d(?=:| ?[ap]))"
    r"(?::?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?)?"
    r"(?: ?(?P<meridiem>[ap])\.?m\.?)?"
    r"(?: ?(?P<offset>z|utc|[+-]\d\d(?::?\d\d)?))?)?"
)


class DateFields(Enum):
    """What the numbers of a date stand for, after its year."""

    DAY = ("month", "day")
    YEAR = ()
    MONTH = ("month",)
    NAMED_DAY = ("name", "day")
    NAMED_MONTH = ("name",)
    QUARTER = ("quarter",)
    WEEK = ("week",)
    WEEKDAY = ("week", "weekday")
    ORDINAL = ("ordinal",)
    EITHER_ORDER = ("leading", "middle")
    """Day and month, or month and day."""


_HAS_NO_DAY = {
    DateFields.YEAR,
    DateFields.MONTH,
    DateFields.NAMED_MONTH,
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
    (DateFields.QUARTER, rf"{_YEAR}[-: ]?q(?P<quarter>\d)"),
    (DateFields.QUARTER, rf"q(?P<quarter>\d)[-/ ]?{_YEAR}"),
    (DateFields.QUARTER, rf"(?P<quarter>\d)q[-/ ]?{_YEAR}"),
    (DateFields.WEEK, rf"{_YEAR}[- ]?w(?P<week>\d\d)"),
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
        None if name is None else _MONTHS.index(name[:3]) + 1,
        None if meridiem is None else meridiem == "p",
        sign,
    )

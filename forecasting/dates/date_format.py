"""Dates written as a format in the notation of strptime says."""

from __future__ import annotations

import re
from collections.abc import Callable

from forecasting.dates.layouts import (
    MONTH_NAME,
    TIME,
    WEEKDAY_NAME,
    DateFields,
    Layout,
    layout_of_match,
)
from forecasting.errors import SeriesError

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
_COMPOSED = {"%F": "%Y-%m-%d", "%T": "%H:%M:%S", "%D": "%m/%d/%y", "%R": "%H:%M"}
_TOKEN = re.compile(r"%-?(.)|(\s+)|([^%\s]+)|%", re.DOTALL)
_FIELDS = {
    frozenset(fields.value): fields
    for fields in DateFields
    if fields not in {DateFields.EITHER_ORDER, DateFields.QUARTER}
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

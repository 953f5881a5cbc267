"""What is wrong with a text that is not read as a date, and what to write in its place."""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Sequence
from contextlib import suppress

from forecasting.dates.layouts import MONTH_NAME, find_layout

LONGEST = 64
"""The most characters that a date may have."""
_MOST_COMPARED = 2_000
"""How many dates, spread over all of them, decide which formats are offered."""
WRITE_ISO_8601 = "Write dates as ISO 8601, for example 2024-01-31 or 2024-01-31T12:00:00."

_OR_FORMAT = (
    "Write dates as ISO 8601, for example 2024-01-31, or say how they are written with "
    "date_format, such as date_format=%d.%m.%y."
)
_WRITE_OFFSET = (
    "Write the offset from UTC in its place, for example 2024-01-31T12:00:00+01:00, or leave it "
    "out and name the timezone beside the dates, such as Europe/Berlin."
)
_SHORT_YEARS = tuple(
    (re.compile(pattern + r"(?:[ ,T].*)?", re.ASCII | re.IGNORECASE), formats)
    for pattern, formats in (
        (r"(?P<date>\d\d?(?P<s>[-/.])\d\d?(?P=s)\d\d)", ("%d{s}%m{s}%y", "%m{s}%d{s}%y")),
        (r"(?P<date>\d\d(?P<s>[-/.])\d\d(?P=s)\d\d)", ("%y{s}%m{s}%d",)),
        (rf"(?P<date>\d\d?(?P<s>[- ]?){MONTH_NAME}(?P=s)\d\d)", ("%d{s}%b{s}%y", "%d{s}%B{s}%y")),
        (rf"(?P<date>{MONTH_NAME}(?P<s>[-/' ]?)\d\d)", ("%b{s}%y", "%B{s}%y")),
        (r"(?P<date>\d\d(?P<s>[-/])\d\d)", ("%m{s}%y", "%y{s}%m")),
    )
)
_SHORT_QUARTER = re.compile(r"q\d[-/' ]?\d\d|\d\d?q\d\d?", re.ASCII | re.IGNORECASE)
_SPAN_OF_YEARS = re.compile(r"(\d{4}) ?[-/\u2013] ?(\d\d|\d{4})", re.ASCII)
_ZONE_NAME = re.compile(
    r"(.*\d) ?\[?((?![AP]M)[A-Z]{2,5}|[A-Z][A-Za-z_]+(?:/[A-Za-z_+-]+)+)\]?", re.ASCII
)


def looks_like_date(text: str) -> bool:
    """Return whether a text is a date, or would be one with another year or without a zone."""
    return len(text) <= LONGEST and (
        find_layout(text.lower()) is not None
        or bool(_short_year_formats(text))
        or _zone_of(text) is not None
    )


def explain_unreadable(text: str, texts: Sequence[str], *, takes_format: bool) -> str:
    """Return what is wrong with a text that has no layout, and the cure, as two sentences.

    `texts` are all dates, of which it is one. `takes_format` says whether the caller can give a
    date format.
    """
    quoted, cure = repr(text[:LONGEST]), _OR_FORMAT if takes_format else WRITE_ISO_8601
    if len(text) > LONGEST:
        return f"{quoted} … is not a date that can be read. {cure}"
    formats = _common_formats(text, texts)
    is_quarter = _SHORT_QUARTER.fullmatch(text) is not None
    if formats or is_quarter:
        if is_quarter:
            cure = "Write quarters with their whole year, for example 2024Q1."
        elif takes_format:
            cure = f"Write the year with four digits, or send {advise_formats(formats)}."
        return f"{quoted} has a year of two digits, whose century cannot be told. {cure}"
    span = _SPAN_OF_YEARS.fullmatch(text)
    if span is not None and str(int(span[1]) + 1).endswith(span[2]):
        return f"{quoted} runs from one year into the next. Write one year, for example {span[1]}."
    zone = _zone_of(text)
    if zone is not None:
        return f"{quoted} names the time zone {zone}, which is not read from dates. {_WRITE_OFFSET}"
    return f"{quoted} is not a date that can be read. {cure}"


def advise_formats(formats: Sequence[str]) -> str:
    """Return date formats as a caller would send them, with "or" between them."""
    return " or ".join(f"date_format={shlex.quote(date_format)}" for date_format in formats)


def _common_formats(text: str, texts: Sequence[str]) -> list[str]:
    """Return the formats with a year of two digits that all dates fit, or else this one."""
    formats = _short_year_formats(text)
    if len(formats) < 2:
        return formats
    others = list(dict.fromkeys(texts))
    compared = others[:: 1 + len(others) // _MOST_COMPARED]
    fitting = set(formats).intersection(*map(_short_year_formats, compared))
    return [date_format for date_format in formats if date_format in fitting] or formats


def _short_year_formats(text: str) -> list[str]:
    """Return the formats that the date in a text fits if its year has two digits."""
    found = []
    for pattern, formats in _SHORT_YEARS:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        for date_format in formats:
            written = date_format.format(s=match["s"])
            with suppress(ValueError):
                time.strptime(match["date"], written)
                found.append(written)
    return found


def _zone_of(text: str) -> str | None:
    """Return the name of the time zone that a text ends with, if it is a date otherwise."""
    match = _ZONE_NAME.fullmatch(text)
    if match is None or find_layout(match[1].lower()) is None:
        return None
    return match[2]

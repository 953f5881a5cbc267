"""Which sign is the decimal sign of a column of texts, and which are around thousands."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa
from pyarrow import compute

from forecasting.errors import SeriesError

_GROUPS = {".": ", '’", ",": ". '’"}
"""For each decimal sign, the characters that may stand between thousands."""
_AMBIGUOUS = r"^[+-]?[1-9]\d{0,2}[.,]\d{3}$"
"""A number that is 1000 times larger if its sign separates thousands."""


_WHOLE = r"^[+-]?\d+$"


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """What a caller or a file says about the numbers in its texts."""

    decimal: str | None = None
    """The decimal sign that the caller named, or None."""
    plain: bool = False
    """Whether the file is written as programs write files, with a point as the decimal sign."""


def find_decimal(texts: pa.Array, where: str, style: NumberStyle) -> str:
    """Return the decimal sign of texts; `where` is the place that an error names.

    It is what the caller named, or what the texts show. Numbers such as `1.234` do not show it. If
    there are no others, a point is the decimal sign in a plain file without whole numbers beside
    them: thousands have these below 1,000.

    Raises SeriesError if the texts may be read in two ways, 1000 times apart.
    """
    if style.decimal is not None:
        return style.decimal
    unclear = compute.match_substring_regex(texts, _AMBIGUOUS)
    clear = texts.filter(compute.invert(unclear))
    signs = [sign for sign in (".", ",") if _any(clear, _only(sign))]
    if len(signs) == 1:
        return signs[0]
    ambiguous = texts.filter(unclear)
    plain = style.plain and not _any(ambiguous, ",") and not _any(clear, _WHOLE)
    if plain or not len(ambiguous):
        return "."
    example = ambiguous[0].as_py()
    sign = "," if "," in example else "."
    other = "." if sign == "," else ","
    thousands, fraction = example.replace(sign, ""), example.replace(",", ".")
    raise SeriesError(
        f"{where}: {example!r} may be {thousands} or {fraction}. Send "
        f"decimal={other} if it is {thousands}, or decimal={sign} if it is {fraction}.",
        code="decimal_unclear",
        path=("decimal",),
    )


def number_pattern(decimal: str) -> str:
    """Return a pattern for all numbers with this decimal sign."""
    sign = re.escape(decimal)
    grouped = "|".join(rf"[1-9]\d{{0,2}}({re.escape(group)}\d{{3}})+" for group in _GROUPS[decimal])
    return rf"(?i)^[+-]?((\d+|{grouped})({sign}\d*)?|{sign}\d+)(e[+-]?\d+)?$"


def to_plain(texts: pa.Array, decimal: str) -> pa.Array:
    """Return numbers as pyarrow reads them."""
    ungrouped = compute.replace_substring_regex(texts, f"[{_GROUPS[decimal]}]", "")
    ungrouped = compute.replace_substring_regex(ungrouped, r"^\+", "")
    return compute.replace_substring(ungrouped, ",", ".")


def _only(decimal: str) -> str:
    """Return a pattern for numbers that are numbers with this decimal sign only."""
    sign, group = re.escape(decimal), "," if decimal == "." else r"\."
    fraction = rf"\d*{sign}(\d{{0,2}}|\d{{4,}})"
    thousandths = rf"(0\d*|\d{{4,}})?{sign}\d{{3}}"
    scientific = rf"\d*{sign}\d*e[+-]?\d+"
    grouped = rf"\d{{1,3}}({group}\d{{3}})+{sign}\d*"
    millions = rf"\d{{1,3}}({group}\d{{3}}){{2,}}"
    spaced = rf"\d{{1,3}}([ '’]\d{{3}})+{sign}\d*"
    return rf"(?i)^[+-]?({fraction}|{thousandths}|{scientific}|{grouped}|{millions}|{spaced})$"


def _any(texts: pa.Array, pattern: str) -> bool:
    return bool(compute.any(compute.match_substring_regex(texts, pattern)).as_py())

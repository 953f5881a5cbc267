"""Which sign is the decimal sign of a column of texts, and which are around thousands."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa
from pyarrow import compute

from forecasting.errors import SeriesError
from forecasting.notes import Note

_GROUPS = {".": ", '’", ",": ". '’"}
"""For each decimal sign, the characters that may stand between thousands."""
_AMBIGUOUS = r"^[+-]?[1-9]\d{0,2}[.,]\d{3}$"
"""A number that is 1000 times larger if its sign separates thousands."""


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """What a caller or a file says about the numbers in its texts; None if that is not known."""

    decimal: str | None = None
    """The decimal sign that the caller named."""
    file_decimal: str | None = None
    """The decimal sign that other columns of the file show."""
    delimiter: str | None = None
    """What separates the fields of the file: between semicolons, a comma is a decimal sign."""


def find_decimal(texts: pa.Array, name: str, style: NumberStyle) -> tuple[str, tuple[Note, ...]]:
    """Return the decimal sign of the texts in the column `name`, and a note if it was assumed.

    It is what the caller named, or what the texts show. If all of them are such as `1,234`, other
    columns of the file show it, or the semicolons between its fields.

    Raises SeriesError if the texts may be read in two ways, 1000 times apart.
    """
    if style.decimal is not None:
        return style.decimal, ()
    unclear = compute.match_substring_regex(texts, _AMBIGUOUS)
    clear = texts.filter(compute.invert(unclear))
    signs = [sign for sign in (".", ",") if _any(clear, _only(sign))]
    if len(signs) == 1:
        return signs[0], ()
    ambiguous = texts.filter(unclear)
    commas, points = _any(ambiguous, ","), _any(ambiguous, r"\.")
    semicolons = style.delimiter == ";"
    if not commas and not (points and semicolons):
        return ".", ()
    assumed = style.file_decimal or ("," if semicolons and not points else None)
    example = ambiguous[0].as_py()
    sign = "," if "," in example else "."
    other = "." if sign == "," else ","
    readings = {other: example.replace(sign, ""), sign: example.replace(",", ".")}
    if assumed is None:
        raise SeriesError(
            f"the column {name!r} holds {example!r}, which may be {readings[other]} or "
            f"{readings[sign]}. Send decimal={other} if it is {readings[other]}, or "
            f"decimal={sign} if it is {readings[sign]}.",
            code="decimal_unclear",
            path=("decimal",),
        )
    wrong = "." if assumed == "," else ","
    message = (
        f"{example!r} was read as {readings[assumed]}. Send decimal={wrong} if it is "
        f"{readings[wrong]}."
    )
    return assumed, (Note("decimal_assumed", message, len(ambiguous)),)


def number_pattern(decimal: str) -> str:
    """Return a pattern for all numbers with this decimal sign."""
    sign = re.escape(decimal)
    grouped = "|".join(rf"\d{{1,3}}({re.escape(group)}\d{{3}})+" for group in _GROUPS[decimal])
    return rf"(?i)^[+-]?((\d+|{grouped})({sign}\d*)?|{sign}\d+)(e[+-]?\d+)?$"


def to_plain(texts: pa.Array, decimal: str) -> pa.Array:
    """Return numbers as pyarrow reads them."""
    ungrouped = compute.replace_substring_regex(texts, f"[{_GROUPS[decimal]}]", "")
    ungrouped = compute.replace_substring_regex(ungrouped, r"^\+", "")
    return compute.replace_substring(ungrouped, ",", ".")


def _only(decimal: str) -> str:
    """Return a pattern for numbers that are numbers with this decimal sign only."""
    sign, group = re.escape(decimal), "," if decimal == "." else r"\."
    fraction = rf"\d*{sign}(\d{{0,2}}|\d{{4,}})(e[+-]?\d+)?"
    thousandths = rf"(0|\d{{4,}})?{sign}\d{{3}}(e[+-]?\d+)?"
    grouped = rf"\d{{1,3}}({group}\d{{3}})+{sign}\d*"
    millions = rf"\d{{1,3}}({group}\d{{3}}){{2,}}"
    spaced = rf"\d{{1,3}}([ '’]\d{{3}})+{sign}\d*"
    return rf"(?i)^[+-]?({fraction}|{thousandths}|{grouped}|{millions}|{spaced})$"


def _any(texts: pa.Array, pattern: str) -> bool:
    return bool(compute.any(compute.match_substring_regex(texts, pattern)).as_py())

"""Numbers as people write them → float64: decimal commas, thousands, currencies, missing values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
from pyarrow import compute, types

from forecasting.errors import SeriesError
from forecasting.notes import Note
from forecasting.tables.cells.decimal_sign import (
    NumberStyle,
    find_decimal,
    number_pattern,
    to_plain,
)
from forecasting.tables.table_content import CellPlaces

_MISSING = ("", "na", "n/a", "#n/a", "null", "nan", "none", "-", "–", "—", ".", "..")
"""The texts, in lower case, that mean a missing value."""
_SPREADSHEET_ERRORS = ("#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!", "#WERT!")
_DASHES = "\u2012-\u2014"
_SPACES = "\u00a0\u2007\u2009\u202f"
_CURRENCY = (
    r"[A-Z]{0,2}\p{Sc}|EUR|USD|GBP|CHF|JPY|CNY|INR|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|BRL|MXN|"
    r"ZAR|TRY|KRW|Fr\.|kr\.?|zł|Kč|Ft"
)
"""A pattern of RE2 for currencies: signs such as € and R$, codes and abbreviations."""
_CURRENCY_LEFT_OUT = "currency_signs_left_out"
_LIKE_A_NUMBER = 0.8
"""The share of the cells of a column that have to be numbers, so that it looks like numbers."""


def looks_like_numbers(column: pa.ChunkedArray) -> bool:
    """Return whether a column holds numbers, or texts, and most of its cells are numbers."""
    kind = _value_type(column.type)
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return True
    if not _is_text(kind):
        return False
    counted = compute.value_counts(_as_strings(column))
    texts, counts = _clean(counted.field("values")), counted.field("counts").to_numpy()
    texts = _write_minus(compute.replace_substring_regex(texts, rf"\s*(?:%|{_CURRENCY})\s*", ""))
    present = ~np.asarray(is_missing(texts))
    good = _matches(texts, f"{number_pattern('.')}|{number_pattern(',')}").fill_null(False)
    numbers, cells = counts[present & np.asarray(good)].sum(), counts[present].sum()
    return bool(cells > 0 and numbers >= _LIKE_A_NUMBER * cells)


def to_numbers(
    column: pa.ChunkedArray, name: str, style: NumberStyle, places: CellPlaces
) -> tuple[pa.Array, tuple[Note, ...]]:
    """Return a column as float64 with NaN for a missing value, and what was assumed to read it.

    Raises SeriesError for a cell that is no finite number, and for a column whose decimal sign is
    not clear. The error is placed at the row and the column `name`.
    """
    kind = _value_type(column.type)
    notes: tuple[Note, ...] = ()
    if types.is_null(kind):
        values = np.full(len(column), np.nan)
    elif _is_text(kind):
        values, notes = _from_texts(column, name, style, places)
    elif types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        numbers = compute.cast(_decoded(column), pa.float64(), safe=False)
        values = np.asarray(numbers.to_numpy(), dtype=np.float64)
    else:
        raise SeriesError(
            f"the column {name!r} is of the type {column.type}; values are numbers.",
            code="column_type",
            path=("file", name),
        )
    infinite = np.isinf(values)
    if infinite.any():
        row = int(infinite.argmax())
        message = f"{values[row]} is not a finite number. Leave the cell empty if it is missing."
        raise places.bad_cell(message, row, name)
    return pa.array(values), notes


def share_decimal(
    columns: Sequence[pa.ChunkedArray], where: str, style: NumberStyle
) -> NumberStyle:
    """Return the style of numbers that are written alike in all of these columns of texts.

    Raises SeriesError, which names the place `where`, if the decimal sign is not clear.
    """
    different = [_as_strings(compute.unique(column)) for column in columns]
    cleaned = _clean(compute.unique(pa.chunked_array(different, pa.string())))
    stripped, notes = _strip_signs(cleaned)
    texts = stripped.filter(compute.invert(is_missing(stripped)))
    return replace(style, decimal=_find_decimal(texts, where, style, notes))


def _find_decimal(texts: pa.Array, where: str, style: NumberStyle, notes: Sequence[Note]) -> str:
    """Return the decimal sign of texts whose signs were stripped, as the notes say."""
    if any(note.code == _CURRENCY_LEFT_OUT for note in notes):
        style = replace(style, plain=False)
    return find_decimal(texts, where, style)


def _from_texts(
    column: pa.ChunkedArray, name: str, style: NumberStyle, places: CellPlaces
) -> tuple[np.ndarray, tuple[Note, ...]]:
    encoded = column if types.is_dictionary(column.type) else column.dictionary_encode()
    encoded = encoded.unify_dictionaries().combine_chunks()
    written = _as_strings(encoded.dictionary)
    cleaned = _clean(written)
    stripped, notes = _strip_signs(cleaned)
    missing = is_missing(stripped)
    texts = stripped.filter(compute.invert(missing))
    decimal = _find_decimal(texts, f"the column {name!r}", style, notes)
    good = _matches(texts, number_pattern(decimal))
    numbers = np.full(len(written), np.nan)
    failed = np.zeros(len(written), bool)
    present = ~np.asarray(missing)
    failed[present] = ~np.asarray(good)
    plain = to_plain(texts.filter(good), decimal)
    numbers[present & ~failed] = compute.cast(plain, pa.float64()).to_numpy()
    indices = encoded.indices.fill_null(-1).to_numpy()
    cells_failed = np.append(failed, False)[indices]
    if cells_failed.any():
        row = int(cells_failed.argmax())
        raise _not_a_number(written[int(indices[row])].as_py(), decimal, row, name, places)
    return np.append(numbers, np.nan)[indices], notes


def _clean(texts: pa.Array) -> pa.Array:
    """Return texts without spaces around them, with plain spaces and minus signs before numbers."""
    texts = compute.replace_substring_regex(texts, f"[{_SPACES}]", " ")
    return _write_minus(compute.utf8_trim_whitespace(texts))


def _write_minus(texts: pa.Array) -> pa.Array:
    """Return texts with a plain minus before negative numbers, such as –5, (5) and 5-."""
    texts = compute.replace_substring(texts, "\u2212", "-")
    texts = compute.replace_substring_regex(texts, rf"^[{_DASHES}]([^ {_DASHES}])", r"-\1")
    texts = compute.replace_substring_regex(texts, r"^\((.*\d.*)\)$", r"-\1")
    return compute.replace_substring_regex(texts, r"^(\d|\d[\d., '’]*\d)-$", r"-\1")


def is_missing(texts: pa.Array) -> pa.Array:
    """Return for each of the texts (n,) whether it means a missing value."""
    lower = compute.utf8_lower(texts)
    return compute.or_(
        compute.is_null(texts), compute.is_in(lower, value_set=pa.array(_MISSING, pa.string()))
    )


def _strip_signs(texts: pa.Array) -> tuple[pa.Array, tuple[Note, ...]]:
    """Return texts without the percent sign or the currency of those that are not missing.

    If only some have a percent sign, or they have different currencies, the texts stay as they are,
    and are then refused as numbers.
    """
    missing = is_missing(texts)
    percent = _matches(texts, r"%$").fill_null(False)
    if _any(percent):
        if not compute.all(compute.or_(percent, missing)).as_py():
            return texts, ()
        message = "Percent signs were left out: 12% was read as 12."
        stripped = compute.replace_substring_regex(texts, r"\s*%$", "")
        return stripped, (Note("percent_signs_left_out", message, _count(percent)),)
    found = compute.struct_field(compute.extract_regex(texts, f"(?P<sign>{_CURRENCY})"), "sign")
    signs = compute.unique(found.drop_null()).to_pylist()
    if len(signs) != 1:
        return texts, ()
    (sign,) = signs
    quoted = re.escape(sign)
    zero = rf"^(?:{quoted}\s*[-{_DASHES}]|[-{_DASHES}]\s*{quoted})$"
    stripped = compute.replace_substring_regex(texts, zero, "0")
    stripped = compute.replace_substring_regex(
        stripped, rf"^([+-]?)\s*{quoted}\s*([+-]?)|\s*{quoted}$", r"\1\2"
    )
    message = f"The currency sign {sign} was left out."
    if _any(_matches(texts, zero)):
        message += f" {sign} with a dash was read as 0, which spreadsheets write so."
    note = Note(_CURRENCY_LEFT_OUT, message, len(found) - found.null_count)
    return _write_minus(stripped), (note,)


def _not_a_number(
    written: str, decimal: str, row: int, name: str, places: CellPlaces
) -> SeriesError:
    text = written.strip()
    shown = repr(text[:80])
    if text.upper() in _SPREADSHEET_ERRORS:
        message = f"{shown} is an error of the spreadsheet. Correct it there, or empty the cell."
    elif re.fullmatch(r"[+-]?inf(inity)?", text, re.IGNORECASE):
        message = f"{shown} is not a finite number. Leave the cell empty if the value is missing."
    elif text.endswith("%"):
        message = f"{shown} is a percentage, unlike other values. Write all of them alike."
    elif _is_amount(text):
        message = f"{shown} is in another currency than other values. Leave currencies out."
    elif re.fullmatch(number_pattern("," if decimal == "." else "."), text):
        message = (
            f"{shown} is not a number with the decimal sign {decimal!r}. Write all values alike."
        )
    else:
        message = f"{shown} is not a number. Leave the cell empty if the value is missing."
    return places.bad_cell(message, row, name)


def _is_amount(text: str) -> bool:
    """Return whether a text is a number with a currency."""
    texts = pa.array([text])
    without = compute.replace_substring_regex(texts, rf"\s*(?:{_CURRENCY})\s*", "")
    numbers = _matches(without, f"{number_pattern('.')}|{number_pattern(',')}")
    return not without.equals(texts) and _any(numbers)


def _matches(texts: pa.Array, pattern: str) -> pa.Array:
    return compute.match_substring_regex(texts, pattern)


def _count(flags: pa.Array) -> int:
    return int(compute.sum(flags).as_py())


def _any(flags: pa.Array) -> bool:
    return bool(compute.any(flags).as_py())


def _value_type(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if types.is_dictionary(kind) else kind


def _is_text(kind: pa.DataType) -> bool:
    return bool(types.is_string(kind) or types.is_large_string(kind))


def _as_strings(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    return compute.cast(column, pa.string())


def _decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return (
        compute.cast(column, column.type.value_type) if types.is_dictionary(column.type) else column
    )

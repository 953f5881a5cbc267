"""Which of the first records of a file holds the names of its columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from forecasting.dates.whole_numbers import recognise_dates
from forecasting.errors import SeriesError
from forecasting.notes import Note
from forecasting.tables.columns.header_dates import find_dated_names
from forecasting.tables.raw_table import broken_file

_NUMBER = re.compile(r"[-+]?[\d.,\s']*\d[\d.,\s']*(?:[eE][-+]?\d+)?%?")
_DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}(?:[-/.]\d{1,2}(?:[T ].*)?)?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(?:[T ].*)?"
)
_YEAR = re.compile(r"(?:1[5-9]|20|21)\d\d")
_DIGITS = re.compile(r"\d{6,14}", re.ASCII)
_FEWEST_DATES = 3
_TOTALS = frozenset(
    {
        *("total", "totals", "grand total", "subtotal", "sum"),
        *("gesamt", "gesamtergebnis", "summe", "somme", "totaal", "totale", "suma"),
    }
)


def filled(fields: Sequence[str]) -> list[int]:
    """Return the positions of the fields that are not empty."""
    return [position for position, field in enumerate(fields) if field]


def find_header(
    records: Sequence[Sequence[str]], lines: Sequence[int], place: str = "line"
) -> tuple[int, tuple[Note, ...]]:
    """Return the position of the names, and a note if it is not 0, the first record that is not
    blank, since titles stand above them.

    `lines` are the numbers of the records in the file, and `place` what these are called, for
    errors. Raises SeriesError if the records above the names may be more than titles, if the first
    record looks like data, and if no record follows the names.
    """
    below = _names_below(records)
    if below and not all(_is_title(record, records[below]) for record in records[:below]):
        raise broken_file(
            f"the names of the columns seem to be in {place} {lines[below]}, below other {place}s. "
            f"Delete everything above {place} {lines[below]}, so that the names come first.",
            code="header_not_first",
        )
    if below:
        skipped = f"1 {place}" if below == 1 else f"{below} {place}s"
        message = f"Skipped {skipped} above the names of the columns in {place} {lines[below]}."
        return below, (Note("rows_skipped", message, below),)
    wider = [record for record in records[1:] if len(record) > 1]
    if len(records[0]) == 1 and 2 * len(wider) >= len(records):
        raise broken_file(
            f"{place} {lines[0]} has one field, {records[0][0][:80]!r}, and those below it have "
            f"{len(wider[0])}, so that it is a title rather than the names of the columns. Put the "
            "names of the columns there.",
            code="header_not_first",
        )
    if _looks_like_data(records):
        sample = ", ".join(records[0])[:80]
        raise broken_file(
            f"{place} {lines[0]} looks like data ({sample}): there is no {place} with the names of "
            "the columns. Add one above it, such as ds,y.",
            code="header_missing",
        )
    if len(records) == 1:
        message = "the file has no rows below the names of its columns. Add a row for each value."
        raise broken_file(message, code="file_empty")
    return 0, ()


def check_totals(names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Raise SeriesError if the last row of a file holds the sums of those above it.

    `rows` are the last one and all others that hold one of its texts. The last row holds sums if a
    field says so that stands there once: a series that is called Total has more values, unless the
    table has a row for each series, with dates as the `names` of its columns.
    """
    if find_dated_names(names):
        return
    for position, field in enumerate(rows[-1]):
        if not is_total(field):
            continue
        if sum(row[position : position + 1] == [field] for row in rows) == 1:
            raise broken_file(
                f"the last row is called {field!r} and seems to hold sums rather than values of a "
                "series. Delete that row.",
                code="totals_row",
            )


def is_total(field: str) -> bool:
    """Return whether rows of sums often have this name."""
    return field.strip(" :").casefold() in _TOTALS


def _names_below(records: Sequence[Sequence[str]]) -> int:
    """Return the position of the record that seems to hold the names, or 0 if it is the first.

    A title has fewer fields with text than the names, which are as many as most records have and
    stand above numbers or dates.
    """
    counts = [len(filled(record)) for record in records[:30]]
    most_have = sorted(counts)[len(counts) // 2]
    for position in range(1, len(counts) - 1):
        more = counts[position] > max(counts[:position])
        if more and counts[position] >= most_have and _may_be_names(records[position]):
            return position if any(map(_kind, records[position + 1])) else 0
    return 0


def _is_title(record: Sequence[str], names: Sequence[str]) -> bool:
    """Return whether a record above the names says nothing of the columns: it has one field, or a
    few texts, without which the names differ."""
    fields = [record[position] for position in filled(record)]
    present = [name.casefold() for name in names if name]
    return len(fields) == 1 or (
        not any(map(_kind, fields)) and len(present) == len(set(present)) > len(fields)
    )


def _looks_like_data(records: Sequence[Sequence[str]]) -> bool:
    """Return whether the first record has dates and numbers where the next one has, too."""
    if len(records) == 1 or _may_be_names(records[0]):
        return False
    first, second = ([_kind(field) for field in record] for record in records[:2])
    below = [position for position, kind in enumerate(second) if kind]
    if not below or len(first) != len(second):
        return False
    return all(first[position] == second[position] for position in below)


def _may_be_names(record: Sequence[str]) -> bool:
    """Return whether a record holds texts or, beside a text, times or years in their order, which
    name the columns of a table with a row for each series."""
    values = [field for field in record if _kind(field)]
    if not values:
        return True
    if len(values) < 2 or len(values) == len(filled(record)):
        return False
    in_order = sorted(values)
    rising = values in (in_order, in_order[::-1]) and 2 * len(set(values)) > len(values)
    if rising and (all(map(_YEAR.fullmatch, values)) or _are_dates_in_digits(values)):
        return True
    return all(_kind(value) == "date" for value in values)


def _are_dates_in_digits(fields: Sequence[str]) -> bool:
    """Return whether fields are several dates such as 202401 or 20240131."""
    if len(fields) < _FEWEST_DATES or not all(map(_DIGITS.fullmatch, fields)):
        return False
    try:
        found = recognise_dates(np.array(list(map(int, fields)), np.int64))
    except SeriesError:
        return False
    return found is not None and found.meaning.startswith("YYYY")


def _kind(field: str) -> str:
    if _DATE.fullmatch(field):
        return "date"
    return "number" if _NUMBER.fullmatch(field) else ""

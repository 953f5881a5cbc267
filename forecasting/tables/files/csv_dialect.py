"""How a CSV file is written: its separator, its header line, and what stands above that."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forecasting.errors import SeriesError
from forecasting.notes import Note
from forecasting.tables.files.header import filled, find_header
from forecasting.tables.raw_table import broken_file

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
MOST_COLUMNS = 16_384
"""As many as a sheet of Excel has."""
LONGEST_LINE = 2**20
"""In bytes; it is the size of the blocks that pyarrow reads."""

_SNIFFED_RECORDS = 100
_SNIFFED_BYTES = 2**18
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|$)")
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[-+]?(?:\d*,(?:\d\d?|\d{4,})|(?:0|\d{1,3}(?:\.\d{3})+),\d+)")
_DECIMAL_POINT = re.compile(r"[-+]?(?:\d*\.(?:\d\d?|\d{4,})|(?:0|\d{1,3}(?:,\d{3})+)\.\d+)")
_MONTH = re.compile(r"\d\d?\.\d{4}")


@dataclass(frozen=True, slots=True)
class CsvRecord:
    """One record of a file: a line, or several if a quoted field holds line ends."""

    fields: list[str]
    line: int
    """Its first line, counted from 1."""
    end: int
    """The byte after it."""


@dataclass(frozen=True, slots=True)
class CsvDialect:
    """Where the rows of a file start, and how their fields are separated."""

    delimiter: str
    decimal: str | None
    names: list[str]
    header_line: int
    start: int
    """The byte at which the first row starts, after the header."""
    clear: frozenset[int]
    """The columns whose decimal sign is clear: the caller named it, or their first rows show it."""
    start_line: int
    """The line at which the first row starts, counted from 1."""
    notes: tuple[Note, ...] = ()
    """What was assumed about the lines above the names."""


def read_records(
    content: bytes, delimiter: str, start: int = 0, line: int = 1
) -> Iterator[CsvRecord]:
    """Yield the records from a byte on, which is the start of a line; blank lines have no fields.

    Raises SeriesError, which names the line, for a record that is too long or whose quotes are not
    closed.
    """
    position, number = start, line

    def lines() -> Iterator[str]:
        nonlocal position, number
        while position < len(content):
            match = _LINE.match(content, position)
            assert match is not None
            position, number = match.end(), number + 1
            if match.end() - match.start() > LONGEST_LINE:
                raise _too_long(number - 1)
            yield match.group().decode()

    reader = csv.reader(lines(), delimiter=delimiter, skipinitialspace=True, strict=True)
    while True:
        first = number
        try:
            fields = next(reader, None)
        except csv.Error as error:
            raise _broken_record(first, delimiter, error) from error
        if fields is None:
            return
        fields = [field.strip() for field in fields]
        yield CsvRecord(fields if any(fields) else [], first, position)


def find_dialect(content: bytes, delimiter: str | None, decimal: str | None) -> CsvDialect:
    """Return how a text in UTF-8 is written; None for what is to be found out.

    Raises SeriesError for a file without rows, and for one that does not begin with the names of
    its columns, if need be below titles.
    """
    start, line, named = _skip_top(content)
    _check_first_line(content, start)
    delimiter = delimiter or named or _find_delimiter(content, start, line)
    records = _first_records(content, delimiter, start, line)
    if not records:
        raise broken_file(
            "the file is empty. Send one with a line for each value.", code="file_empty"
        )
    position, notes = find_header([record.fields for record in records], [r.line for r in records])
    header = records[position]
    names = _trim_names(header.fields, [record.fields for record in records[position + 1 :]])
    if len(names) > MOST_COLUMNS:
        raise too_many_columns(len(names))
    start_line = line + count_lines(content, start, header.end)
    clear = frozenset(range(len(names)))
    if decimal is None:
        rows = records[position + 1 :]
        decimal = _find_decimal(rows, delimiter)
        clear = _find_clear(rows, decimal or ".")
    return CsvDialect(delimiter, decimal, names, header.line, header.end, clear, start_line, notes)


def count_lines(content: bytes, start: int, end: int) -> int:
    """Return how many lines end between two bytes, whichever way they do."""
    returns = content.count(b"\r", start, end)
    both = content.count(b"\r\n", start, end) if returns else 0
    return content.count(b"\n", start, end) + returns - both


def too_many_columns(count: int) -> SeriesError:
    """Return the error for a file of too many columns."""
    message = f"the file has {count} columns; {MOST_COLUMNS} is the most. Send those you need."
    return broken_file(message, code="too_many_columns")


def _skip_top(content: bytes) -> tuple[int, int, str | None]:
    """Return the byte and the number of the first line that is neither blank nor a comment, and
    the separator that a line such as `sep=;` names above it."""
    start, line, delimiter = 0, 1, None
    while start < len(content):
        match = _LINE.match(content, start)
        assert match is not None
        text = match.group()[:1_000].decode(errors="replace").strip("\r\n")
        named = _SEPARATOR_LINE.fullmatch(text)
        if named is not None:
            delimiter = named.group(1)
            if delimiter not in DELIMITERS:
                raise broken_file(
                    f"line {line} says that fields are separated by {delimiter!r}; they are "
                    f"separated by {', '.join(DELIMITERS.values())}.",
                    code="delimiter_unknown",
                )
        elif text.strip() and not text.startswith("#"):
            break
        start, line = match.end(), line + 1
    return start, line, delimiter


def _check_first_line(content: bytes, start: int) -> None:
    match = _LINE.match(content, start)
    assert match is not None
    text = match.group()
    most = max(text.count(delimiter.encode()) for delimiter in DELIMITERS)
    if most > 4 * MOST_COLUMNS:
        raise too_many_columns(most + 1)


def _first_records(content: bytes, delimiter: str, start: int, line: int) -> list[CsvRecord]:
    """Return the first records that are not blank, to judge by: two, and more if they are short."""
    records: list[CsvRecord] = []
    for record in read_records(content, delimiter, start, line):
        if record.fields:
            records.append(record)
        enough = len(records) > 1 and record.end - start > _SNIFFED_BYTES
        if enough or len(records) == _SNIFFED_RECORDS:
            break
    return records


def _find_delimiter(content: bytes, start: int, line: int) -> str:
    """Return the separator that divides the first records into equally many fields.

    Of several, it is the one that fits more records, the names of the columns above all, and a
    comma last: numbers may hold commas.
    """
    best, best_score = ",", 0.0
    for delimiter in (";", "\t", "|", ","):
        if delimiter.encode() not in content[start : start + _SNIFFED_BYTES]:
            continue
        try:
            records = _first_records(content, delimiter, start, line)
        except SeriesError:  # the quotes may make sense with another separator only
            continue
        counts = Counter(len(record.fields) for record in records)
        width = max(counts, key=lambda count: (counts[count], count))
        fits_names = bool(records) and len(records[0].fields) == width
        score = 0.0 if width == 1 else counts[width] / len(records) + fits_names
        if score > best_score:
            best, best_score = delimiter, score
    if best == "," and best_score < 1 and _is_one_column(content, start, line):
        return ";"
    return best


def _is_one_column(content: bytes, start: int, line: int) -> bool:
    """Return whether the lines below the first one hold a number with a decimal comma each."""
    try:
        records = _first_records(content, ";", start, line)
    except SeriesError:  # the quotes make sense with commas only
        return False
    return len(records) > 1 and all(
        len(record.fields) == 1 and _DECIMAL_COMMA.fullmatch(record.fields[0])
        for record in records[1:]
    )


def _trim_names(names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the names without those at the end that are empty, as are the fields below them."""
    width = filled(names)[-1] + 1
    for row in rows:
        places = filled(row)
        if places and places[-1] < len(names):
            width = max(width, places[-1] + 1)
    return list(names[:width])


def _find_decimal(records: Sequence[CsvRecord], delimiter: str) -> str | None:
    """Return the decimal sign that the first records show, or None if they do not make it clear.

    Where commas separate fields, it is left open: quoted numbers may hold commas of any meaning.
    `1.234` and `1,234` show nothing, for they may be 1234, nor does a month such as 01.2024.
    """
    if delimiter == ",":
        return None
    fields = [field for record in records for field in record.fields]
    commas = any(_DECIMAL_COMMA.fullmatch(field) for field in fields)
    points = any(
        _DECIMAL_POINT.fullmatch(field) and not _MONTH.fullmatch(field) for field in fields
    )
    if commas == points:
        return None
    return "," if commas else "."


def _find_clear(records: Sequence[CsvRecord], decimal: str) -> frozenset[int]:
    """Return the columns in which a record shows that this is the decimal sign."""
    pattern = _DECIMAL_COMMA if decimal == "," else _DECIMAL_POINT
    return frozenset(
        position
        for record in records
        for position, field in enumerate(record.fields)
        if pattern.fullmatch(field)
    )


def _too_long(line: int) -> SeriesError:
    message = f"line {line} is longer than {LONGEST_LINE} bytes. Is it a CSV file with line ends?"
    return broken_file(message, code="line_too_long")


def _broken_record(line: int, delimiter: str, error: csv.Error) -> SeriesError:
    reason = str(error)
    if "field larger" in reason:
        message = f"line {line} holds a field of more than {csv.field_size_limit()} characters."
        return broken_file(message, code="cell_too_long")
    if "expected after" in reason:
        return broken_file(
            f'line {line} holds a quote (") that closes before its field ends. Separate fields by '
            f"{DELIMITERS[delimiter]}, and double the quotes within them."
        )
    return broken_file(
        f'line {line} holds a quote (") that does not fit: {reason}. A field that begins with a '
        "quote ends with one, and quotes within it are doubled."
    )

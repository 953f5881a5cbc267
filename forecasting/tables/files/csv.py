"""CSV in the dialects that spreadsheets and statistics offices write."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import numpy as np
import pyarrow as pa
from pyarrow import compute
from pyarrow import csv as arrow_csv

from forecasting.errors import SeriesError
from forecasting.notes import Note
from forecasting.tables.files.csv_dialect import (
    DELIMITERS,
    LONGEST_LINE,
    CsvDialect,
    CsvRecord,
    count_lines,
    find_dialect,
    read_records,
)
from forecasting.tables.files.csv_text import decode
from forecasting.tables.files.header import check_totals, is_total
from forecasting.tables.options import TableOptions
from forecasting.tables.raw_table import HEAD_ROWS, Dialect, TableFile, broken_file
from forecasting.tables.sizes import check_size

_MISSING = ["", "NA", "NaN", "nan", "null", "None"]
"""The texts that mean a missing value in a column of numbers."""
_HEAD_BYTES = 2**20
_TAIL_BYTES = 2**16
_SPREADSHEET_STYLE = re.compile(
    rb'"[^"\d,\r\n]*\d+[.,]\d{3}[^"\d,\r\n]*"|(?<![\d.])\d\d?\.\d\d?\.\d\d'
)
"""A number in quotes, or a date such as 31.12.2024."""


@dataclass(frozen=True)
class CsvTable:
    """The columns of a CSV file. It implements RawTable."""

    dialect: Dialect
    notes: Sequence[Note]
    content: bytes
    """The whole file in UTF-8."""
    layout: CsvDialect
    limit: int
    """The most bytes that its columns may take in memory."""

    @property
    def names(self) -> Sequence[str]:
        """The names in the header line."""
        return self.layout.names

    def head(self, rows: int = HEAD_ROWS) -> pa.Table:
        """Return the first rows as texts: fewer than `rows` if these have more than a megabyte."""
        fields: list[list[str | None]] = []
        for record in islice(self._rows(), rows):
            fields.append([field or None for field in record])
            if sum(map(len, record)) * len(fields) > _HEAD_BYTES:
                break
        columns = zip(*fields, strict=True) if fields else ([] for _ in self.names)
        arrays = [pa.array(column, pa.string()) for column in columns]
        return pa.Table.from_arrays(arrays, list(self.names))

    def first_line(self, rows: int) -> int | None:
        """Return the line of the first row, unless there are blank lines or line ends in quotes."""
        layout = self.layout
        last = len(self.content) - self._blank_bytes()
        lines = count_lines(self.content, layout.start, last) + 1
        return layout.start_line if lines == rows else None

    def read(self, positions: Sequence[int], numbers: Collection[int] = ()) -> pa.Table:
        """Return the columns at these positions as `RawTable.read` says.

        Raises SeriesError, which names the line, for a row with too many or too few fields,
        TableSizeError, or MemoryError.
        """
        rows = pa.py_buffer(self.content).slice(self.layout.start)
        if len(self.names) == 1:  # a blank line is a missing value, unless only such follow
            rows = rows.slice(0, len(rows) - self._blank_bytes())
        table = self._read_plain(rows, positions, numbers)
        if table is None:
            table = self._parse(self._rewritten, ",", positions, numbers)
        check_size(table.nbytes, table.num_rows, self.limit)
        names = [self.names[position] for position in positions]
        return table.rename_columns(names)

    def _read_plain(
        self, rows: pa.Buffer, positions: Sequence[int], numbers: Collection[int]
    ) -> pa.Table | None:
        """Return the columns, or None if pyarrow does not read the rows as they are meant.

        It refuses rows with separators at their end, knows no spaces before a quote, and keeps rows
        of nothing but separators.
        """
        delimiter = self.layout.delimiter.encode()
        if b'"' in self.content and delimiter + b' "' in self.content:
            return None
        try:
            table = self._parse(rows, self.layout.delimiter, positions, numbers)
        except pa.ArrowInvalid:
            return None
        may_be_blank = all(column.null_count for column in table.columns)
        if may_be_blank and re.search(rb"[\r\n][ \t]*" + re.escape(delimiter), self.content):
            return None
        return table

    def _blank_bytes(self) -> int:
        """Return how many bytes of white space the file ends with."""
        end = self.content[-_TAIL_BYTES:]
        return len(end) - len(end.rstrip())

    def _parse(
        self,
        rows: pa.Buffer,
        delimiter: str,
        positions: Sequence[int],
        numbers: Collection[int],
    ) -> pa.Table:
        clear = self.layout.delimiter == "," or self.layout.decimal is not None
        floats = set(positions) & set(numbers) if clear else set[int]()
        try:
            table = self._parse_as(rows, delimiter, positions, floats)
        except pa.ArrowInvalid:
            if not floats:
                raise
            return self._parse_as(rows, delimiter, positions, set())
        unclear = [
            at for at in floats - self.layout.clear if self._may_be_thousands(table.column(str(at)))
        ]
        if not unclear:
            return table
        texts = self._parse_as(rows, delimiter, unclear, set())
        for name, column in zip(texts.column_names, texts.columns, strict=True):
            table = table.set_column(table.column_names.index(name), name, column)
        return table

    def _may_be_thousands(self, column: pa.ChunkedArray) -> bool:
        """Return whether numbers that were read may be 1000 times larger, as 1.234 may be 1234."""
        values = column.to_numpy()
        fractions = np.abs(values[np.floor(values) != values])
        fractions = fractions[np.isfinite(fractions)]
        if not fractions.size:
            return self._may_have_whole_thousands
        thousands = 1_000 * fractions
        near = np.abs(thousands - np.rint(thousands)) < 1e-6
        return bool(((fractions > 1) & (fractions < 1_000) & near).all())

    @cached_property
    def _may_have_whole_thousands(self) -> bool:
        """Whether a number in the file may be such as 1.000."""
        return (self.layout.decimal or ".").encode() + b"000" in self.content

    def _parse_as(
        self, rows: pa.Buffer, delimiter: str, positions: Sequence[int], floats: set[int]
    ) -> pa.Table:
        text = pa.dictionary(pa.int32(), pa.string())
        table = arrow_csv.read_csv(
            pa.BufferReader(rows),
            read_options=arrow_csv.ReadOptions(
                use_threads=False,
                block_size=LONGEST_LINE,
                column_names=[str(position) for position in range(len(self.names))],
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=True,
                ignore_empty_lines=len(self.names) > 1,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={
                    str(position): pa.float64() if position in floats else text
                    for position in positions
                },
                include_columns=[str(position) for position in positions],
                null_values=_MISSING,
                decimal_point=self.layout.decimal or ".",
            ),
        )
        columns = [
            column if pa.types.is_floating(column.type) else _trim(column)
            for column in table.columns
        ]
        return pa.Table.from_arrays(columns, table.column_names)

    @cached_property
    def _rewritten(self) -> pa.Buffer:
        """Return the rows with commas, and without blank ones, for pyarrow to read."""
        sink = io.BytesIO()
        text = io.TextIOWrapper(sink, "utf-8", newline="", write_through=True)
        csv.writer(text, lineterminator="\n").writerows(self._rows())
        text.flush()
        return pa.py_buffer(sink.getbuffer())

    def _rows(self) -> Iterator[list[str]]:
        """Yield the fields of each row, as many as there are names.

        Raises SeriesError for a row that has more or fewer.
        """
        layout, width = self.layout, len(self.names)
        blank = 0
        for record in read_records(self.content, layout.delimiter, layout.start, layout.start_line):
            if not record.fields:
                blank += 1
                continue
            if width == 1:
                yield from ([""] for _ in range(blank))
            blank = 0
            fields = record.fields
            while len(fields) > width and not fields[-1]:
                fields.pop()
            if len(fields) != width:
                raise self._wrong_width(record)
            yield fields

    def _wrong_width(self, record: CsvRecord) -> SeriesError:
        found, width = len(record.fields), len(self.names)
        cure = "Delete the line if it is a title or a footnote."
        if found == width + 1 and record.line == self.layout.start_line:
            cure = (
                "If the first field numbers or names the rows, name it in line "
                f"{self.layout.header_line}, too: begin that with row{self.layout.delimiter}. A "
                "number with a decimal comma is put in quotes."
            )
        elif found > width:
            cure = (
                "A field that holds the separator is put in quotes, as is a number with a decimal "
                "comma."
            )
        return broken_file(
            f"line {record.line} has {found} {_fields(found)} separated by "
            f"{DELIMITERS[self.layout.delimiter]}; {width} {_were(width)} expected, as in line "
            f"{self.layout.header_line}: {', '.join(self.names)[:200]}. {cure}"
        )


def open_csv(file: TableFile, options: TableOptions) -> CsvTable:
    """Return the columns of a file, whose dialect is found out as far as the options leave it open.

    Raises SeriesError for a file that is no text, is empty, or does not begin with the names of
    its columns, if need be below titles.
    """
    delimiter = "\t" if options.delimiter == "tab" else options.delimiter
    if delimiter is not None and delimiter not in DELIMITERS:
        raise SeriesError(
            f"the delimiter is {delimiter!r}; it may be a comma, a semicolon, a tab or a bar (|).",
            code="delimiter_unknown",
            path=("delimiter",),
        )
    text = decode(file.content)
    layout = find_dialect(text.content, delimiter, options.decimal)
    _check_last_row(text.content, layout)
    dialect = Dialect(
        "csv",
        file.container,
        encoding=text.encoding,
        delimiter=layout.delimiter,
        decimal=layout.decimal,
        plain=layout.delimiter == ","
        and not _SPREADSHEET_STYLE.search(text.content, 0, _HEAD_BYTES),
        header_line=layout.header_line,
    )
    notes = (*file.notes, *text.notes, *layout.notes)
    return CsvTable(dialect, notes, text.content, layout, file.limit)


def _check_last_row(content: bytes, layout: CsvDialect) -> None:
    """Raise SeriesError if the last row holds sums."""
    tail = content[max(layout.start, len(content) - _TAIL_BYTES) :]
    lines = tail.rstrip(b" \t\r\n" + layout.delimiter.encode()).splitlines()
    if len(lines) < 2:
        return
    totals = [field for field in _split(lines[-1], layout) if is_total(field)]
    for total in totals[:1]:
        with_it = re.compile(rb"[^\r\n]*" + re.escape(total.encode()) + rb"[^\r\n]*")
        rows = with_it.findall(content, layout.start)
        check_totals(layout.names, [_split(row, layout) for row in rows])


def _split(line: bytes, layout: CsvDialect) -> list[str]:
    """Return the fields of a line, as far as none holds the separator."""
    fields = line.decode(errors="replace").replace('"', "").split(layout.delimiter)
    return [field.strip() for field in fields]


def _trim(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a dictionary of texts without spaces around them, and null for empty ones."""
    return pa.chunked_array([_trim_chunk(chunk) for chunk in column.chunks], column.type)


def _trim_chunk(chunk: pa.DictionaryArray) -> pa.DictionaryArray:
    texts = compute.utf8_trim_whitespace(chunk.dictionary)
    if texts.equals(chunk.dictionary) and not compute.any(compute.equal(texts, "")).as_py():
        return chunk
    texts = compute.if_else(compute.equal(texts, ""), pa.scalar(None, pa.string()), texts)
    return compute.dictionary_encode(compute.take(texts, chunk.indices))


def _fields(count: int) -> str:
    return "field" if count == 1 else "fields"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"

"""A file of any format as columns that are not interpreted yet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import pyarrow as pa

from forecasting.errors import Path, SeriesError
from forecasting.notes import Note

HEAD_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is written, as far as it was understood. What a format has not is None."""

    format: str
    """The name of the format: csv, xlsx, xls, xlsb, ods, parquet, arrow, json or
    jsonl."""
    container: str | None = None
    """What the file was packed in: gzip or zip."""
    encoding: str | None = None
    """The encoding of texts: utf-8, utf-16 or windows-1252."""
    delimiter: str | None = None
    """What separates fields."""
    decimal: str | None = None
    """The decimal sign of numbers in texts, if the caller or the file makes it clear."""
    plain: bool = False
    """Whether the file is written as programs write files: commas between fields, numbers not in
    quotes, and no dates such as 31.12.2024."""
    sheet: str | None = None
    """The sheet of a workbook that was read."""
    header_line: int | None = None
    """The line or the row of a sheet that holds the names of the columns, counted from 1."""

    def as_json(self) -> dict[str, Any]:
        """Return what is known, as JSON can hold it."""
        known = {name: value for name, value in asdict(self).items() if value is not None}
        del known["plain"]
        return known


@dataclass(frozen=True, slots=True)
class TableFile:
    """A file that is to be opened, unpacked already."""

    content: bytes
    limit: int
    """The most bytes that its table may take in memory."""
    container: str | None = None
    """What it was packed in."""
    notes: tuple[Note, ...] = ()
    """What was assumed about it so far."""


class RawTable(Protocol):
    """A file whose columns can be read as they are written."""

    @property
    def names(self) -> Sequence[str]:
        """The names of the columns, without spaces around them; they may be empty or repeat."""
        ...

    @property
    def dialect(self) -> Dialect:
        """How the file is written."""
        ...

    @property
    def notes(self) -> Sequence[Note]:
        """What was assumed about the file that its owner should know."""
        ...

    def head(self, rows: int = HEAD_ROWS) -> pa.Table:
        """Return the first rows of all columns, in the types that `read` gives.

        There may be fewer rows than the file has, if rows are very long. The columns are in the
        order of `names`; refer to them by position, since names may repeat.
        """
        ...

    def first_line(self, rows: int) -> int | None:
        """Return the line of the file, or the row of its sheet, that holds the first row.

        It is None unless each of the `rows` rows that were read is on one line, right below the
        one before: then rows are better named by their number in the table.
        """
        ...

    def read(self, positions: Sequence[int], numbers: Collection[int] = ()) -> pa.Table:
        """Return the columns at these positions whole, in this order.

        Formats of texts give dictionaries of texts, typed formats give typed columns. In a format
        of texts, the columns at the positions `numbers` come as float64 (null if a value is
        missing) if every cell is plainly written so, or else as texts. An empty text is null.

        Raises SeriesError, its path within the request, for a file that is damaged, and
        TableSizeError or MemoryError for columns that take more memory than they may.
        """
        ...


def broken_file(message: str, *, code: str = "file_broken", path: Path = ("file",)) -> SeriesError:
    """Return the error for a file that cannot be read."""
    return SeriesError(message, code=code, path=path)

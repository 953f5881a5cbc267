"""What reading a file gives: the checked table, and what was understood of the file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self

from forecasting.errors import Path, SeriesError
from forecasting.notes import Note

if TYPE_CHECKING:
    import pyarrow as pa

COVARIATE, KNOWN_AHEAD, STATIC = "covariate:", "known_ahead:", "static:"
TARGET = "target:"
"""What the names of the columns beside the values begin with in the long table."""
IN_PAST = "in_past"
"""The column that says which rows are of the past, where another file says what is known ahead."""
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class CellPlaces:
    """Leads from the rows of the long table back to the cells of the file."""

    time: str = "ds"
    """The name of the column that the dates come from."""
    target: str = "y"
    """The name of the column that the values come from."""
    first_line: int | None = None
    """The line of the file, or the row of its sheet, with the first row of the table, counted from
    1; None if the format has no lines."""
    layout: Literal["long", "wide", "sideways"] = "long"
    """How the file holds the series: `long` has a row for each value, `wide` a column for each
    series, and `sideways` a row for each series, with the dates as the names of its columns."""
    period: int = 1
    """How many values of one series follow each other, unless the layout is `long`."""
    counted: bool = False
    """Whether `ds` only counts the rows of each series, for the file has no column of dates."""

    def locate(self, row: int, field: str | None, series_id: str | None) -> Path:
        """Return the place in the request of a row of the long table.

        `field` is `ds`, `y` or None for the whole row.
        """
        file_row = self._file_row(row)
        if field is None or self.layout == "sideways":
            return ("file", file_row)
        if field == "ds":
            return ("file", file_row, self.time)
        name = self.target if self.layout == "long" else series_id
        return ("file", file_row, name or self.target)

    def name_line(self, row: int) -> list[str]:
        """Return the name of the line with a row of the long table; none if files have no lines."""
        return [] if self.first_line is None else [f"line {self.first_line + self._file_row(row)}"]

    def bad_cell(self, message: str, file_row: int, column: str) -> SeriesError:
        """Return the error for a cell of the file, in a row that is counted from 0."""
        place = f"row {file_row} of the file, counted from 0"
        if self.first_line is not None:
            place = f"line {self.first_line + file_row} of the file"
        return SeriesError(
            f"{place}, column {column[:_LONGEST_NAME]!r}: {message}",
            code="cell_invalid",
            path=("file", file_row, column),
        )

    def _file_row(self, row: int) -> int:
        if self.layout == "wide":
            return row % self.period
        return row // self.period if self.layout == "sideways" else row


class UnclearTableError(SeriesError):
    """A file was opened, but its series were not found, or a cell of them cannot be read.

    `understood` is how the file was read until then, as in TableContent.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        path: Path = (),
        understood: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message, code=code, path=path)
        self.understood = understood or {}

    @classmethod
    def of(cls, error: SeriesError, understood: dict[str, Any]) -> Self:
        """Return an error together with what was understood before it was raised."""
        return cls(error.message, code=error.code, path=error.path, understood=understood)

    def at(self, *path: str | int) -> Self:
        """Return the same error at another place."""
        return type(self)(self.message, code=self.code, path=path, understood=self.understood)

    def with_message(self, message: str) -> Self:
        """Return the same error with another message."""
        return type(self)(message, code=self.code, path=self.path, understood=self.understood)


@dataclass(frozen=True, slots=True)
class TableContent:
    """A table in the long format, and what was assumed to read it."""

    table: pa.Table
    """The columns `ds`, `y` and, if the file has ids, `unique_id`, in one chunk each. `y` is
    float64 with NaN for a missing value; `ds` is int64, timestamp[us] with or without a zone, or
    text; `unique_id` is text. Texts are dictionaries. Columns whose names begin with
    COVARIATE, KNOWN_AHEAD or STATIC hold float64 with NaN, or texts with null, if one misses. If
    there are several targets, `y` is the first, and those whose names begin with TARGET are all."""
    notes: tuple[Note, ...] = ()
    """What was assumed, for the caller to see."""
    understood: dict[str, Any] = field(default_factory=dict)
    """How the file was read, as JSON: its dialect, its columns with what they look like and what
    they were taken for, and its layout."""
    places: CellPlaces = field(default_factory=CellPlaces)
    """Where in the file the rows of the table come from."""

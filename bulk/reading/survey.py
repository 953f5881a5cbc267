"""What a job finds out about its table before it forecasts, kept for its later attempts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import BaseModel

from bulk.reading.census import Census, take_census
from bulk.reading.rows import Rows
from bulk.reading.scratch import Scratch
from bulk.reading.table import BulkTable
from forecasting.errors import ForecastingError
from forecasting.store.atomic_files import write_files_atomically

_BYTES_A_ROW = 5
"""How little a row takes in a file."""


class Survey(BaseModel):
    """What there is to read, and from where."""

    files: list[tuple[str, int, str]]
    """The path, the size and the time of the last change of each file."""
    rows: int
    series: int | None
    """None if there are too many to tell."""
    buckets: int
    """Over how many files the rows are spread, so that those of each series lie together; 0 if they
    do so in the table."""

    @classmethod
    def of(cls, table: BulkTable, file: Path, scratch: Path, say: Callable[[str], None]) -> Survey:
        """Return what an earlier attempt has written to `file`, or find it out and write it.

        Rows that have to be brought together are, in the folder `scratch`. Raises ForecastingError
        if the table is not the one that an earlier attempt has read, OSError, or pyarrow's errors.
        """
        files = [(each.place.path, each.size, each.changed_at) for each in table.files]
        if file.exists():
            found = cls.model_validate_json(file.read_bytes())
            if found.files != files:
                raise ForecastingError(
                    "the input is not what it was when the job began. Send the request again.",
                    code="input_changed",
                )
            return found
        say("Counting the rows and the series.")
        buckets, census = 0, take_census(table.ids_alone())
        if census is None:
            say("The rows of some series lie apart. Bringing them together.")
            buckets, census = _bring_together(table, scratch)
        found = cls(files=files, rows=census.rows, series=census.series, buckets=buckets)
        write_files_atomically({file: found.model_dump_json().encode()})
        return found

    def stream(self, table: BulkTable, scratch: Path) -> Iterator[Rows]:
        """Return the rows, those of each series in one stretch."""
        return Scratch(scratch, self.buckets).rows() if self.buckets else table.rows()


def _bring_together(table: BulkTable, folder: Path) -> tuple[int, Census]:
    bytes_there = sum(file.size for file in table.files)
    scratch = Scratch.for_rows(folder, bytes_there // _BYTES_A_ROW)
    return scratch.buckets, scratch.fill(table.rows())

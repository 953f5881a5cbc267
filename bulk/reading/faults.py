"""Where the cells of a table are that cannot be read, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from forecasting.errors import SeriesError
from forecasting.types import Positions

_LONGEST = 80


@dataclass(frozen=True, slots=True)
class BatchPlace:
    """Where the rows of a batch come from."""

    file: str
    first_row: int
    """The row of the file that the batch begins with, counted from 0."""

    def faults(
        self,
        starts: Positions,
        wrong: npt.NDArray[np.bool_],
        cells: pa.Array,
        name: str,
        expected: str,
    ) -> dict[int, str]:
        """Return what is wrong with the first of the `wrong` cells (n,) of each run, by its
        position; runs begin at `starts`, and all cells are to be what is `expected`."""
        rows = np.flatnonzero(wrong)
        runs, first = np.unique(np.searchsorted(starts, rows, side="right") - 1, return_index=True)
        return {
            run: f"{self._row(row)}, column {name[:_LONGEST]!r}: "
            f"{_describe(cells[row].as_py())}, and not {expected}"
            for run, row in zip(runs.tolist(), rows[first].tolist(), strict=True)
        }

    def nameless(self, ids: Sequence[str | None], starts: Positions) -> dict[int, str]:
        """Return what is wrong with the runs that have no id, by their positions."""
        return {
            run: f"{self._row(int(starts[run]))}: the row names no series, for its id is empty"
            for run, name in enumerate(ids)
            if name is None
        }

    def located(self, error: SeriesError) -> SeriesError:
        """Return an error whose path may end with a row with its place in its message."""
        *path, last = error.path
        if not isinstance(last, int):
            return error
        return error.with_message(f"{self._row(last)}: {error.message}").at(*path)

    def _row(self, row: int) -> str:
        return f"{self.file}, row {self.first_row + row} (counted from 0)"


def _describe(cell: object) -> str:
    """Return what a cell is, as a message says it."""
    return "the cell is empty" if cell is None else f"the cell is {str(cell)[:_LONGEST]!r}"

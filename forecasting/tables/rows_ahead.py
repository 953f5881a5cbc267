"""What is known of the steps to come, in a table of its own, as the last rows of the past."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from forecasting.errors import SeriesError
from forecasting.notes import Note
from forecasting.tables.options import TableOptions
from forecasting.tables.raw_table import HEAD_ROWS, Dialect, RawTable
from forecasting.tables.sizes import check_size
from forecasting.tables.table_content import IN_PAST, TableContent


@dataclass(frozen=True, slots=True)
class ContinuedTable:
    """A table, and the rows of another below its own. It implements RawTable."""

    past: RawTable
    ahead: RawTable
    shared: Collection[str]
    """The columns that are read from the rows below; all others are null there."""
    limit: int

    @property
    def names(self) -> Sequence[str]:
        """The names of the upper table's columns."""
        return self.past.names

    @property
    def dialect(self) -> Dialect:
        """How the upper table's file is written."""
        return self.past.dialect

    @property
    def notes(self) -> Sequence[Note]:
        """What was assumed about the two files."""
        return (*self.past.notes, *self.ahead.notes)

    def head(self, rows: int = HEAD_ROWS) -> pa.Table:
        """Return the first rows of the upper table."""
        return self.past.head(rows)

    def first_line(self, rows: int) -> int | None:
        """Return None: no line of one file holds a row of the other."""
        return None

    def read(self, positions: Sequence[int], numbers: Collection[int] = ()) -> pa.Table:
        """Return the columns at these positions of the upper table, with the rows of both.

        Raises what the tables do, and TableSizeError if they are too large together.
        """
        above = self.past.read(positions, numbers)
        names = [self.past.names[position] for position in positions]
        there = [name for name in names if name in self.shared]
        below = self.ahead.read([self.ahead.names.index(name) for name in there])
        check_size(above.nbytes + below.nbytes, above.num_rows + below.num_rows, self.limit)
        joined = pa.concat_tables(
            [above.rename_columns(names), below.rename_columns(there)],
            promote_options="permissive",
        )
        return joined.unify_dictionaries().combine_chunks()

    def mark_past(self, content: TableContent) -> TableContent:
        """Return what was read of both tables, with a column of the rows of the upper one."""
        count = self.past.read([0]).num_rows
        in_past = pa.array(np.arange(content.table.num_rows) < count)
        return replace(content, table=content.table.append_column(IN_PAST, in_past))


def continue_table(
    past: RawTable, ahead: RawTable, options: TableOptions, limit: int
) -> tuple[RawTable, TableOptions]:
    """Return both tables as one, whose covariates are all that the second has beside ids and dates.

    They are known ahead, be it that all their values there are missing. Without any, the second
    table says nothing, and the first is returned alone.

    `options` name the columns of the ids, the dates and the target in both. The target of the
    second table, if it has one, is not read.

    Raises:
        SeriesError: A column is missing in either table.
    """
    keys = [name for name in (options.id_col, options.time_col) if name is not None]
    covariates = [name for name in ahead.names if name not in {*keys, options.target_col}]
    for names, table, where in (
        (keys, ahead, "of what is known ahead"),
        (covariates, past, "of the past"),
    ):
        for name in names:
            if name not in table.names:
                raise SeriesError(
                    f"the table {where} has no column {name[:80]!r}. A covariate that is known "
                    "ahead is a column of both tables, beside the ids and the dates.",
                    code="column_unknown",
                    path=("covariates",),
                )
    if not covariates:
        return past, options
    listed = ",".join(covariates)
    joined = ContinuedTable(past, ahead, {*keys, *covariates}, limit)
    return joined, replace(options, covariates=listed, known_ahead=listed)

"""Parquet files."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pyarrow as pa
from pyarrow import parquet, types

from forecasting.notes import Note
from forecasting.tables.files.periods import refuse_periods
from forecasting.tables.raw_table import HEAD_ROWS, Dialect, TableFile, broken_file
from forecasting.tables.sizes import check_size, join_batches

_BATCH_ROWS = 65_536


@dataclass(frozen=True, slots=True)
class ParquetTable:
    """The columns of a Parquet file. It implements RawTable."""

    names: Sequence[str]
    dialect: Dialect
    schema: pa.Schema
    file: TableFile

    @property
    def notes(self) -> Sequence[Note]:
        """What was assumed about the file."""
        return self.file.notes

    def head(self, rows: int = HEAD_ROWS) -> pa.Table:
        """Return the first rows."""
        for batch in self._open().iter_batches(rows, use_threads=False):
            batch.validate(full=True)
            return pa.Table.from_batches([batch])
        return self.schema.empty_table()

    def first_line(self, rows: int) -> int | None:
        """Return None: the format has no lines."""
        return None

    def read(self, positions: Sequence[int], numbers: Collection[int] = ()) -> pa.Table:
        """Return the columns at these positions in their types, texts as dictionaries.

        What the footer says about the size is checked first, but it may be wrong: the memory limit
        of the process is what holds. Raises SeriesError for a column whose name is there twice, or
        that holds periods; TableSizeError, MemoryError, or pyarrow's errors for a file that is
        damaged.
        """
        names = [self.schema.names[position] for position in positions]
        for name in names:
            if self.schema.names.count(name) > 1:
                message = f"there is more than one column {name!r}."
                raise broken_file(message, code="column_repeated")
        chosen = pa.schema([self.schema.field(position) for position in positions])
        refuse_periods(chosen, "file")
        file = self._open()
        groups = map(file.metadata.row_group, range(file.metadata.num_row_groups))
        table_bytes = sum(
            chunk.total_uncompressed_size
            for group in groups
            for chunk in map(group.column, range(group.num_columns))
            if chunk.path_in_schema in names
        )
        check_size(table_bytes, file.metadata.num_rows, self.file.limit)
        batches = file.iter_batches(_BATCH_ROWS, columns=names, use_threads=False)
        return join_batches((batch.select(names) for batch in batches), chosen, self.file.limit)

    def _open(self) -> parquet.ParquetFile:
        texts = [field.name for field in self.schema if _is_text(field.type)]
        return parquet.ParquetFile(pa.BufferReader(self.file.content), read_dictionary=texts)


def open_parquet(file: TableFile) -> ParquetTable:
    """Return the columns of a file. Raises pyarrow's errors if it is no Parquet file."""
    schema = parquet.read_schema(pa.BufferReader(file.content))
    names = [name.strip() for name in schema.names]
    return ParquetTable(names, Dialect("parquet", file.container), schema, file)


def _is_text(kind: pa.DataType) -> bool:
    return bool(types.is_string(kind) or types.is_large_string(kind))

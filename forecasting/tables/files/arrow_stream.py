"""Streams and files of the Arrow IPC format, whose buffers may be compressed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from forecasting.notes import Note
from forecasting.tables.files.periods import refuse_periods
from forecasting.tables.raw_table import HEAD_ROWS, Dialect, TableFile
from forecasting.tables.sizes import join_batches

FILE_BYTES = b"ARROW1"
"""What a file begins with; a stream has no such mark."""


def read_batches(source: pa.NativeFile) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """Return the schema of a stream or a file, and its batches, which are read one by one.

    Raises pyarrow's errors if it is neither, or a batch is damaged.
    """
    options = pa.ipc.IpcReadOptions(use_threads=False)
    start = source.read(len(FILE_BYTES))
    source.seek(0)
    if start == FILE_BYTES:
        file = pa.ipc.open_file(source, options=options)
        return file.schema, map(file.get_batch, range(file.num_record_batches))
    stream = pa.ipc.open_stream(source, options=options)
    return stream.schema, iter(stream)


@dataclass(frozen=True, slots=True)
class ArrowTable:
    """The columns of an Arrow stream or file. It implements RawTable."""

    names: Sequence[str]
    dialect: Dialect
    file: TableFile

    @property
    def notes(self) -> Sequence[Note]:
        """What was assumed about the file."""
        return self.file.notes

    def head(self, rows: int = HEAD_ROWS) -> pa.Table:
        """Return the first rows of the first batch that has any."""
        schema, batches = read_batches(pa.BufferReader(self.file.content))
        for batch in batches:
            if batch.num_rows:
                batch.validate(full=True)
                return pa.Table.from_batches([batch.slice(0, rows)])
        return schema.empty_table()

    def first_line(self, rows: int) -> int | None:
        """Return None: the format has no lines."""
        return None

    def read(self, positions: Sequence[int], numbers: Collection[int] = ()) -> pa.Table:
        """Return the columns at these positions in their types.

        Raises SeriesError for a column that holds periods, TableSizeError, MemoryError, or
        pyarrow's errors for batches that are damaged.
        """
        schema, batches = read_batches(pa.BufferReader(self.file.content))
        chosen = pa.schema([schema.field(position) for position in positions])
        refuse_periods(chosen, "file")
        columns = (
            pa.RecordBatch.from_arrays([batch.column(at) for at in positions], schema=chosen)
            for batch in batches
        )
        return join_batches(columns, chosen, self.file.limit)


def open_arrow(file: TableFile) -> ArrowTable:
    """Return the columns of a stream or a file. Raises pyarrow's errors if it is neither."""
    schema, _ = read_batches(pa.BufferReader(file.content))
    names = [name.strip() for name in schema.names]
    return ArrowTable(names, Dialect("arrow", file.container), file)

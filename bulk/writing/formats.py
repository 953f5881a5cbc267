"""Writing tables as files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import pyarrow as pa
from pyarrow import csv, ipc, parquet

from forecasting.tables.formats import ARROW_STREAM, CSV, PARQUET, format_of_name

SUFFIXES = {PARQUET: ".parquet", CSV: ".csv", ARROW_STREAM: ".arrow"}


class TableWriter(Protocol):
    """Adds tables of one schema to a file."""

    def write_table(self, table: pa.Table) -> None:
        """Add the rows of a table."""


@contextmanager
def table_writer(stream: Any, schema: pa.Schema, media_type: str) -> Iterator[TableWriter]:
    """Give what writes tables to a stream, as a Parquet, a CSV or an Arrow file."""
    writers = {
        PARQUET: lambda: parquet.ParquetWriter(stream, schema, compression="zstd"),
        CSV: lambda: csv.CSVWriter(stream, schema),
        ARROW_STREAM: lambda: ipc.new_file(stream, schema),
    }
    with writers[media_type]() as writer:
        yield writer


def failures_beside(location: str, media_type: str) -> str:
    """Return where the failures of an output file go: out.failures.csv beside out.csv."""
    suffix = SUFFIXES[media_type]
    return f"{location.removesuffix(suffix)}.failures{suffix}"


def format_of_output(location: str) -> str | None:
    """Return the media type of the file that a location names; None if it names a folder."""
    found = format_of_name(location)
    return found if found in SUFFIXES and location.endswith(SUFFIXES[found]) else None

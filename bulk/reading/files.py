"""The files of a table, and the batches of columns in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
from pyarrow import compute, csv, fs, parquet, types

from bulk.places import Place
from forecasting.errors import SeriesError
from forecasting.tables.files.arrow_stream import read_batches
from forecasting.tables.files.csv import open_csv
from forecasting.tables.formats import (
    ARROW_STREAM,
    CSV,
    NAMES,
    PARQUET,
    UNKNOWN,
    format_of_name,
    recognise,
)
from forecasting.tables.options import TableOptions
from forecasting.tables.raw_table import TableFile

_BATCH_ROWS = 65_536
_BUFFER_BYTES = 2**20
_BLOCK_BYTES = 4 * 2**20
_HEAD_BYTES = 2**18
_START_BYTES = 1_024
_READABLE = {PARQUET, ARROW_STREAM, CSV}
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
"""What stands in the name of a folder for a missing value."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a table."""

    place: Place
    format: str
    """Its media type: PARQUET, ARROW_STREAM or CSV."""
    size: int
    changed_at: str
    """When it was last changed."""
    delimiter: str = ","
    keys: Mapping[str, str | None] = field(default_factory=dict)
    """What the names of its folders say, as region=north does: columns with one value each, which
    is None if it is missing."""

    def names(self) -> list[str]:
        """Return the names of its columns. Raises OSError or pyarrow's errors."""
        with self.place.open() as file:
            match self.format:
                case str() if self.format == PARQUET:
                    names = list(parquet.read_schema(file).names)
                case str() if self.format == CSV:
                    names = list(self._open_csv({}, None).schema.names)
                case _:
                    names = list(read_batches(file)[0].names)
        return [*names, *self.keys]

    def batches(self, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield the columns with these names, batch by batch; those of CSV files are texts.

        Raises SeriesError if a column is not there or is there twice, OSError, or pyarrow's errors
        for a file that is damaged.
        """
        own = [name for name in names if name not in self.keys]
        for batch in self._own_batches(own):
            if batch.num_rows:
                columns = [
                    pa.repeat(pa.scalar(self.keys[name], pa.string()), batch.num_rows)
                    if name in self.keys
                    else batch.column(own.index(name))
                    for name in names
                ]
                fields = [
                    pa.field(name, pa.string())
                    if name in self.keys
                    else batch.schema.field(own.index(name))
                    for name in names
                ]
                yield pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields))

    def _check_columns(self, schema: pa.Schema, wanted: Sequence[str]) -> None:
        """Raise SeriesError unless each of these columns is there once."""
        found = Counter(schema.names)
        for name in wanted:
            if not found[name]:
                raise SeriesError(
                    f"{self.place.location} has no column {name[:80]!r}, which the first file has.",
                    code="column_missing",
                    path=("input",),
                )
            if found[name] > 1:
                raise SeriesError(
                    f"{self.place.location} has more than one column {name[:80]!r}. Rename all but "
                    "one of them.",
                    code="column_repeated",
                    path=("input",),
                )

    def _own_batches(self, names: list[str]) -> Iterator[pa.RecordBatch]:
        if self.format == CSV:
            yield from map(_trimmed, self._open_csv(dict.fromkeys(names, pa.string()), names))
            return
        with self.place.open() as file:
            if self.format == PARQUET:
                schema = parquet.read_schema(file)
                self._check_columns(schema, names)
                yield from _parquet_batches(file, schema, names)
                return
            schema, batches = read_batches(file)
            self._check_columns(schema, names)
            yield from (batch.select(names) for batch in batches)

    def _open_csv(self, column_types: dict[str, Any], names: list[str] | None) -> Any:
        stream = self.place.filesystem.open_input_stream(self.place.path, compression="detect")
        return csv.open_csv(
            stream,
            csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES),
            csv.ParseOptions(delimiter=self.delimiter),
            csv.ConvertOptions(
                column_types=column_types,
                include_columns=names,
                null_values=[""],
                strings_can_be_null=True,
            ),
        )


def list_files(place: Place, options: TableOptions) -> list[SourceFile]:
    """Return the files of a table by their paths: one file, or those in a folder and below it.

    Files whose names, or whose folders' names, begin with `_` or `.` are passed over, as other
    programs do.

    Raises SeriesError if there are none, or OSError.
    """
    info = place.filesystem.get_file_info(place.path)
    if info.type == fs.FileType.NotFound:
        raise SeriesError(
            f"there is no table at {place.location}.", code="table_not_found", path=("input",)
        )
    infos = [info] if info.is_file else [each for each in place.files() if _counts(each, place)]
    files = [_source_file(each, place, options) for each in infos]
    formats = {file.format for file in files}
    if len(formats) != 1 or not formats <= _READABLE:
        held = " and ".join(NAMES[name] for name in sorted(formats)) or "no such file"
        raise SeriesError(
            f"{place.location} should hold Parquet files, CSV files or Arrow files, all of one "
            f"kind. It holds {held}.",
            code="table_not_found",
            path=("input",),
        )
    return files


def _counts(info: fs.FileInfo, folder: Place) -> bool:
    parts = info.path.removeprefix(folder.path).strip("/").split("/")
    hidden = any(part.startswith(("_", ".")) for part in parts)
    return not hidden and info.size > 0 and _format_of(info.base_name) is not None


def _format_of(name: str) -> str | None:
    found = format_of_name(name.lower().removesuffix(".gz"))
    return found if found in _READABLE else None


def _source_file(info: fs.FileInfo, table: Place, options: TableOptions) -> SourceFile:
    place = table.at(info.path)
    folders = info.path.removeprefix(table.path).split("/")[:-1]
    keys = dict(_key(part) for part in folders if "=" in part)
    found = _format_of(info.base_name) or _format_of_content(place)
    delimiter = _delimiter(place, options) if found == CSV else ","
    return SourceFile(place, found, info.size, str(info.mtime), delimiter, keys)


def _key(folder: str) -> tuple[str, str | None]:
    """Return the column and the value that a folder is named after, as Hive and Arrow do."""
    name, _, value = folder.partition("=")
    return unquote(name), None if value == _NO_VALUE else unquote(value)


def _format_of_content(place: Place) -> str:
    with place.open() as file:
        return recognise(bytes(file.read(_START_BYTES)), UNKNOWN)


def _delimiter(place: Place, options: TableOptions) -> str:
    """Return what separates the fields of a CSV file. Raises SeriesError unless it is plain."""
    with place.filesystem.open_input_stream(place.path, compression="detect") as stream:
        head = bytes(stream.read(_HEAD_BYTES))
    whole_lines = head[: head.rfind(b"\n") + 1] or head
    found = open_csv(TableFile(whole_lines, limit=2**30), options)
    dialect = found.dialect
    plain = dialect.encoding in {None, "utf-8"} and dialect.header_line == 1
    if not plain or "," in {options.decimal, dialect.decimal}:
        raise SeriesError(
            f"{place.location} is no plain CSV file: bulk jobs read UTF-8, with the names of the "
            "columns on the first line and points as decimal signs. POST /predict reads others; or "
            "convert it to Parquet.",
            code="csv_not_plain",
            path=("input",),
        )
    return found.layout.delimiter


def _trimmed(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return texts without the spaces around them, null for those that hold nothing else."""
    columns = [compute.utf8_trim_whitespace(column) for column in batch.columns]
    missing = pa.scalar(None, pa.string())
    return pa.RecordBatch.from_arrays(
        [compute.if_else(compute.equal(column, ""), missing, column) for column in columns],
        schema=batch.schema,
    )


def _parquet_batches(file: Any, schema: pa.Schema, names: list[str]) -> Iterator[pa.RecordBatch]:
    file.seek(0)
    texts = [name for name in names if _is_text(schema, name)]
    opened = parquet.ParquetFile(file, read_dictionary=texts, buffer_size=_BUFFER_BYTES)
    for group in range(opened.num_row_groups):  # All at once, pyarrow would keep what was read.
        batches = opened.iter_batches(
            _BATCH_ROWS, row_groups=[group], columns=names, use_threads=False
        )
        for batch in batches:
            yield batch.select(names)


def _is_text(schema: pa.Schema, name: str) -> bool:
    at = schema.get_field_index(name)
    return at >= 0 and bool(types.is_string(schema.field(at).type))

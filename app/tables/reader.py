"""Tables in the long format, `unique_id, ds, y`, out of CSV, Parquet and Arrow bytes.

Only those columns are read. What is read is counted as it lies in memory, so that a small file that
unpacks to a large one is refused before it is unpacked whole.
"""

from __future__ import annotations

import csv
import struct
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from app.errors import TableTooLargeError
from app.requests.content_negotiation import ARROW_STREAM, CSV, PARQUET
from app.tables.parquet_pages import unpacked_bytes
from forecasting.errors import SeriesError

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = ("unique_id", "ds", "y")
_ROW_BYTES = 20
"""What a row takes at least: 8 for ds and y each, 4 for unique_id."""
_BATCH_ROWS = 65_536
_BAD_BYTES = (struct.error, csv.Error)


def read_table(content: bytes, media_type: str, limit: int) -> pa.Table:
    """Columns ds, y and, where there is one, unique_id; texts as dictionaries, y as text for CSV.

    Raises SeriesError, its path within the request, for what is no such table, TableTooLargeError
    for one that takes more than `limit` bytes.
    """
    import pyarrow as pa

    read = {CSV: _read_csv, PARQUET: _read_parquet, ARROW_STREAM: _read_arrow}[media_type]
    try:
        return read(content, limit)
    except (pa.ArrowException, OSError, ValueError, LookupError, TypeError, *_BAD_BYTES) as error:
        reason = " ".join(str(error).split())[:300]
        raise _broken(f"the file is no {media_type}: {reason}") from error


def _read_csv(content: bytes, limit: int) -> pa.Table:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    header = content.partition(b"\n")[0].decode("utf-8-sig")
    columns = _wanted(next(csv.reader([header]), []))
    text = pa.dictionary(pa.int32(), pa.string())
    table = arrow_csv.read_csv(
        pa.BufferReader(content),
        read_options=arrow_csv.ReadOptions(use_threads=False),
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            column_types={"unique_id": text, "ds": text, "y": pa.string()}, include_columns=columns
        ),
    )
    if table.nbytes > limit:
        raise TableTooLargeError(limit)
    return table


def _read_parquet(content: bytes, limit: int) -> pa.Table:
    import pyarrow as pa
    from pyarrow import parquet

    schema = parquet.read_schema(pa.BufferReader(content))
    columns = _wanted(schema.names)
    _check_types(schema, columns)
    texts = [name for name in columns if _is_text(schema.field(name).type)]
    file = parquet.ParquetFile(pa.BufferReader(content), read_dictionary=texts)
    chunks = [
        chunk
        for group in map(file.metadata.row_group, range(file.metadata.num_row_groups))
        for chunk in map(group.column, range(group.num_columns))
        if chunk.path_in_schema in columns
    ]
    said = sum(chunk.total_uncompressed_size for chunk in chunks)
    if max(said, file.metadata.num_rows * _ROW_BYTES) > limit:
        raise TableTooLargeError(limit)
    if sum(_unpacked(content, chunk) for chunk in chunks) > limit:
        raise TableTooLargeError(limit)
    batches = file.iter_batches(_BATCH_ROWS, columns=columns, use_threads=False)
    return _joined(batches, schema, columns, limit)


def _unpacked(content: bytes, chunk: Any) -> int:
    start = chunk.data_page_offset
    if chunk.has_dictionary_page:
        start = min(start, chunk.dictionary_page_offset)
    return unpacked_bytes(content, start, chunk.total_compressed_size)


def _read_arrow(content: bytes, limit: int) -> pa.Table:
    import pyarrow as pa

    messages = pa.ipc.MessageReader.open_stream(pa.BufferReader(content))
    if any(_compressed(message.metadata.to_pybytes()) for message in messages):
        raise _broken(
            "the buffers of the Arrow stream are compressed; write it without, and compress the "
            "body instead, with the header content-encoding: zstd."
        )
    stream = pa.ipc.open_stream(pa.BufferReader(content))
    columns = _wanted(stream.schema.names)
    _check_types(stream.schema, columns)
    return _joined(stream, stream.schema, columns, limit)


def _joined(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema, columns: Sequence[str], limit: int
) -> pa.Table:
    import pyarrow as pa

    kept, size = [], 0
    for batch in batches:
        batch.validate(full=True)
        table = pa.Table.from_batches([batch]).select(columns)
        size += max(table.nbytes, table.num_rows * _ROW_BYTES)
        if size > limit:
            raise TableTooLargeError(limit)
        kept.append(table)
    if not kept:
        return schema.empty_table().select(columns)
    return pa.concat_tables(kept, promote_options="permissive")


def _wanted(names: Sequence[str]) -> list[str]:
    for column in ("ds", "y"):
        if column not in names:
            raise _broken(
                f"there is no column {column!r}; the columns are: {', '.join(names)[:300]}. The "
                "long format is unique_id, ds, y.",
                code="column_missing",
            )
    wanted = [column for column in COLUMNS if column in names]
    for column in wanted:
        if list(names).count(column) > 1:
            raise _broken(f"there is more than one column {column!r}.", code="column_repeated")
    return wanted


def _check_types(schema: pa.Schema, columns: Sequence[str]) -> None:
    from pyarrow import types

    text = (_is_text, types.is_integer)
    allowed = {
        "unique_id": text,
        "ds": (*text, types.is_timestamp, types.is_date),
        "y": (types.is_integer, types.is_floating, types.is_decimal),
    }
    for column in columns:
        kind = schema.field(column).type
        value = kind.value_type if types.is_dictionary(kind) else kind
        if not any(fits(value) for fits in allowed[column]) or (value != kind and column == "y"):
            raise _broken(
                f"the column {column!r} is of the type {kind}; unique_id is text, ds text, dates, "
                "times or whole numbers, y numbers.",
                code="column_type",
                path=("file", column),
            )


def _is_text(kind: pa.DataType) -> bool:
    from pyarrow import types

    return bool(types.is_string(kind) or types.is_large_string(kind))


def _compressed(metadata: bytes) -> bool:
    """Whether a message of the Arrow IPC format is a record batch with compressed buffers.

    The flatbuffers tables of its format (Message.fbs): a Message has its header third, after the
    type of the header; a RecordBatch has its compression fourth, a DictionaryBatch its RecordBatch
    second. Sizes that such a batch claims cannot be trusted before it is unpacked.
    """
    message = struct.unpack_from("<i", metadata)[0]
    kind = _field(metadata, message, 1)
    header = _table(metadata, message, 2)
    if kind is None or header is None:
        return False
    if metadata[kind] == 2:
        header = _table(metadata, header, 1)
    elif metadata[kind] != 3:
        return False
    return header is not None and _field(metadata, header, 3) is not None


def _field(data: bytes, table: int, number: int) -> int | None:
    """Where a field of a flatbuffers table lies; None where it is left out."""
    vtable = table - struct.unpack_from("<i", data, table)[0]
    if struct.unpack_from("<H", data, vtable)[0] <= 4 + 2 * number:
        return None
    offset = int(struct.unpack_from("<H", data, vtable + 4 + 2 * number)[0])
    return table + offset if offset else None


def _table(data: bytes, table: int, number: int) -> int | None:
    place = _field(data, table, number)
    return None if place is None else place + int(struct.unpack_from("<i", data, place)[0])


def _broken(
    message: str, *, code: str = "file_broken", path: tuple[str, ...] = ("file",)
) -> SeriesError:
    return SeriesError(message, code=code, path=path)

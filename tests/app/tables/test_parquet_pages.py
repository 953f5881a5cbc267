"""Pages' headers as a real writer writes them, and as none does."""

import io
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from app.tables.parquet_pages import unpacked_bytes

STOP = b"\0"


@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "zstd"])
@pytest.mark.parametrize(
    "how",
    [
        {},
        {"use_dictionary": False},
        {"data_page_version": "2.0"},
        {"data_page_size": 100},
        {"row_group_size": 999},
        {"write_page_checksum": True, "write_page_index": True},
    ],
)
def test_pages_and_their_headers_make_up_what_an_honest_footer_says(
    how: dict[str, Any], compression: str
) -> None:
    count = 5_000
    columns = {
        "unique_id": [f"series {n // 50}" for n in range(count)],
        "ds": list(range(count)),
        "y": [n % 977 / 7 for n in range(count)],
    }
    sink = io.BytesIO()
    parquet.write_table(pa.table(columns), sink, compression=compression, **how)
    metadata = parquet.ParquetFile(sink).metadata
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        for column in map(group.column, range(group.num_columns)):
            start = column.dictionary_page_offset or column.data_page_offset
            found = unpacked_bytes(sink.getvalue(), start, column.total_compressed_size)
            assert 0 < found < column.total_uncompressed_size < 2 * found + 200


@pytest.mark.parametrize(
    "header",
    [
        b"",
        STOP,
        b"\x15\x00" + STOP,  # no sizes
        b"\x25\x01\x15\x02" + STOP,  # a size below zero
        b"\x1c" * 1_000,  # a struct in a struct in …
        b"\x15" + b"\xff" * 1_000,  # a number without an end
        b"\x19\xf3\xff\xff\xff\xff\x0f" + b"\0" * 1_000,  # a list of four thousand million
        b"\x11" * 1_000,  # a thousand fields
        b"\x1e" + STOP,  # of no known type
        b"\x18\x7f" + STOP,  # a text that is longer than the file
    ],
)
def test_what_is_no_header_is_refused(header: bytes) -> None:
    with pytest.raises((ValueError, IndexError)):
        unpacked_bytes(header, 0, max(len(header), 1))


def test_a_chunk_of_nothing_but_headers_is_refused() -> None:
    empty = b"\x25\x00\x15\x00" + STOP
    assert unpacked_bytes(empty * 10, 0, len(empty) * 10) == 0
    with pytest.raises(ValueError, match="pages"):
        unpacked_bytes(empty * 200_000, 0, len(empty) * 200_000)

"""What a file is, by its content, out of which container, and what is said if it is no table."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from forecasting.errors import SeriesError
from forecasting.tables.files.open_table import open_table
from forecasting.tables.formats import (
    ARROW_STREAM,
    CSV,
    GZIP,
    JSON_LINES,
    JSON_RECORDS,
    NDJSON,
    PARQUET,
    UNKNOWN,
    XLSX,
    ZIP,
    format_of_name,
)
from forecasting.tables.options import TableOptions
from forecasting.tables.raw_table import RawTable
from forecasting.tables.sizes import TableSizeError
from tests.support.workbooks import write_workbook

RECORDS: list[dict[str, Any]] = [{"ds": "2024-01-01", "y": 1}, {"ds": "2024-01-02", "y": 2}]
PLAIN = b"ds,y\n2024-01-01,1\n2024-01-02,2\n"
TABLE = pa.Table.from_pylist(RECORDS)


def packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def zipped(members: dict[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return sink.getvalue()


def written(write: Any, **options: Any) -> bytes:
    sink = io.BytesIO()
    write(TABLE, sink, **options)
    return sink.getvalue()


def stream() -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, TABLE.schema) as writer:
        writer.write_table(TABLE)
    return sink.getvalue()


FILES = {
    CSV: PLAIN,
    PARQUET: written(parquet.write_table),
    ARROW_STREAM: stream(),
    XLSX: write_workbook({"A": [["ds", "y"], *([row["ds"], row["y"]] for row in RECORDS)]}),
    JSON_RECORDS: json.dumps(RECORDS).encode(),
    NDJSON: "\n".join(map(json.dumps, RECORDS)).encode(),
}


def opened(content: bytes, declared: str = UNKNOWN, limit: int = 2**26) -> RawTable:
    return open_table(content, declared, TableOptions(), limit)


def cells(raw: RawTable) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = raw.read([0, 1], numbers=[1]).to_pylist()
    return found


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
@pytest.mark.parametrize("pack", [bytes, packed, lambda content: zipped({"table": content})])
@pytest.mark.parametrize("declared", [UNKNOWN, CSV, PARQUET])
def test_a_file_is_read_as_what_it_is(content: bytes, pack: Any, declared: str) -> None:
    assert cells(opened(pack(content), declared)) == RECORDS


@pytest.mark.parametrize(("declared", "content"), FILES.items(), ids=FILES)
def test_a_file_that_is_what_it_is_declared_to_be_has_no_note(
    declared: str, content: bytes
) -> None:
    assert not opened(content, declared).notes
    assert not opened(content).notes
    assert not opened(packed(content), GZIP).notes
    assert not opened(zipped({"table": content}), ZIP).notes


@pytest.mark.parametrize(
    ("content", "declared", "message"),
    [
        (FILES[XLSX], CSV, "sent as text/csv, but is a workbook, and"),
        (FILES[PARQUET], CSV, "but is a Parquet file"),
        (PLAIN, PARQUET, "but is CSV"),
        (packed(PLAIN), CSV, "but is packed with gzip"),
        (zipped({"a.json": FILES[JSON_RECORDS]}), CSV, "but is JSON, packed with zip"),
    ],
)
def test_a_file_that_is_not_what_it_is_declared_to_be_is_noted(
    content: bytes, declared: str, message: str
) -> None:
    raw = opened(content, declared)
    assert [note.code for note in raw.notes] == ["format_recognised"]
    assert message in raw.notes[0].message


def test_a_feather_file_is_read_as_arrow() -> None:
    assert cells(opened(written(feather.write_feather))) == RECORDS


def test_packed_files_say_what_they_were_packed_in() -> None:
    assert opened(packed(FILES[XLSX])).dialect.container == "gzip"
    assert opened(zipped({"a.csv": PLAIN, "__MACOSX/._a.csv": b"x"})).dialect.container == "zip"


@pytest.mark.parametrize("pack", [packed, lambda content: zipped({"a.csv": content})])
def test_a_file_that_unpacks_to_more_than_it_may_is_refused(pack: Any) -> None:
    for content in (pack(bytes(2**25)), pack(pack(b" " * 2**25))):
        with pytest.raises(TableSizeError):
            opened(content, limit=2**24)


@pytest.mark.parametrize(
    ("content", "code", "message"),
    [
        (b"%PDF-1.4\n", "format_unknown", "a PDF document"),
        (b"\n<!DOCTYPE html>\n<html>", "format_unknown", "an HTML page"),
        (b"<!-- x -->\n<table><tr>", "format_unknown", "an HTML page"),
        (packed(b"%PDF-1.4\n"), "format_unknown", "a PDF document"),
        (b"\x89PNG\r\n", "format_unknown", "an image"),
        (zipped({"word/document.xml": b""}), "format_unknown", "a Word document"),
        (zipped({"a.csv": PLAIN, "b.csv": PLAIN}), "archive_not_single", r"2 files \(a.csv, b"),
        (zipped({}), "archive_not_single", "no file"),
        (packed(PLAIN)[:20], "file_broken", "cannot be unpacked"),
        (zipped({"a.csv": PLAIN})[:40], "file_broken", "cannot be read"),
        (packed(packed(packed(PLAIN))), "file_broken", "several times"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "file_broken", "Save it as CSV"),
        (b"", "file_empty", "the file is empty"),
        (zipped({"a.csv": b" \n"}), "file_empty", "the file is empty"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_named(content: bytes, code: str, message: str) -> None:
    with pytest.raises(SeriesError, match=message) as raised:
        opened(content)
    assert (raised.value.code, raised.value.path) == (code, ("file",))


@pytest.mark.parametrize(
    "content",
    [
        b'{"ds": ["2024-01-01", "2024-01-02"], "y": [1, 2]}',
        b'{"ds": {"0": "2024-01-01", "1": "2024-01-02"}, "y": {"0": 1, "1": 2}}',
        b'{"data": [{"ds": "2024-01-01", "y": 1}, {"ds": "2024-01-02", "y": 2}]}',
        b'\xef\xbb\xbf{"ds": "2024-01-01", "y": 1}\r\n\r\n{"y": 2, "ds": "2024-01-02"}\r\n',
        json.dumps([row | {"more": {"a": [1]}} for row in RECORDS]).encode("utf-16"),
    ],
)
def test_json_may_be_columns_or_lines(content: bytes) -> None:
    assert cells(opened(content, JSON_RECORDS)) == RECORDS


@pytest.mark.parametrize(
    "content",
    [
        {"ds": {"0": "2024-01-01", "1": "2024-01-02"}, "y": {"1": 2, "0": 1}},
        {"3": {"ds": "2024-01-01", "y": 1}, "9": {"y": 2, "ds": "2024-01-02"}},
        {"index": [3, 9], "columns": ["ds", "y"], "data": [["2024-01-01", 1], ["2024-01-02", 2]]},
    ],
)
def test_json_of_pandas_is_joined_by_the_keys_of_its_rows(content: object) -> None:
    assert cells(opened(json.dumps(content).encode(), JSON_RECORDS)) == RECORDS


@pytest.mark.parametrize(
    "content",
    [
        {"y": {"2024-01-01": 1, "2024-01-02": 2}},
        {"2024-01-01": {"y": 1}, "2024-01-02": {"y": 2}},
        {"index": ["2024-01-01", "2024-01-02"], "columns": ["y"], "data": [[1], [2]]},
    ],
)
def test_dates_that_are_the_keys_of_rows_in_json_are_a_column(content: object) -> None:
    found = cells(opened(json.dumps(content).encode(), JSON_RECORDS))
    assert found == [{"index": row["ds"], "y": row["y"]} for row in RECORDS]


def test_a_field_that_a_record_lacks_is_missing() -> None:
    raw = opened(b'[{"ds": 1}, {"y": 2.5, "ds": 2}, {"ds": 3, "y": null}]')
    assert cells(raw) == [{"ds": 1, "y": None}, {"ds": 2, "y": 2.5}, {"ds": 3, "y": None}]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[1, 2]", "is a list of objects"),
        (b'{"a": {"0": 1, "1": 2}, "b": {"0": 1, "9": 2}}', "'a' and 'b' .* only one .* key '1'"),
        (b'{"a": {"0": 1, "1": 2}, "b": {"0": 1}}', "'a' and 'b' .* only one .* key '1'"),
        (b'{"columns": ["a", "b"], "data": [[1, 2], [1]]}', "row 1 of 'data', counted from 0"),
        (b'{"columns": ["a", "a"], "data": [[1, 2]]}', "the names in 'columns' repeat"),
        (b'{"ds": ["a"], "y": [1, 2]}', r"not lists of one length \(ds: 1, y: 2\)"),
        (b'{"ds": 1,\n}', "line 2, column 1 is no JSON"),
        (b'{"y": 1}\n{"y": 2\n', "line 2, column 8 is no JSON"),
        (b'{"y": 1}\n[2]\n', "line 2 holds no object"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[]", "no rows"),
    ],
)
@pytest.mark.parametrize("declared", [JSON_RECORDS, JSON_LINES])
def test_json_that_is_no_table_is_refused(content: bytes, message: str, declared: str) -> None:
    with pytest.raises(SeriesError, match=message):
        opened(content, declared)


def test_records_that_all_have_fields_of_their_own_are_refused() -> None:
    content = json.dumps([{f"name {n}": n} for n in range(10_000)]).encode()
    with pytest.raises(TableSizeError):
        opened(content)


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("a.CSV", CSV), ("a.tsv", CSV), ("a.xlsx", XLSX), ("a.csv.gz", GZIP), ("a", UNKNOWN)],
)
def test_the_name_of_a_file_tells_its_format(name: str, media_type: str) -> None:
    assert format_of_name(name) == media_type

"""Whatever is uploaded, the answer is a problem document with the place, never a 500."""

import datetime as dt
import gzip
import io
import random
from typing import Any

import httpx
import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.app.requests.test_bad_input import problem
from tests.app.tables.test_tables import (
    ARROW,
    CSV,
    PARQUET,
    as_arrow,
    as_csv,
    as_parquet,
    long,
    send,
)

HEAD = "unique_id,ds,y\n"
DAYS = [dt.date(2024, 1, day) for day in range(1, 11)]
VALUES = [1.0, 5, 2, 6, 3, 7, 4, 8, 5, 9]


def rows(*changed: str) -> str:
    """Ten good rows, then others."""
    good = [f"a,{day},{y}" for day, y in zip(DAYS, VALUES, strict=True)]
    return HEAD + "\n".join([*good, *changed]) + "\n"


def parquet_of(**columns: Any) -> bytes:
    sink = io.BytesIO()
    parquet.write_table(pa.table(columns), sink)
    return sink.getvalue()


@pytest.mark.parametrize(
    ("text", "code", "pointer"),
    [
        ("", "file_empty", "#/file"),
        ("\n", "file_empty", "#/file"),
        (HEAD, "file_empty", "#/file"),
        ("date,comment\n2024-01-01,x\n", "column_missing", "#/file"),
        ("place,y\nhere,1\nthere,2\n", "column_missing", "#/file"),
        ("ds,ds,y\n2024-01-01,2024-01-01,1\n", "column_repeated", "#/file"),
        (rows("a,2024-01-11"), "file_broken", "#/file"),
        (rows("a,2024-01-11,many"), "cell_invalid", "#/file/10/y"),
        (rows("a,2024-01-11,inf"), "cell_invalid", "#/file/10/y"),
        (rows("a,2024-01-11,1e400"), "cell_invalid", "#/file/10/y"),
        (rows("a,2024-01-11,1e200"), "value_too_large", "#/file/10/y"),
        (rows("a,2024-01-11,true"), "cell_invalid", "#/file/10/y"),
        (rows("a,,1"), "cell_invalid", "#/file/10/ds"),
        (rows("a,soon,1"), "timestamp_invalid", "#/file/10/ds"),
        (rows("a,2024-01-10,1"), "timestamps_repeated", "#/file/10/ds"),
        (rows("a,2024-01-05,1"), "timestamps_not_rising", "#/file/10/ds"),
        (rows("a,2024-01-11T00:00Z,1"), "timestamps_mixed_zones", "#/file/10/ds"),
        (rows("a,9024-01-11,1"), "gap_too_long", "#/file/10/ds"),
        (HEAD + "b,2024-01-01,1\n", "timestamps_irregular", "#/file/0/ds"),
        (rows(*(f"b,{day}," for day in DAYS)), "series_all_missing", "#/file/10"),
        (rows(f"{'x' * 300},2024-01-01,1"), "cell_invalid", "#/file/10/unique_id"),
        ("ds,y\n0,1\n1,2\n3,3\n", "steps_irregular", "#/file/2/ds"),
        ("ds;y\n0;998\n1;999\n2;1.000\n", "decimal_unclear", "#/decimal"),
        ("ds\ty\n01.01.2024\t1.998\n02.01.2024\t2.003\n", "decimal_unclear", "#/decimal"),
        (HEAD + "\n".join(f"s{n},0,1" for n in range(10_001)), "too_many_series", "#/series"),
    ],
)  # fmt: skip
def test_csv_that_makes_no_sense_is_refused_at_the_cell(
    client: httpx.Client, text: str, code: str, pointer: str
) -> None:
    answer = send(client, text.encode(), CSV)
    document = problem(answer)
    assert (answer.status_code, document["code"]) == (422, code), document
    assert document["errors"][0]["pointer"].startswith(pointer)


@pytest.mark.parametrize(
    "content",
    [HEAD.encode() + b"\x81,2024-01-01,1\n", b"a\0\0", b'"', b"\xff\xfe"],
)  # fmt: skip
def test_csv_that_is_no_text_is_refused(client: httpx.Client, content: bytes) -> None:
    assert problem(send(client, content, CSV))["status"] == 422


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"ds": DAYS, "y": ["many"] * 10}, "cell_invalid"),
        ({"ds": DAYS, "y": [True, False] * 5}, "column_type"),
        ({"ds": DAYS, "y": [[y] for y in VALUES]}, "column_type"),
        ({"ds": [{"day": 1}] * 10, "y": VALUES}, "column_type"),
        ({"ds": [1.5] * 10, "y": VALUES}, "column_type"),
        ({"ds": DAYS, "y": pa.nulls(10)}, "series_all_missing"),
        ({"unique_id": [["a"]] * 10, "ds": DAYS, "y": VALUES}, "column_type"),
        ({"unique_id": [1.5] * 10, "ds": DAYS, "y": VALUES}, "column_type"),
        ({"ds": [None, *DAYS[1:]], "y": VALUES}, "cell_invalid"),
        ({"unique_id": [None] + ["a"] * 9, "ds": DAYS, "y": VALUES}, "cell_invalid"),
        ({"ds": DAYS, "y": [*VALUES[:9], float("inf")]}, "cell_invalid"),
        ({"ds": pa.array([2**62] * 10, pa.timestamp("s")), "y": VALUES}, "timestamp_invalid"),
        ({"ds": pa.array([2**62] * 10, pa.timestamp("us")), "y": VALUES}, "timestamp_invalid"),
        ({"ds": pa.array(range(10), pa.timestamp("s", "Mars")), "y": VALUES}, "timezone_unknown"),
        ({"ds": [2**63 - 1] * 10, "y": VALUES}, "steps_irregular"),
        ({"ds": DAYS, "y": [float("nan")] * 10}, "series_all_missing"),
        ({"ds": [], "y": []}, None),
        ({}, "file_empty"),
        ({"x": ["a"]}, "column_missing"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("media_type", [PARQUET, ARROW])
def test_columns_that_make_no_sense_are_refused(
    client: httpx.Client, columns: dict[str, Any], code: str | None, media_type: str
) -> None:
    table = pa.table(columns)
    if media_type == PARQUET:
        if isinstance(columns.get("ds"), pa.Array) and columns["ds"].type == pa.timestamp("s"):
            pytest.skip("Parquet has no seconds")
        content = parquet_of(**columns)
    else:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        content = bytes(sink.getvalue())
    answer = send(client, content, media_type)
    document = problem(answer)
    assert answer.status_code == 422, document
    assert code in {None, document["code"]}, document


@pytest.mark.parametrize("codec", ["zstd", "lz4"])
@pytest.mark.parametrize("rows", [100_000_000, 10_000_000])
def test_compressed_arrow_buffers_that_unpack_to_a_large_table_are_refused(
    client: httpx.Client, codec: str, rows: int
) -> None:
    zeros = pa.table({"ds": pa.repeat(pa.scalar(0), rows), "y": pa.repeat(pa.scalar(0.0), rows)})
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression=codec)
    with pa.ipc.new_stream(sink, zeros.schema, options=options) as stream:
        stream.write_table(zeros)
    document = problem(send(client, bytes(sink.getvalue()), ARROW))
    assert (document["status"], document["code"]) == (413, "table_too_large")


@pytest.mark.parametrize(
    ("write", "media_type"), [(as_csv, CSV), (as_parquet, PARQUET), (as_arrow, ARROW)]
)
def test_damaged_files_are_refused(client: httpx.Client, write: Any, media_type: str) -> None:
    content = write(long())
    chance = random.Random(7)
    damaged = [content[: chance.randrange(len(content))] for _ in range(20)]
    for _ in range(60):
        bent = bytearray(content)
        for _ in range(chance.choice([1, 3, 20])):
            bent[chance.randrange(len(bent))] = chance.randrange(256)
        damaged.append(bytes(bent))
    statuses = {send(client, bent, media_type).status_code for bent in damaged}
    assert statuses <= {200, 413, 422}
    assert 422 in statuses


@pytest.mark.parametrize(
    ("query", "code", "pointer"),
    [
        ({"horizon": "many"}, "int_type", "#/horizon"),
        ({"horizon": "0"}, "greater_than_equal", "#/horizon"),
        ({"levels": "80,none"}, "float_type", "#/levels/1"),
        ({"color": "red"}, "extra_forbidden", "#/color"),
        ({"repair": "maybe"}, "bool_type", "#/repair"),
        ({"on_error": "ignore"}, "literal_error", "#/on_error"),
        ({"frequency": "parsec"}, "frequency_unknown", "#/frequency"),
        ({"timezone": "Mars/Base"}, "timezone_unknown", "#/timezone"),
        ({"lower": "NaN"}, "finite_number", "#/lower"),
        ({"lower": "5", "upper": "4"}, "bounds_crossed", "#/upper"),
        ({"upper": "6"}, "value_out_of_bounds", "#/file/5/y"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    client: httpx.Client, query: dict[str, str], code: str, pointer: str
) -> None:
    in_query = problem(send(client, rows().encode(), CSV, **query))
    upload = {"file": ("a.csv", rows().encode(), CSV)}
    in_form = problem(client.post("/predict", data=query, files=upload))
    for document in (in_query, in_form):
        fault = document["errors"][0]
        assert (document["status"], fault["code"], fault["pointer"]) == (422, code, pointer)


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b"", "multipart/form-data", 400),
        (b"", "multipart/form-data; boundary=x", 422),
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x", 422),
        (b"--x\r\n" * 1_000, "multipart/form-data; boundary=x", 400),
        (b"--x--\r\n", "multipart/form-data; boundary=x", 422),
        (b"--x--\r\n", "multipart/form-data; boundary=" + "x" * 1_000, 400),
        (
            b'--x\r\ncontent-disposition: form-data; name="horizon"\r\n\r\n3\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
            422,
        ),
        (
            b'--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n3\r\n' * 100 + b"--x--\r\n",
            "multipart/form-data; boundary=x",
            422,
        ),
        (rows().encode("utf-7"), "text/csv; charset=utf-7", 415),
        (rows().encode("utf-7"), "text/plain; charset=utf-7", 415),
        (b"{}", "text/plain", 422),
        (b"{}", "image/png", 415),
    ],
)
def test_bodies_that_are_not_what_they_say_are_refused(
    client: httpx.Client, content: bytes, content_type: str, status: int
) -> None:
    answer = client.post("/predict", content=content, headers={"content-type": content_type})
    assert problem(answer)["status"] == status, answer.text


def test_an_upload_of_two_files_or_of_one_by_another_name_is_refused(client: httpx.Client) -> None:
    file = ("a.csv", rows().encode())
    assert problem(client.post("/predict", files={"table": file}))["status"] == 422
    twice = client.post("/predict", files=[("file", file), ("file", file)])
    assert problem(twice)["status"] == 422


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "nonsense"])
def test_an_unknown_encoding_is_refused(client: httpx.Client, encoding: str) -> None:
    headers = {"content-type": "application/json", "content-encoding": encoding}
    answer = client.post("/predict", content=b"{}", headers=headers)
    assert (answer.status_code, problem(answer)["code"]) == (415, "encoding_unsupported")
    assert answer.headers["accept-encoding"] == "gzip, zstd"


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
@pytest.mark.parametrize("content", [b"{}", gzip.compress(b"{}", mtime=0)[:10]])
def test_a_body_that_is_not_in_its_encoding_is_refused(
    client: httpx.Client, encoding: str, content: bytes
) -> None:
    headers = {"content-type": "application/json", "content-encoding": encoding}
    answer = client.post("/predict", content=content, headers=headers)
    assert (answer.status_code, problem(answer)["code"]) == (400, "body_broken")


@pytest.mark.parametrize("accept", ["", "*/*", "application/*", ",application/json"])
def test_an_accept_header_that_allows_json_is_answered_in_json(
    client: httpx.Client, accept: str
) -> None:
    answer = client.post("/predict", json={"series": VALUES}, headers={"accept": accept})
    assert answer.headers["content-type"] == "application/json", answer.text


@pytest.mark.parametrize("accept", ["text/html", "image/*", "application/json;q=0", ",;q="])
def test_an_accept_header_that_allows_nothing_is_refused(client: httpx.Client, accept: str) -> None:
    answer = client.post("/predict", json={"series": VALUES}, headers={"accept": accept})
    assert (answer.status_code, problem(answer)["code"]) == (406, "not_acceptable")

"""CSV, Parquet and Arrow in and out, packed bodies."""

import gzip
import io
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from tests.support.service import Service
from tests.support.tiny_models import PASSENGERS

CSV, PARQUET = "text/csv", "application/vnd.apache.parquet"
ARROW = "application/vnd.apache.arrow.stream"
COUNT = len(PASSENGERS)


def long(zone: str | None = None) -> pd.DataFrame:
    """Two series of different lengths, months and hours."""
    months = pd.date_range("1949-01-01", periods=COUNT, freq="MS", tz=zone)
    first = pd.DataFrame({"unique_id": "b", "ds": months, "y": [float(y) for y in PASSENGERS]})
    second = first.assign(unique_id="a").iloc[:30]
    return pd.concat([first, second], ignore_index=True)


def as_csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False).encode()


def as_parquet(frame: pd.DataFrame) -> bytes:
    sink = io.BytesIO()
    frame.to_parquet(sink)
    return sink.getvalue()


def as_arrow(frame: pd.DataFrame, **options: Any) -> bytes:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as stream:
        stream.write_table(table, max_chunksize=17)
    return bytes(sink.getvalue())


def send(
    client: httpx.Client, content: bytes, media_type: str, accept: str = "*/*", **options: Any
) -> httpx.Response:
    headers = {"content-type": media_type, "accept": accept}
    return client.post("/predict", content=content, params=options, headers=headers)


def expected(client: httpx.Client, **options: Any) -> list[Any]:
    series = [
        {"id": name, "values": PASSENGERS[:length], "start": "1949-01-01", "frequency": "MS"}
        for name, length in (("b", COUNT), ("a", 30))
    ]
    found: list[Any] = client.post("/predict", json={"series": series, **options}).json()[
        "forecasts"
    ]
    return found


@pytest.mark.parametrize(
    ("write", "media_type"), [(as_csv, CSV), (as_parquet, PARQUET), (as_arrow, ARROW)]
)
def test_a_table_is_answered_as_the_same_series_in_json(
    client: httpx.Client, write: Any, media_type: str
) -> None:
    answer = send(client, write(long()), media_type, horizon=3, levels="50,80")
    assert answer.status_code == 200, answer.text
    assert answer.json()["forecasts"] == expected(client, horizon=3, levels=[50, 80])


@pytest.mark.parametrize(
    ("name", "write"),
    [("sales.csv", as_csv), ("sales.parquet", as_parquet), ("s.arrows", as_arrow)],
)
def test_an_upload_has_its_options_as_form_fields(
    client: httpx.Client, name: str, write: Any
) -> None:
    shuffled = long().sample(frac=1, random_state=1).sort_values("unique_id", ascending=False)
    fields = {"horizon": "2", "quantiles": "[0.1]", "levels": "", "repair": "true", "model": "tiny"}
    answer = client.post("/predict", files={"file": (name, write(shuffled))}, data=fields)
    assert answer.status_code == 200, answer.text
    forecasts = answer.json()["forecasts"]
    assert [note["code"] for note in forecasts[0]["notes"]] == ["timestamps_sorted"]
    for got, wanted in zip(forecasts, expected(client, horizon=2, quantiles=[0.1]), strict=True):
        assert got | {"notes": []} == wanted


def read(answer: httpx.Response) -> pa.Table:
    assert answer.status_code == 200, answer.text
    source = pa.BufferReader(answer.content)
    kind = answer.headers["content-type"].partition(";")[0]
    if kind == CSV:
        return csv.read_csv(source)
    return parquet.read_table(source) if kind == PARQUET else pa.ipc.open_stream(source).read_all()


@pytest.mark.parametrize("media_type", [CSV, PARQUET, ARROW])
def test_the_answer_is_one_long_table(client: httpx.Client, media_type: str) -> None:
    options = {"horizon": 2, "levels": "80", "quantiles": "0.25"}
    answer = send(client, as_csv(long()), CSV, f"{media_type}, */*;q=0.1", **options)
    table = read(answer)
    assert table.column_names == [
        *("unique_id", "ds", "point", "0.25", "lower-80", "upper-80"),
    ]
    assert table["unique_id"].to_pylist() == ["b", "b", "a", "a"]
    dates = [str(date)[:10] for date in table["ds"].to_pylist()]
    assert dates == ["1953-01-01", "1953-02-01", "1951-07-01", "1951-08-01"]
    wanted = expected(client, horizon=2, levels=[80], quantiles=[0.25])
    assert table["point"].to_pylist() == pytest.approx(
        [value for forecast in wanted for value in forecast["point"]]
    )
    assert table["lower-80"].to_pylist()[:2] == pytest.approx(wanted[0]["intervals"]["80"]["lower"])
    if media_type != CSV:
        assert table.schema.field("ds").type == pa.timestamp("us")
        assert (table.schema.metadata[b"model"], table.schema.metadata[b"version"]) == (
            b"tiny",
            b"2",
        )


def test_times_come_back_in_their_zone(client: httpx.Client) -> None:
    answer = send(client, as_parquet(long("Europe/Berlin")), PARQUET, ARROW, horizon=7)
    column = read(answer)["ds"]
    assert column.type == pa.timestamp("us", "Europe/Berlin")
    assert column[0].as_py().isoformat() == "1953-01-01T00:00:00+01:00"
    csv_answer = send(client, as_csv(long()), CSV, CSV, horizon=1, timezone="Europe/Berlin")
    assert "1953-01-01T00:00:00+01:00" in csv_answer.text


@pytest.mark.parametrize(
    ("start", "frequency", "first"),
    [
        ("2024-01-01", "D", "2024-02-18"),
        ("2024-01-01", "h", "2024-01-03T00:00:00"),
        ("2024-01-01T06:00", "D", "2024-02-18T06:00:00"),
        ("2024-01-01T00:00Z", "D", "2024-02-18T00:00:00+00:00"),
    ],
)
def test_days_are_plain_dates_in_csv_and_hours_are_not(
    client: httpx.Client, start: str, frequency: str, first: str
) -> None:
    series = {"id": "a", "values": PASSENGERS, "start": start, "frequency": frequency}
    for path, options in (("/predict", {"horizon": 1}), ("/backtest", {"windows": 1})):
        body = {"series": series, **options}
        answer = client.post(path, json=body, headers={"accept": CSV})
        fields = answer.text.splitlines()[1].replace('"', "").split(",")
        assert len(fields[1]) == len(first), answer.text
        assert path == "/backtest" or fields[1] == first


def test_series_without_dates_count_steps(client: httpx.Client) -> None:
    headers = {"accept": ARROW}
    body = {"series": [{"values": PASSENGERS}, {"values": PASSENGERS, "id": "x"}], "horizon": 2}
    table = read(client.post("/predict", json=body, headers=headers))
    assert table["step"].to_pylist() == [1, 2, 1, 2]
    assert "ds" not in table.column_names


@pytest.mark.parametrize("media_type", [PARQUET, ARROW])
def test_a_series_without_an_id_is_not_taken_for_another(
    client: httpx.Client, media_type: str
) -> None:
    def names(*ids: str | None) -> list[Any]:
        series = [{"values": PASSENGERS, "id": series_id} for series_id in ids]
        short: dict[str, Any] = {"values": [], "id": None}
        body = {"series": [*series, short], "horizon": 1, "on_error": "partial"}
        answer = client.post("/predict", json=body, headers={"accept": media_type})
        found: list[Any] = read(answer)["unique_id"].to_pylist()
        return found

    assert names(None, None) == ["0", "1", "2"]
    assert names(None, "0") == [None, "0", None]


def test_a_table_of_series_without_an_id_has_empty_cells_in_csv(client: httpx.Client) -> None:
    body = {"series": [{"values": PASSENGERS}, {"values": PASSENGERS, "id": "0"}], "horizon": 1}
    lines = client.post("/predict", json=body, headers={"accept": CSV}).text.splitlines()
    assert [line.partition(",")[0] for line in lines] == ['"unique_id"', "", '"0"']


@pytest.mark.parametrize("codec", ["zstd", "lz4"])
def test_arrow_streams_may_have_compressed_buffers(client: httpx.Client, codec: str) -> None:
    answer = send(client, as_arrow(long(), compression=codec), ARROW, horizon=3)
    assert answer.json()["forecasts"] == expected(client, horizon=3)


def test_whole_numbers_in_a_file_are_steps(client: httpx.Client) -> None:
    text = "ds,y\n" + "".join(f"{step},{y}\n" for step, y in enumerate(PASSENGERS))
    answer = send(client, text.encode(), CSV)
    raw = client.post("/predict", json={"series": PASSENGERS})
    [found], [wanted] = answer.json()["forecasts"], raw.json()["forecasts"]
    assert found.pop("steps")[:2] == [COUNT, COUNT + 1]
    assert wanted.pop("steps") is None
    assert found == wanted


def test_one_bad_series_of_a_file_does_not_fail_the_others(client: httpx.Client) -> None:
    frame = long()
    frame.loc[frame.unique_id == "b", "y"] = None
    content = as_csv(frame)
    failed = send(client, content, CSV)
    assert (failed.status_code, failed.json()["code"]) == (422, "series_all_missing")
    assert "'b'" in failed.json()["detail"]
    first, second = send(client, content, CSV, on_error="partial").json()["forecasts"]
    assert first["error"]["code"] == "series_all_missing"
    assert len(second["point"]) == 4
    table = read(send(client, content, CSV, PARQUET, on_error="partial", horizon=2))
    assert table["unique_id"].to_pylist() == ["b", "a", "a"]
    assert table["point"].to_pylist()[0] is None
    assert table["error"].to_pylist()[0].startswith("series_all_missing: ")
    assert table["error"].to_pylist()[1:] == [None, None]


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_bodies_may_be_compressed(client: httpx.Client, encoding: str) -> None:
    packed = pa.compress(as_csv(long()), codec=encoding, asbytes=True)
    if encoding == "zstd":
        sink = pa.BufferOutputStream()
        with pa.CompressedOutputStream(sink, "zstd") as stream:
            stream.write(as_csv(long()))
        packed = bytes(sink.getvalue())
    headers = {"content-type": CSV, "content-encoding": encoding}
    answer = client.post("/predict?horizon=3", content=packed, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["forecasts"] == expected(client, horizon=3)


def resident(service: Service) -> int:
    """The most memory that the service ever had, in MiB."""
    lines = Path(f"/proc/{service.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))


def varint(number: int, length: int = 0) -> bytes:
    """As Thrift writes a whole number that is not negative, or longer than it needs to be."""
    rest = number << 1
    written: list[int] = []
    while rest > 0x7F or len(written) + 1 < length:
        written.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*written, rest])


def test_a_footer_that_understates_the_size_is_not_believed(
    client: httpx.Client, service: Service
) -> None:
    """Each column of the file is a page of 400 MB, packed to a few kB; by its footer it has 10 rows
    of 10 bytes."""
    rows = 50_000_000
    zeros = pa.table({"ds": pa.repeat(pa.scalar(0), rows), "y": pa.repeat(pa.scalar(0.0), rows)})
    sink = io.BytesIO()
    whole = {"data_page_size": 2**30, "row_group_size": rows, "max_rows_per_page": rows}
    parquet.write_table(zeros, sink, compression="zstd", use_dictionary=False, **whole)
    del zeros
    content = sink.getvalue()
    start = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    footer = content[start:]
    column = parquet.ParquetFile(sink).metadata.row_group(0).column(1)
    for number in (rows, column.total_uncompressed_size):
        written = varint(number)
        assert written in footer
        footer = footer.replace(written, varint(10, len(written)))
    lying = content[:start] + footer
    assert parquet.ParquetFile(io.BytesIO(lying)).metadata.num_rows == 10
    before = resident(service)
    answer = send(client, lying, PARQUET)
    assert (answer.status_code, answer.json()["code"]) == (413, "table_too_large")
    assert resident(service) - before < 100


@pytest.mark.parametrize("text", [pa.string(), pa.large_string()])
def test_a_long_text_on_every_row_is_read_once(
    client: httpx.Client, service: Service, text: pa.DataType
) -> None:
    rows = 500
    ids = pa.array(["x" * 2**20] * rows, text)
    sink = io.BytesIO()
    parquet.write_table(
        pa.table({"unique_id": ids, "ds": list(range(rows)), "y": [1.0] * rows}), sink
    )
    before = resident(service)
    answer = send(client, sink.getvalue(), PARQUET)
    assert (answer.status_code, answer.json()["code"]) == (422, "cell_invalid")
    assert resident(service) - before < 100


def test_bombs_are_refused_without_being_unpacked(client: httpx.Client, service: Service) -> None:
    assert send(client, as_parquet(long()), PARQUET).status_code == 200
    before = resident(service)
    packed = gzip.compress(b'{"series": [' + b"1," * 200_000_000 + b"1]}", 1)
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    answer = client.post("/predict", content=packed, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    rows = 50_000_000
    zeros = pa.table({"ds": pa.repeat(pa.scalar(0), rows), "y": pa.repeat(pa.scalar(0.0), rows)})
    sink = pa.BufferOutputStream()
    parquet.write_table(zeros, sink, compression="zstd")
    del zeros
    answer = send(client, bytes(sink.getvalue()), PARQUET)
    assert (answer.status_code, answer.json()["code"]) == (413, "table_too_large")
    assert resident(service) - before < 200

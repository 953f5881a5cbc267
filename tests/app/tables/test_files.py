"""Files as people have them, sent to a running service."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from typing import Any

import httpx
import pytest

from tests.app.requests.test_bad_input import problem
from tests.support.workbooks import sheet, write_workbook, zip_workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MONTHS = [f"2023-{month:02}-01" for month in range(1, 13)]
ROWS = [(month, 100.5 + place) for place, month in enumerate(MONTHS)]
RECORDS = [{"ds": ds, "y": y} for ds, y in ROWS]
CSV = "ds,y\n" + "".join(f"{ds},{y}\n" for ds, y in ROWS)
GERMAN = CSV.replace(",", ";").replace(".", ",")
WORKBOOK = write_workbook({"Notes": [["a"], ["b"]], "Sales": [["ds", "y"], *ROWS]})


def zipped(*names: str) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), CSV, zipfile.ZIP_DEFLATED)
    return sink.getvalue()


@pytest.fixture
def expected(client: httpx.Client) -> Any:
    """The forecast of the same series as values in JSON."""
    series = {"values": [y for _, y in ROWS], "start": MONTHS[0], "frequency": "MS"}
    return client.post("/predict", json={"series": series, "horizon": 3}).json()["forecasts"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("sales.csv", CSV.replace("\n", "\r").encode()),
        ("sales.csv", CSV.replace(",", ", ").encode()),
        ("sales.csv", CSV.replace("ds,y", "date,value").encode()),
        ("sales.csv", GERMAN.encode("utf-16")),
        ("sales.tsv", CSV.replace(",", "\t").encode()),
        ("sales.xlsx", write_workbook({"Sales": [["ds", "y"], *ROWS]})),
        ("sales.csv.gz", gzip.compress(GERMAN.encode(), mtime=0)),
        ("sales.zip", zipped("sales.csv")),
        ("sales.json", json.dumps(RECORDS).encode()),
        ("sales.json", json.dumps({"ds": MONTHS, "y": [y for _, y in ROWS]}).encode()),
        ("sales.jsonl", "\n".join(map(json.dumps, RECORDS)).encode()),
        ("sales", "\n".join(map(json.dumps, RECORDS)).encode()),
    ],
)
def test_an_upload_is_read_as_what_it_is(
    client: httpx.Client, expected: Any, name: str, content: bytes
) -> None:
    answer = client.post("/predict", files={"file": (name, content)}, data={"horizon": "3"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["forecasts"] == expected


@pytest.mark.parametrize(
    ("media_type", "content", "options"),
    [
        ("text/csv", GERMAN.encode(), {"delimiter": ";", "decimal": ","}),
        ("text/csv; charset=utf-16", CSV.encode("utf-16"), {}),
        (XLSX, WORKBOOK, {"sheet": "Sales"}),
        ("application/json", json.dumps(RECORDS).encode(), {}),
        ("application/x-ndjson", "\n".join(map(json.dumps, RECORDS)).encode(), {}),
        ("application/jsonl", "\n".join(map(json.dumps, RECORDS)).encode(), {}),
        ("application/gzip", gzip.compress(CSV.encode(), mtime=0), {}),
        ("application/zip", zipped("sales.csv"), {}),
        ("application/octet-stream", WORKBOOK, {"sheet": "Sales"}),
        ("application/vnd.ms-excel", GERMAN.encode(), {}),
        ("application/vnd.oasis.opendocument.spreadsheet", WORKBOOK, {"sheet": "Sales"}),
        ("application/parquet", gzip.compress(CSV.encode(), mtime=0), {}),
        ("text/plain; charset=utf-8", CSV.encode(), {}),
    ],
)
def test_a_body_may_be_a_file_of_any_format(
    client: httpx.Client, expected: Any, media_type: str, content: bytes, options: dict[str, str]
) -> None:
    headers = {"content-type": media_type}
    params = {"horizon": "3", **options}
    answer = client.post("/predict", content=content, params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["forecasts"] == expected
    assert answer.json()["notes"] == []


def test_a_file_that_is_not_what_it_was_sent_as_is_noted(client: httpx.Client) -> None:
    upload = {"file": ("sales.csv", WORKBOOK, "text/csv")}
    answer = client.post("/predict", files=upload, data={"sheet": "Sales"})
    assert [note["code"] for note in answer.json()["notes"]] == ["format_recognised"]


@pytest.mark.parametrize("path", ["/predict", "/backtest", "/anomalies", "/train", "/inspect"])
@pytest.mark.parametrize(
    ("content", "options", "code", "pointer"),
    [
        (b"", {}, "file_empty", "#/file"),
        (b"%PDF-1.7\n", {}, "format_unknown", "#/file"),
        (zipped("a.csv", "b.csv"), {}, "archive_not_single", "#/file"),
        (WORKBOOK, {"sheet": "Costs"}, "sheet_unknown", "#/sheet"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_plain_words(
    client: httpx.Client,
    path: str,
    content: bytes,
    options: dict[str, str],
    code: str,
    pointer: str,
) -> None:
    data = options | ({"model": "new"} if path == "/train" else {})
    document = problem(client.post(path, files={"file": ("a.csv", content)}, data=data))
    error = document["errors"][0]
    assert (document["status"], error["code"], error["pointer"]) == (422, code, pointer)


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(b"ds,y\n" + b"2024-01-01,1\n" * 10_000_000),
        zip_workbook(
            ["Sales"],
            {
                "xl/worksheets/sheet0.xml": sheet([["a"]]).replace(
                    "</row>", '</row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
                )
            },
        ),
    ],
    ids=["gzip", "workbook"],
)
def test_a_small_file_of_a_huge_table_is_too_large(client: httpx.Client, content: bytes) -> None:
    document = problem(client.post("/predict", files={"file": ("sales", content)}))
    assert (document["status"], document["code"]) == (413, "table_too_large")

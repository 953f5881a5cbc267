"""One request of every operation and every form of input, as the OpenAPI document shows them."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pandas as pd
import pyarrow as pa

from app.predict.examples import PASSENGERS
from benchmarks.reliability.service import ROOT
from benchmarks.reliability.stopping import go_on
from forecasting.tables.formats import ARROW_STREAM, CSV, GZIP, JSON_LINES, PARQUET, XLSX, ZIP
from tests.support.workbooks import write_workbook

_TABLE = ROOT / "examples" / "airline_passengers.csv"
_PATHS = {"model": "swapped", "version": "1", "alias": "soak"}
_NO_ANSWER = {("get", "/jobs/{job_id}/events")}
"""Streams, which end with their job."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as httpx takes it."""

    method: str
    path: str
    options: dict[str, Any] = field(default_factory=dict)


def every_request(document: dict[str, Any], job: str) -> Iterator[Request]:
    """Yield a request for each example of each operation, and each form of a table.

    `job` is the id of a job that there is.
    """
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if (method, path) in _NO_ANSWER:
                continue
            content = operation.get("requestBody", {}).get("content", {})
            filled = path.format(**_PATHS, job_id=job)
            examples = content.get("application/json", {}).get("examples", {})
            for example in examples.values():
                yield Request(method, filled, {"json": example["value"]})
            if not examples:
                yield Request(method, filled)
            if CSV in content and path not in {"/actuals", "/train"}:
                for options in _tables({} if path == "/anomalies" else {"horizon": "7"}):
                    yield Request(method, filled, options)


def every_protocol() -> Iterator[Request]:
    """Yield a request in each of the other systems' protocols that are spoken."""
    values = [float(value) for value in PASSENGERS]
    days = pd.date_range("2024-01-01", periods=len(values), freq="D").strftime("%Y-%m-%dT%H:%M:%SZ")
    points = [{"timestamp": day, "value": y} for day, y in zip(days, values, strict=True)]
    rows = [{"ds": day, "y": value} for day, value in zip(days, values, strict=True)]
    whole = {"y": values, "sizes": [len(values)]}
    started = {"type": "univariate_time_series", "name": "air", "series": values}
    started |= {"frequency": "day", "start_timestamp": days[0]}
    initialize = {"protocolVersion": "2025-06-18", "capabilities": {}}
    initialize |= {"clientInfo": {"name": "soak", "version": "1"}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": initialize}
    bodies: dict[str, dict[str, Any]] = {
        "/v2/forecast": {"series": whole, "h": 12, "freq": "D", "level": [80]},
        "/v2/anomaly_detection": {"series": whole, "freq": "D", "level": 99},
        "/invocations": {"instances": [{"target": values}]},
        "/endpoints/zero-shot/invocations": {"inputs": [{"target": values}]},
        "/v1/timeseries/forecast": {
            "model": "zero-shot",
            "inputs": [started],
            "options": {"horizon": 12},
        },
        "/forecast/quantiles": {"context": [values], "prediction_length": 12},
        "/anomalydetector/v1.1/timeseries/last/detect": {"series": points, "granularity": "daily"},
    }
    for path, body in bodies.items():
        yield Request("post", path, {"json": body})
    yield Request("post", "/invocations", {"json": {"dataframe_records": rows}})
    accepts = {"accept": "application/json, text/event-stream"}
    yield Request("post", "/mcp", {"json": message, "headers": accepts})


def _tables(options: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Yield a table in every form with its options, as the body or as the file of a form."""
    for kind, body in table_forms().items():
        yield {"content": body, "headers": {"content-type": kind}, "params": options}
    yield {"files": {"file": (_TABLE.name, _TABLE.read_bytes())}, "data": options}


def table_forms() -> dict[str, bytes]:
    """Return a table that can be forecast in every form, by its media type."""
    text = _TABLE.read_bytes()
    frame = pd.read_csv(_TABLE)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(_TABLE.name, text)
    rows = frame.to_json(orient="records", lines=True)
    arrow = pa.table(frame)
    stream = pa.BufferOutputStream()
    with pa.ipc.new_stream(stream, arrow.schema) as writer:
        writer.write_table(arrow)
    cells = [list(frame.columns), *frame.itertuples(index=False)]
    return {
        CSV: text,
        PARQUET: frame.to_parquet(),
        JSON_LINES: rows.encode(),
        GZIP: gzip.compress(text),
        ZIP: packed.getvalue(),
        ARROW_STREAM: stream.getvalue().to_pybytes(),
        XLSX: write_workbook({"data": cells}),
    }


def count_admitted(client: httpx.Client, document: dict[str, Any], key: str | None) -> int:
    """Return how many operations do not refuse a request with a wrong key, or with none.

    Raises StoppedError.
    """
    headers = {} if key is None else {"x-api-key": key}
    open_paths = {"/health/live", "/health/ready"}
    wrong = 0
    for request in every_request(document, "0" * 16):
        go_on()
        if request.path not in open_paths:
            options = request.options | {"headers": request.options.get("headers", {}) | headers}
            wrong += client.request(request.method, request.path, **options).status_code != 401
    return wrong


def read_document(client: httpx.Client) -> dict[str, Any]:
    """Return the OpenAPI document of a running service."""
    document: dict[str, Any] = json.loads(client.get("/openapi.json").content)
    return document

"""Spans of a real service and of its jobs, as a collector gets them by OTLP over HTTP."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.support.service import Service, wait_until
from tests.support.tiny_models import PASSENGERS
from tests.support.training_jobs import wait_for_end

TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLER = "b7ad6b7169203331"
HEADERS = {"traceparent": f"00-{TRACE}-{CALLER}-01"}


class Collector:
    """What a collector has been sent."""

    def __init__(self) -> None:
        self.spans: list[Any] = []
        self.services: set[str] = set()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                collector.take_in(self.path, body)
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def take_in(self, path: str, body: bytes) -> None:
        assert path == "/v1/traces"
        for of_resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            named = {item.key: item.value.string_value for item in of_resource.resource.attributes}
            self.services.add(named["service.name"])
            for of_scope in of_resource.scope_spans:
                self.spans += of_scope.spans

    def find(self, name: str) -> list[Any]:
        """Wait for spans of that name in the trace of the test, and return them."""

        def found() -> list[Any]:
            return [s for s in self.spans if s.name == name and s.trace_id.hex() == TRACE]

        wait_until(found, what=f"a span {name!r} among {[span.name for span in self.spans]}")
        return found()


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    started = Collector()
    thread = threading.Thread(target=started.server.serve_forever)
    thread.start()
    yield started
    started.server.shutdown()
    thread.join()
    started.server.server_close()


@pytest.fixture(scope="module")
def client(
    trained_store: Path, collector: Collector, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    settings = {
        "FORECAST_DEFAULT_MODEL": "tiny",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }
    jobs = tmp_path_factory.mktemp("traces")
    with Service(trained_store, jobs, settings) as running, running.client() as connected:
        yield connected


def attributes(span: Any) -> dict[str, Any]:
    return {item.key: item.value.string_value or item.value.int_value for item in span.attributes}


def test_a_request_and_its_network_are_spans_in_the_trace_of_the_caller(
    client: httpx.Client, collector: Collector
) -> None:
    client.post("/predict", json={"series": PASSENGERS}, headers=HEADERS).raise_for_status()
    (request,) = collector.find("POST /predict")
    assert request.parent_span_id.hex() == CALLER
    found = attributes(request)
    assert found["http.route"] == found["url.path"] == "/predict"
    assert found["http.response.status_code"] == 200
    assert (found["forecast.model"], found["forecast.series"]) == ("tiny/2", 1)
    (network,), (batch,) = collector.find("network"), collector.find("batch")
    assert (network.parent_span_id, batch.parent_span_id) == (request.span_id, network.span_id)
    times = [request.start_time_unix_nano, network.start_time_unix_nano, batch.start_time_unix_nano]
    times += [batch.end_time_unix_nano, request.end_time_unix_nano]
    assert times == sorted(times)
    assert collector.services == {"forecasting-service"}


def test_routes_are_named_without_what_is_filled_in(
    client: httpx.Client, collector: Collector
) -> None:
    client.get("/models/none", headers=HEADERS)
    (request,) = collector.find("GET /models/{model}")
    assert attributes(request)["http.response.status_code"] == 404
    client.get("/health/ready", headers=HEADERS)
    client.get("/no/such/path", headers=HEADERS)
    collector.find("GET")
    assert not [span for span in collector.spans if "health" in span.name]


def test_the_process_of_a_job_goes_on_with_the_trace(
    client: httpx.Client, collector: Collector
) -> None:
    body = {"series": PASSENGERS, "horizon": 2, "windows": 1, "job": True}
    queued = client.post("/backtest", json=body, headers=HEADERS)
    job = wait_for_end(client, queued.headers["location"])
    (request,) = collector.find("POST /backtest")
    (span,) = collector.find("job backtest")
    assert span.parent_span_id == request.span_id
    assert attributes(span)["forecast.job"] == job.id
    assert attributes(span)["forecast.attempt"] == job.attempts[-1].id

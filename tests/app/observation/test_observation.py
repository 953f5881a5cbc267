"""Metrics and logs of a running service, with one worker and with two."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.access.keys import add_key
from app.access.scopes import Scope
from app.observation.logs import Entry, in_text
from tests.support.service import ROOT, Service, wait_until
from tests.support.tiny_models import PASSENGERS
from tests.support.training_jobs import train, wait_for_end

DEPLOY = ROOT / "deploy"


def read_metrics(client: httpx.Client) -> dict[tuple[str, tuple[str, ...]], float]:
    """Return the value of each metric, by its name and the values of its labels but `worker`."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return {
        (
            sample.name,
            tuple(value for name, value in sorted(sample.labels.items()) if name != "worker"),
        ): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("observation")


@pytest.fixture(scope="module")
def service(trained_store: Path, folder: Path, key: str) -> Iterator[Service]:
    store = shutil.copytree(trained_store, folder / "store")
    settings = {
        "FORECAST_DEFAULT_MODEL": "tiny",
        "FORECAST_LOG_FORMAT": "json",
        "FORECAST_API_KEYS_FILE": str(folder / "keys.json"),
    }
    with Service(store, folder, settings) as running:
        yield running


@pytest.fixture(scope="module")
def key(folder: Path) -> str:
    return add_key(folder / "keys.json", "alice", list(Scope))


@pytest.fixture
def client(service: Service, key: str) -> Iterator[httpx.Client]:
    with service.client() as connected:
        connected.headers["X-API-Key"] = key
        yield connected


def test_requests_series_and_runs_are_counted(client: httpx.Client) -> None:
    before = read_metrics(client)
    for series in (PASSENGERS, [{"values": PASSENGERS}, {"values": PASSENGERS}], "wrong"):
        client.post("/predict", json={"series": series})
    client.get("/models/tiny")
    client.get("/no/such/path")
    after = read_metrics(client)

    def added(name: str, *labels: str) -> float:
        return after.get((name, labels), 0) - before.get((name, labels), 0)

    assert added("forecast_requests_total", "predict", "200") == 2
    assert added("forecast_requests_total", "predict", "422") == 1
    assert added("forecast_requests_total", "show_model", "200") == 1
    assert added("forecast_requests_total", "other", "404") == 1
    assert added("forecast_series_total", "tiny", "predict") == 3
    assert added("forecast_request_seconds_count", "predict") == 3
    assert added("forecast_batch_series_sum") == 3
    assert after["forecast_queued_requests", ()] == 0
    assert after["forecast_versions_loaded", ()] >= 1


def test_jobs_are_counted_and_timed(client: httpx.Client) -> None:
    job = wait_for_end(client, train(client))
    found = read_metrics(client)
    assert found["forecast_jobs", ("training", job.state)] == 1
    assert found["forecast_job_seconds_count", ("training", job.state)] == 1
    assert found["forecast_job_attempts_total", ("succeeded", "training")] == 1


def test_each_request_is_a_line_of_json(client: httpx.Client, service: Service) -> None:
    asked = client.post(
        "/predict", json={"series": [{"values": PASSENGERS}] * 3}, headers={"X-Request-ID": "me"}
    )
    assert asked.status_code == 200

    def entries() -> list[dict[str, Any]]:
        return [json.loads(line) for line in service.log.splitlines() if line.startswith("{")]

    def is_logged() -> bool:
        return any(entry.get("id") == "me" for entry in entries())

    wait_until(is_logged, what="the line of the request")
    (entry,) = [entry for entry in entries() if entry.get("id") == "me"]
    assert (entry["method"], entry["path"], entry["status"]) == ("POST", "/predict", 200)
    assert (entry["key"], entry["model"], entry["series"]) == ("alice", "tiny/2", 3)
    assert 0 < entry["network_ms"] <= entry["ms"]
    assert not [entry for entry in entries() if entry.get("path") == "/health/ready"]


def test_a_path_cannot_pass_for_a_line_of_the_log() -> None:
    assert in_text("/predict") == "/predict"
    assert in_text("/x\n2026 INFO app.audit: key=ops") == '"/x\\n2026 INFO app.audit: key=ops"'
    assert str(Entry(key="a", path="/x y")) == 'key=a path="/x y"'


def test_workers_answer_for_each_other(trained_store: Path, tmp_path: Path) -> None:
    settings = {"FORECAST_DEFAULT_MODEL": "tiny", "FORECAST_WORKERS": "2"}
    with Service(trained_store, tmp_path, settings) as running:
        for _ in range(20):
            httpx.post(f"{running.url}/predict", json={"series": PASSENGERS})

        def all_counted() -> bool:
            with running.client() as client:
                counted = read_metrics(client)
                return counted.get(("forecast_requests_total", ("predict", "200"))) == 20

        wait_until(all_counted, what="the requests of both workers")


def test_the_dashboard_and_the_alerts_use_metrics_that_there_are(client: httpx.Client) -> None:
    there = set(
        re.findall(r"^(?:# TYPE )?(forecast_\w+)", client.get("/metrics").text, re.MULTILINE)
    )
    used = {
        name
        for path in DEPLOY.rglob("*")
        if path.suffix in {".json", ".yml"}
        for name in re.findall(r"\bforecast_\w+", path.read_text())
    }
    assert used
    assert used <= there


@pytest.mark.skipif(shutil.which("promtool") is None, reason="Debian's package prometheus has it")
def test_prometheus_takes_its_configuration_and_the_alerts() -> None:
    folder = DEPLOY / "prometheus"
    done = subprocess.run(
        ["promtool", "check", "config", "prometheus.yml"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr

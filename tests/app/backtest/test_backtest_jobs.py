"""Backtests that run as jobs, on a real service."""

import itertools
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.backtest.examples import BACKTEST_JOB_EXAMPLES
from app.backtest.schemas import BacktestResponse
from app.jobs.schemas import Ending, JobKind, WindowProgress
from tests.support import training_jobs as training
from tests.support.service import ROOT, Service
from tests.support.tiny_models import PASSENGERS
from tests.support.training_jobs import assert_problem, get_job, wait_for_end

MONTHS = {"values": PASSENGERS, "start": "1949-01-01", "frequency": "MS", "id": "passengers"}
HOURS = {"start": "2024-03-30T00:00", "frequency": "h", "timezone": "Europe/Berlin"}
MANY = [
    MONTHS | {"values": PASSENGERS * 3},
    HOURS | {"values": [None, *PASSENGERS * 2, None, None, *PASSENGERS]},
    {"values": [None], "id": "bad"},
    {"values": [7] * 120, "id": "constant"},
]
ASKED: dict[str, Any] = {"series": MANY, "model": "zero-shot", "on_error": "partial", "upper": 300}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("jobs")


@pytest.fixture(scope="module")
def faults(folder: Path) -> Path:
    file = folder / "faults"
    file.touch()
    return file


@pytest.fixture(scope="module")
def own(trained_store: Path, folder: Path, faults: Path) -> Iterator[Service]:
    """Its jobs are killed where `faults` says."""
    store = shutil.copytree(trained_store, folder / "store")
    shutil.copytree(ROOT / "model_store" / "airline-passengers", store / "airline-passengers")
    env = {
        "FORECAST_DEFAULT_MODEL": "tiny",
        "FORECAST_MAX_WINDOWS": "1000",
        "FAULTS": str(faults),
        "PYTHONPATH": str(ROOT / "tests" / "support" / "faults"),
    }
    with Service(store, folder, env) as service:
        yield service


@pytest.fixture
def client(own: Service) -> Iterator[httpx.Client]:
    with own.client() as connected:
        yield connected


def queue(client: httpx.Client, headers: dict[str, str] | None = None, **body: Any) -> str:
    answer = client.post("/backtest", json={"series": PASSENGERS, **body}, headers=headers)
    assert answer.status_code == 202, answer.text
    location: str = answer.headers["location"]
    job = answer.json()
    assert (job["kind"], location) == ("backtest", f"/jobs/{job['id']}")
    return location


def problem(client: httpx.Client, **body: Any) -> tuple[int, str, str, str]:
    answer = client.post("/backtest", json={"series": PASSENGERS, "refit": True, **body}).json()
    return answer["status"], answer["code"], answer["errors"][0]["pointer"], answer["detail"]


def test_a_job_killed_again_and_again_finds_what_an_answer_at_once_has(
    client: httpx.Client, folder: Path, faults: Path
) -> None:
    """The last attempt would be killed, too, if it imported TensorFlow."""
    asked = ASKED | {"horizon": 3, "windows": 100, "step": 1, "levels": [50, 90]}
    at_once = client.post("/backtest", json=asked)
    assert at_once.status_code == 200, at_once.text
    points = ("os.rename part-1. 1", "os.rename .result.json.tmp 1", "import tensorflow.python 1")
    faults.write_text("\n".join(f"child {point}" for point in points))
    location = queue(client, **asked, job=True)
    job = wait_for_end(client, location)
    assert job.state == "succeeded", job
    assert [one.ending for one in job.attempts] == [Ending.LOST, Ending.LOST, Ending.SUCCEEDED]
    assert (job.kind, job.model, job.version) == (JobKind.BACKTEST, "zero-shot", 1)
    assert isinstance(job.progress, WindowProgress)
    assert (job.progress.window, job.progress.windows) == (300, 300)
    answer = client.get(f"{location}/result")
    assert answer.headers["content-type"] == "application/json"
    assert answer.content == at_once.content
    left = {path.name for path in (folder / job.id).iterdir()}
    assert left == {"attempt", "job.json", "log.txt", "process.lock", "result.json", "series.json"}


def test_a_refit_goes_on_from_the_last_window_that_is_done(
    client: httpx.Client, faults: Path
) -> None:
    faults.write_text("child os.rename part-1. 1")
    asked: dict[str, Any] = {"series": [MONTHS, MONTHS | {"id": "again"}], "version": 1}
    asked |= {"horizon": 6, "windows": 2, "step": 3}
    location = queue(client, **asked, refit=True)
    early = client.get(f"{location}/result")
    assert_problem(early, 409, "result_not_ready")
    job = wait_for_end(client, location)
    assert [one.ending for one in job.attempts] == [Ending.LOST, Ending.SUCCEEDED]
    lines = client.get(f"{location}/events").text.splitlines()
    told = [
        json.loads(data.removeprefix("data: "))["window"]
        for kind, data in itertools.pairwise(lines)
        if kind == "event: window"
    ]
    assert told == [0, 2, 2, 4]
    found = client.get(f"{location}/result").json()
    BacktestResponse.model_validate(found)
    known = client.post("/backtest", json=asked).json()
    assert found["overall"]["theta"] == known["overall"]["theta"]
    assert found["overall"]["model"] != known["overall"]["model"]
    first, again = found["series"]
    assert first["windows"] == again["windows"]
    assert [window["cutoff"] for window in first["windows"]] == [39, 42]


@pytest.mark.parametrize("name", BACKTEST_JOB_EXAMPLES)
def test_the_examples_are_accepted_as_they_stand(client: httpx.Client, name: str) -> None:
    location = queue(client, **BACKTEST_JOB_EXAMPLES[name]["value"])
    assert client.delete(location).status_code == 202
    assert wait_for_end(client, location).state == "cancelled"
    assert_problem(client.get(f"{location}/result"), 409, "job_without_result")


def test_what_is_long_becomes_a_job_and_a_key_gives_it_again(client: httpx.Client) -> None:
    many = {"series": [{"values": PASSENGERS}] * 400, "horizon": 2, "windows": 3}
    key = {"idempotency-key": "backtest"}
    location = queue(client, key, **many)
    assert queue(client, key, **many) == location
    other = client.post("/backtest", json={"series": PASSENGERS, "job": True}, headers=key)
    assert_problem(other, 422, "idempotency_key_reused")
    assert client.delete(location).status_code == 202


def test_a_table_can_be_backtested_with_refit(client: httpx.Client) -> None:
    file = (ROOT / "examples" / "airline_passengers.csv").read_bytes()
    form = {"model": "airline-passengers", "windows": "3", "refit": "true"}
    answer = client.post("/backtest", files={"file": ("airline.csv", file)}, data=form)
    assert answer.status_code == 202, answer.text
    assert client.delete(answer.headers["location"]).status_code == 202


def test_a_job_that_has_no_result_says_where_to_look(client: httpx.Client) -> None:
    location = training.train(client, model="mine")
    answer = client.get(f"{location}/result")
    assert_problem(answer, 409, "job_without_result")
    assert "/models/mine has its version once it succeeds" in answer.json()["detail"]
    client.delete(location)
    wait_for_end(client, location)
    assert "it has made no version" in client.get(f"{location}/result").json()["detail"]
    assert_problem(client.get("/jobs/0123456789abcdef/result"), 404, "job_not_found")
    assert get_job(client, location).kind is JobKind.TRAINING


def test_what_cannot_be_trained_again_is_refused_with_the_way_out(client: httpx.Client) -> None:
    *found, detail = problem(client, model="zero-shot")
    assert found == [422, "refit_not_available", "#/refit"]
    assert '"base": "zero-shot/1"' in detail
    assert problem(client, job=False)[:3] == (422, "refit_needs_job", "#/job")
    *found, detail = problem(client, windows=6, horizon=6)
    assert found == [422, "series_too_short_to_train", "#/series"]
    assert "before the first cutoff, the longest series has 12 values" in detail
    mixed = [MONTHS, {"values": PASSENGERS}]
    assert problem(client, series=mixed)[:3] == (422, "frequencies_differ", "#/series")

"""Jobs of a real service: they wait, run, are followed, are cancelled and are forgotten."""

import itertools
import json
import socket
import sqlite3
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.predict.examples import PASSENGERS_TABLE
from forecasting.jobs.job_folder import JobFolder
from tests.support.service import ROOT, Service, running_jobs, wait_until
from tests.support.tiny_models import PASSENGERS
from tests.support.training_jobs import (
    ENDLESS,
    RECIPE,
    assert_problem,
    get_job,
    post_training,
    train,
    wait_for_end,
)

MOST_WAITING = 4
REUSED = "idempotency_key_reused"
MIXED = "unique_id,ds,y\n" + "".join(
    f"{name},{date},{n}\n"
    for name, dates in (
        ("a", ("2024-01-01", "2024-02-01", "2024-03-01")),
        ("b", ("2024-01-01", "2024-01-02", "2024-01-03")),
    )
    for n, date in enumerate(dates)
)


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("jobs")


@pytest.fixture(scope="module")
def busy(trained_store: Path, jobs: Path) -> Iterator[Service]:
    """A service whose only slot is taken by a job without end, for a model that no test uses.

    What trains is a stand-in that sleeps (tests/support/stand_in).
    """
    env = {
        "FORECAST_DEFAULT_MODEL": "tiny",
        "FORECAST_MAX_QUEUED_JOBS": str(MOST_WAITING),
        "FORECAST_MAX_TRAINING_SERIES": "2",
        "FORECAST_MAX_TRAINING_OBSERVATIONS": "100",
        "STARTED": str(jobs / "started"),
        "STAND_IN_SECONDS": "3600",
        "PYTHONPATH": str(ROOT / "tests" / "support" / "stand_in"),
    }
    with Service(trained_store, jobs, env) as service, service.client() as client:
        endless = train(client, model="endless")
        wait_until(lambda: get_job(client, endless).state == "running", what="its start")
        yield service


@pytest.fixture
def client(busy: Service) -> Iterator[httpx.Client]:
    """A client; the jobs that wait are cancelled when a test is over."""
    with busy.client() as connected:
        yield connected
        for job in connected.get("/jobs").json()["jobs"]:
            if job["state"] == "queued":
                connected.delete(f"/jobs/{job['id']}")


def test_jobs_wait_for_a_slot_up_to_a_limit(client: httpx.Client) -> None:
    waiting = [train(client) for _ in range(MOST_WAITING)]
    assert {get_job(client, job).state for job in waiting} == {"queued"}
    answer = post_training(client)
    assert_problem(answer, 429, "too_many_jobs")
    assert_problem(
        client.post("/backtest", json={"series": PASSENGERS, "job": True}), 429, "too_many_jobs"
    )
    assert int(answer.headers["retry-after"]) >= 1
    assert "FORECAST_MAX_QUEUED_JOBS" in answer.json()["detail"]


def test_a_cancelled_job_that_waits_never_starts(client: httpx.Client) -> None:
    job = train(client)
    answer = client.delete(job)
    assert (answer.status_code, answer.json()["state"]) == (202, "cancelled")
    assert client.delete(job).json() == answer.json() == client.get(job).json()
    assert not get_job(client, job).attempts
    events = events_of(client, job)
    assert [event["event"] for event in events] == ["state", "state", "end"]
    assert json.loads(events[-1]["data"])["state"] == "cancelled"


def test_every_request_for_an_unknown_job_is_404(client: httpx.Client) -> None:
    for name in ("0123456789abcdef", "ledger.sqlite", "%2e%2e"):
        for rest in ("", "/events", "/logs"):
            answer = client.get(f"/jobs/{name}{rest}")
            assert answer.status_code == 404, answer.text
    assert_problem(client.delete("/jobs/0123456789abcdef"), 404, "job_not_found")


@pytest.mark.parametrize("last", ["-1", "one", str(2**63)])
def test_an_event_id_that_cannot_be_one_is_refused(client: httpx.Client, last: str) -> None:
    location = train(client)
    answer = client.get(f"{location}/events", headers={"last-event-id": last})
    assert (answer.status_code, answer.json()["code"]) == (422, "parameter_invalid")
    client.delete(location)


def test_the_same_key_gives_the_same_job(client: httpx.Client) -> None:
    key = {"idempotency-key": "one-of-mine"}
    before = len(client.get("/jobs").json()["jobs"])
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda _: post_training(client, key), range(8)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(client.get("/jobs").json()["jobs"]) == before + 1
    assert_problem(post_training(client, key, seed=1), 422, REUSED)
    assert_problem(
        post_training(client, {"idempotency-key": "two words"}), 422, "parameter_invalid"
    )
    client.delete(answers[0].headers["location"])
    assert post_training(client, key).json()["state"] == "cancelled"


def upload(client: httpx.Client, content: str, **headers: str) -> httpx.Response:
    """Upload a table, with a recipe as JSON text."""
    fields = {"model": "mine", "recipe": json.dumps(RECIPE), "seed": "3", "repair": "true"}
    files = {"file": ("sales.csv", content)}
    return client.post("/train", files=files, data=fields, headers=headers)


def test_a_table_is_trained_on_as_the_same_series_in_json(client: httpx.Client, jobs: Path) -> None:
    rows = PASSENGERS_TABLE.splitlines()
    shuffled = "\n".join([*rows[:9], rows[10], rows[9], *rows[11:], rows[-1]])
    series = {"id": "passengers", "values": PASSENGERS, "start": "1949-01-01", "frequency": "MS"}
    answers = [upload(client, shuffled), post_training(client, series=series, seed=3)]
    found = []
    for answer in answers:
        assert answer.status_code == 202, answer.text
        folder = JobFolder(jobs / answer.json()["id"])
        spec = folder.read_spec().model_copy(update={"id": ""})
        (read,) = folder.read_series()
        found.append((spec, read.id, read.calendar, read.values.tolist()))
    assert found[0] == found[1]
    notes = {note["code"]: note["count"] for note in answers[0].json()["notes"]}
    assert notes == {"timestamps_sorted": 1, "timestamps_repeated_dropped": 1}
    assert answers[1].json()["notes"] == []
    assert get_job(client, answers[0].headers["location"]).notes


def test_the_same_key_and_table_give_the_same_job_however_they_are_sent(
    client: httpx.Client,
) -> None:
    key = {"idempotency-key": "a-table"}
    first, again = (upload(client, PASSENGERS_TABLE, **key) for _ in range(2))
    assert first.request.headers["content-type"] != again.request.headers["content-type"]
    assert first.json()["id"] == again.json()["id"]
    assert_problem(
        upload(client, f"{PASSENGERS_TABLE}passengers,1953-01-01,200\n", **key), 422, REUSED
    )
    alone = {"content-type": "text/csv", "idempotency-key": "in-the-address"}
    for model, status in (("mine", 202), ("mine", 202), ("other", 422)):
        answer = client.post(
            "/train", params={"model": model}, content=PASSENGERS_TABLE, headers=alone
        )
        assert answer.status_code == status, answer.text


@pytest.mark.parametrize(
    ("content", "query", "code", "pointer"),
    [
        ("ds,y\n2024-01-01,1\n2024-01-02,x", {}, "cell_invalid", "#/file/1/y"),
        (
            "ds,y\n2024-01-02,1\n2024-01-01,2\n2024-01-03,3",
            {},
            "timestamps_not_rising",
            "#/file/1/ds",
        ),
        (MIXED, {}, "frequencies_differ", "#/series"),
        (PASSENGERS_TABLE, {"recipe": "prophet"}, "literal_error", "#/recipe"),
        (PASSENGERS_TABLE, {"recipe": '{"units": [0]}'}, "greater_than_equal", "#/recipe/units/0"),
        (PASSENGERS_TABLE, {"on_error": "partial"}, "extra_forbidden", "#/on_error"),
    ],
)
def test_a_table_that_cannot_be_trained_on_is_refused_with_its_place(
    client: httpx.Client, content: str, query: dict[str, str], code: str, pointer: str
) -> None:
    headers = {"content-type": "text/csv"}
    answer = client.post("/train", params=query | {"model": "m"}, content=content, headers=headers)
    fault, *_ = answer.json()["errors"]
    assert (answer.status_code, fault["code"], fault["pointer"]) == (422, code, pointer)


@pytest.mark.parametrize(
    ("series", "code", "setting"),
    [
        ([{"values": PASSENGERS}] * 3, "too_many_series", "FORECAST_MAX_TRAINING_SERIES"),
        (
            [{"values": PASSENGERS * 2, "id": "a"}, {"values": PASSENGERS, "id": "b"}],
            "too_many_observations",
            "FORECAST_MAX_TRAINING_OBSERVATIONS",
        ),
    ],
)
def test_a_job_with_too_much_data_is_refused(
    client: httpx.Client, series: list[dict[str, Any]], code: str, setting: str
) -> None:
    answer = post_training(client, series=series)
    assert_problem(answer, 422, code)
    assert setting in answer.json()["detail"]


def events_of(client: httpx.Client, job: str, after: str = "0") -> list[dict[str, str]]:
    """Return all events after that one, to the end of the stream."""
    with client.stream("GET", f"{job}/events", headers={"last-event-id": after}) as stream:
        return list(parse(stream))


def parse(stream: httpx.Response) -> Iterator[dict[str, str]]:
    """Yield the fields of each event, as the standard says.

    https://html.spec.whatwg.org/multipage/server-sent-events.html
    """
    assert stream.status_code == 200
    assert stream.headers["content-type"].startswith("text/event-stream")
    event: dict[str, str] = {}
    for line in stream.iter_lines():
        name, _, value = line.partition(": ")
        if name:
            event[name] = value
        elif "data" in event:
            yield event
            event = {}


def test_a_job_is_followed_without_a_gap_cancelled_and_gone(
    trained_store: Path, tmp_path: Path
) -> None:
    env = {"FORECAST_DEFAULT_MODEL": "tiny"}
    with Service(trained_store, tmp_path, env) as service, service.client() as client:
        job = train(client, model="followed", recipe=ENDLESS)
        seen: list[dict[str, str]] = []
        for _ in range(3):  # The client comes back twice.
            after = {"last-event-id": seen[-1]["id"]} if seen else {}
            with client.stream("GET", f"{job}/events", headers=after) as stream:
                seen += itertools.islice(parse(stream), 3)
        assert client.delete(job).status_code == 202
        wait_until(lambda: not running_jobs(tmp_path), what="the end of the process")
        assert wait_for_end(client, job).state == "cancelled"
        seen += events_of(client, job, seen[-1]["id"])

        assert seen == events_of(client, job)
        states = [json.loads(event["data"]) for event in seen if event["event"] == "state"]
        assert [state["state"] for state in states] == ["queued", "running", "cancelled"]
        epochs = [json.loads(event["data"]) for event in seen if event["event"] == "epoch"]
        assert [epoch["epoch"] for epoch in epochs] == list(range(1, len(epochs) + 1))
        assert epochs[0]["loss"] > 0
        assert seen[-1]["event"] == "end"
        assert json.loads(seen[-1]["data"]) == client.get(job).json()

        log = client.get(f"{job}/logs")
        assert log.headers["content-type"].startswith("text/plain")
        lines = [json.loads(event["data"])["line"] for event in seen if event["event"] == "log"]
        assert log.text.splitlines()[: len(lines)] == lines
        assert client.get("/models/followed").status_code == 404


def test_a_client_that_leaves_in_the_middle_of_the_events_leaves_no_trace(
    client: httpx.Client, busy: Service, jobs: Path
) -> None:
    """It leaves a long answer, and one that waits for more, with a proper end and with a reset."""
    endless = f"/jobs/{client.get('/jobs').json()['jobs'][-1]['id']}"
    long = train(client)
    assert client.delete(long).status_code == 202
    ledger = sqlite3.connect(jobs / "ledger.sqlite")
    line = ("log", json.dumps({"line": "x" * 2_000}))
    rows = [(long.rsplit("/", 1)[1], *line)] * 5_000
    with ledger:
        ledger.executemany("INSERT INTO events (job, kind, data) VALUES (?, ?, ?)", rows)
    ledger.close()
    for location in (long, endless):
        for linger in (0, 1):
            for read in (1, 10_000):
                with socket.create_connection(("127.0.0.1", busy.port)) as connection:
                    connection.sendall(
                        f"GET {location}/events HTTP/1.1\r\nhost: x\r\n\r\n".encode()
                    )
                    connection.recv(read)
                    # Without lingering, closing the connection resets it.
                    lingering = struct.pack("ii", 1 - linger, 0)
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, lingering)
    assert len(events_of(client, long)) == 3 + len(rows)
    assert "Traceback" not in busy.log


@pytest.mark.parametrize(
    ("setting", "limit", "code"),
    [
        ("FORECAST_MAX_JOB_SECONDS", "1", "job_took_too_long"),
        ("FORECAST_MAX_JOB_MEMORY_BYTES", "20000000", "job_took_too_much_memory"),
    ],
)
def test_a_job_over_its_limit_is_killed_and_the_error_names_the_limit(
    trained_store: Path, tmp_path: Path, setting: str, limit: str, code: str
) -> None:
    env = {"FORECAST_DEFAULT_MODEL": "tiny", setting: limit}
    with Service(trained_store, tmp_path, env) as service, service.client() as client:
        job = wait_for_end(client, train(client, model="limited", recipe=ENDLESS))
        assert job.error is not None
        assert (job.state, job.error.code) == ("failed", code)
        assert setting in job.error.detail
        assert not running_jobs(tmp_path)


def test_a_job_that_ended_long_ago_is_forgotten_others_are_not(
    trained_store: Path, tmp_path: Path
) -> None:
    env = {"FORECAST_DEFAULT_MODEL": "tiny", "FORECAST_JOB_RETENTION_DAYS": "0"}
    service = Service(trained_store, tmp_path, env)
    with service, service.client() as client:
        running = train(client, model="kept", recipe=ENDLESS)
        old = train(client)
        assert client.delete(old).status_code == 202
        wait_until(lambda: get_job(client, running).state == "running", what="its start")
        service.kill()
        service.start()
        wait_until(lambda: client.get(old).status_code == 404, what="the end of what is old")
        assert not (tmp_path / old.rsplit("/", 1)[1]).exists()
        assert client.delete(running).status_code == 202
        assert wait_for_end(client, running).state == "cancelled"

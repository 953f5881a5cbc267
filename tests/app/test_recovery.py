"""Killed at any moment: no job is lost, nothing is published twice, nothing is left."""

import signal
from pathlib import Path

import httpx
import pytest

from app.schemas.jobs import Ending, Job
from forecasting.job import JobFolder
from forecasting.store import ModelStore
from tests.jobs import RECIPE, ended, look, train
from tests.running import ROOT, Service, running_jobs, wait_until

EPOCHS = 10
LONGER = RECIPE | {"epochs": EPOCHS, "patience": EPOCHS}
POINTS = (
    "start - 1",  # before its first instruction
    "open series.csv 1",  # its data is read
    "import tensorflow 1",
    "open checkpoint.tmp 1",  # one epoch is over, its checkpoint not yet begun
    "os.rename checkpoint.tmp 1",  # written, but not in its place
    "os.rename checkpoint.tmp 2",  # in the middle, or at the end, of the training
    "open scaler.pkl 1",  # trained; the draft holds half of the version
    "os.rename .draft- 1",  # all of it, but it is no version yet
    "open .aliases.json-next 1",  # published, but not yet promoted, and nobody knows
    "cpython._PySys_ClearAuditHooks - 1",  # published and reported
)
IN_TRAINING = POINTS[4]
BEFORE_PUBLISHING, AFTER_PUBLISHING, AT_THE_END = POINTS[7:]


@pytest.fixture
def faults(tmp_path: Path) -> Path:
    return tmp_path / "faults"


@pytest.fixture
def env(faults: Path) -> dict[str, str]:
    return {
        "FORECAST_DEFAULT_MODEL": "tiny",
        "FORECAST_JOB_ATTEMPTS": "20",
        "FAULTS": str(faults),
        "PYTHONPATH": str(ROOT / "tests" / "faults"),
    }


def check_published_once(store: Path, job: Job) -> None:
    assert job.state == "succeeded", job
    versions = ModelStore(store)
    assert versions.versions("mine") == [job.version] == [1]
    assert versions.manifest("mine", 1).job == job.id
    assert versions.aliases("mine") == {"production": 1}
    left = {path.name for path in (store / "mine").iterdir()}
    assert left == {"1", "aliases.json", "history.jsonl"}


@pytest.mark.parametrize("points", [POINTS[:4], POINTS[4:9], POINTS[9:]])
def test_a_job_killed_at_every_point_of_its_life_is_published_once(
    store: Path, jobs: Path, faults: Path, env: dict[str, str], points: tuple[str, ...]
) -> None:
    faults.write_text("\n".join(f"child {point}" for point in points))
    with Service(store, jobs, env) as service, service.client() as client:
        location = train(client, recipe=LONGER)
        job = ended(client, location)
        events = client.get(f"{location}/events").text
    assert faults.read_text() == ""
    check_published_once(store, job)
    lost = [point for point in points if point not in {AFTER_PUBLISHING, AT_THE_END}]
    endings = [attempt.ending for attempt in job.attempts]
    assert endings == [Ending.LOST] * len(lost) + [Ending.SUCCEEDED]
    told = events.count("event: epoch")
    assert told <= 2 * EPOCHS, "attempts began anew instead of going on from the checkpoint"
    assert not running_jobs(jobs)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_service_killed_while_a_job_runs_goes_on_with_it_when_it_is_back(
    store: Path, jobs: Path, faults: Path, env: dict[str, str], workers: str
) -> None:
    """Whoever started the child is killed at that point: with two workers one of them, else all."""
    points = (IN_TRAINING, BEFORE_PUBLISHING, AFTER_PUBLISHING)
    faults.write_text("\n".join(f"service {point}" for point in points))
    service = Service(store, jobs, env | {"FORECAST_WORKERS": workers})
    with service, service.client() as client:
        location = train(client, recipe=LONGER)
        for number in range(1, len(points) + 1):
            if workers == "1":
                service.process.wait(timeout=120)
                wait_until(lambda: not running_jobs(jobs), what="the end of the child")
                service.start()

            def moved_on(number: int = number) -> bool:
                try:
                    job = look(client, location)
                except httpx.TransportError:  # asked of a worker that was killed just then
                    return False
                return job.state.is_end or len(job.attempts) > number

            wait_until(moved_on, what=f"attempt {number + 1}")
        job = ended(client, location)
    check_published_once(store, job)
    assert not running_jobs(jobs)


def test_a_whole_service_killed_leaves_no_process_behind(store: Path, jobs: Path) -> None:
    env = {"FORECAST_DEFAULT_MODEL": "tiny", "FORECAST_WORKERS": "2", "FORECAST_JOB_ATTEMPTS": "1"}
    service = Service(store, jobs, env)
    with service, service.client() as client:
        location = train(client, recipe=LONGER)
        wait_until(lambda: running_jobs(jobs), what="the child")
        service.kill()
        wait_until(lambda: not running_jobs(jobs), what="the end of the child")

        def is_free() -> bool:
            try:
                httpx.get(service.url, timeout=10)
            except httpx.TransportError:
                return True
            return False

        wait_until(is_free, what="the end of the workers")
        service.start()
        job = ended(client, location)
    assert job.error is not None
    assert (job.state, job.error.code) == ("failed", "attempts_exhausted")
    assert not ModelStore(store).versions("mine")


def test_a_supervisor_given_up_for_dead_that_is_not_spoils_nothing(
    trained_store: Path, jobs: Path, tmp_path: Path
) -> None:
    """Two services share the jobs; the one that supervises is stopped for a while. What trains is
    a stand-in that sleeps (tests/stand_in)."""
    env = {
        "FORECAST_DEFAULT_MODEL": "tiny",
        "STARTED": str(tmp_path / "started"),
        "STAND_IN_SECONDS": "300",
        "PYTHONPATH": str(ROOT / "tests" / "stand_in"),
    }
    with Service(trained_store, jobs, env) as stopped, Service(trained_store, jobs, env) as other:
        with stopped.client() as client:
            location = train(client)
        wait_until(lambda: running_jobs(jobs), what="the child")
        (child,) = running_jobs(jobs)
        stopped.process.send_signal(signal.SIGSTOP)
        try:
            with other.client() as client:
                wait_until(lambda: len(look(client, location).attempts) == 2, what="attempt 2")
        finally:
            stopped.process.send_signal(signal.SIGCONT)
        wait_until(lambda: "another process supervises" in stopped.log, what="its notice")
        with other.client() as client:
            job = look(client, location)
            assert job.state == "running"
            assert [attempt.ending for attempt in job.attempts] == [Ending.LOST, None]
            with JobFolder(jobs / job.id).permission(job.attempts[-1].id):
                assert child not in running_jobs(jobs)
            assert client.delete(location).status_code == 202
            assert ended(client, location).state == "cancelled"
    assert not running_jobs(jobs)

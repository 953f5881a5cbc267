"""Killed at any moment: no job is lost, nothing is published twice, nothing is left."""

from pathlib import Path

import httpx
import pytest

from app.schemas.jobs import Ending, Job
from forecasting.store import ModelStore
from tests.running import ROOT, Service, running_jobs, wait_until
from tests.tiny import PASSENGERS, TINY

EPOCHS = 10
RECIPE = TINY.model_dump(mode="json") | {"epochs": EPOCHS, "patience": EPOCHS}
BODY = {"series": PASSENGERS, "model": "mine", "recipe": RECIPE}
POINTS = (
    "start - 1",  # before its first instruction
    "open series.csv 1",  # its data is read
    "import tensorflow 1",
    "open checkpoint.tmp 1",  # one epoch is over, its checkpoint not yet begun
    "os.rename checkpoint.tmp 1",  # written, but not in its place
    "os.rename checkpoint.tmp 2",  # in the middle, or at the end, of the training
    "open scaler.pkl 1",  # trained; the draft holds half of the version
    "os.rename .draft- 1",  # all of it, but it is no version yet
    "open store/mine 1",  # published, but nobody knows
    "cpython._PySys_ClearAuditHooks - 1",  # published and reported
)
IN_TRAINING, BEFORE_PUBLISHING, AFTER_PUBLISHING = POINTS[4], POINTS[7], POINTS[8]


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


def start_job(service: Service) -> str:
    answer = httpx.post(service.url + "/train", json=BODY, timeout=60)
    assert answer.status_code == 202, answer.text
    return answer.headers["location"]


def look(service: Service, location: str) -> Job:
    return Job.model_validate_json(httpx.get(service.url + location, timeout=60).content)


def end_of(service: Service, location: str) -> Job:
    def ended() -> bool:
        return look(service, location).state.is_end

    wait_until(ended, what=f"the end of {location}", patience_s=250)
    return look(service, location)


def check_published_once(store: Path, job: Job) -> None:
    assert job.state == "succeeded", job
    versions = ModelStore(store)
    assert versions.versions("mine") == [job.version] == [1]
    assert versions.manifest("mine", 1).job == job.id
    assert [path.name for path in (store / "mine").iterdir()] == ["1"]


def test_a_job_killed_at_every_point_of_its_life_is_published_once(
    store: Path, jobs: Path, faults: Path, env: dict[str, str]
) -> None:
    faults.write_text("\n".join(f"child {point}" for point in POINTS))
    with Service(store, jobs, env) as service:
        location = start_job(service)
        job = end_of(service, location)
        events = httpx.get(f"{service.url}{location}/events", timeout=60).text
    assert faults.read_text() == ""
    check_published_once(store, job)
    endings = [attempt.ending for attempt in job.attempts]
    assert endings == [Ending.LOST] * (len(POINTS) - 1) + [Ending.SUCCEEDED]
    told = events.count("event: epoch")
    assert told < 2 * EPOCHS, "attempts began anew instead of going on from the checkpoint"
    assert not running_jobs(jobs)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_service_killed_while_a_job_runs_goes_on_with_it_when_it_is_back(
    store: Path, jobs: Path, faults: Path, env: dict[str, str], workers: str
) -> None:
    """Whoever started the child is killed at that point: with two workers one of them, else all."""
    points = (IN_TRAINING, BEFORE_PUBLISHING, AFTER_PUBLISHING)
    faults.write_text("\n".join(f"service {point}" for point in points))
    service = Service(store, jobs, env | {"FORECAST_WORKERS": workers})
    with service:
        location = start_job(service)
        for number in range(1, len(points) + 1):
            if workers == "1":
                service.process.wait(timeout=120)
                wait_until(lambda: not running_jobs(jobs), what="the end of the child")
                service.start()

            def moved_on(number: int = number) -> bool:
                job = look(service, location)
                return job.state.is_end or len(job.attempts) > number

            wait_until(moved_on, what=f"attempt {number + 1}")
        job = end_of(service, location)
    check_published_once(store, job)
    assert not running_jobs(jobs)


def test_a_whole_service_killed_leaves_no_process_behind(store: Path, jobs: Path) -> None:
    env = {"FORECAST_DEFAULT_MODEL": "tiny", "FORECAST_WORKERS": "2", "FORECAST_JOB_ATTEMPTS": "1"}
    service = Service(store, jobs, env)
    with service:
        location = start_job(service)
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
        job = end_of(service, location)
    assert job.error is not None
    assert (job.state, job.error.code) == ("failed", "attempts_exhausted")
    assert not ModelStore(store).versions("mine")

"""Jobs and services that are killed at any moment lose no job and publish nothing twice."""

import os
import signal
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import httpx

from app.jobs.heartbeat import WorkerFiles
from app.jobs.open_ledger import open_ledger
from app.jobs.schemas import Ending, Job
from forecasting.jobs.job_folder import JobFolder
from forecasting.store.store import ModelStore
from tests.support.service import ROOT, Service, running_jobs, wait_until, worker
from tests.support.training_jobs import RECIPE, get_job, train, wait_for_end

EPOCHS = 10
LONGER = RECIPE | {"epochs": EPOCHS, "patience": EPOCHS}
POINTS = (
    "start - 1",  # before the first instruction
    "open series.json 1",  # as the series are read
    "import tensorflow 1",
    "open checkpoint.npz.tmp 1",  # after an epoch, before its checkpoint is written
    "os.rename checkpoint.npz.tmp 1",  # when the checkpoint is written, but not in its place
    "os.rename checkpoint.npz.tmp 2",  # in the middle of the training, or at its end
    "open scaler.pkl 1",  # after the training, when the draft holds half of the version
    "os.rename .draft- 1",  # when the draft is whole, but no version yet
    "open .aliases.json.tmp 1",  # when it is published, but neither promoted nor reported
    "cpython._PySys_ClearAuditHooks - 1",  # when it is published and reported
)
IN_TRAINING = POINTS[4]
PROMISED = timedelta(seconds=10)
"""The longest that it may take until a job that was lost runs again, or has ended."""
BEFORE_PUBLISHING, AFTER_PUBLISHING, AT_THE_END = POINTS[7:]


def environment(faults: Path, **settings: str) -> dict[str, str]:
    """Return the environment of a service whose jobs meet the planned faults."""
    return {
        "FORECAST_DEFAULT_MODEL": "tiny",
        "FORECAST_JOB_ATTEMPTS": "20",
        "FAULTS": str(faults),
        "PYTHONPATH": str(ROOT / "tests" / "support" / "faults"),
        **settings,
    }


def plan(faults: Path, model: str, target: str, points: tuple[str, ...]) -> None:
    """Plan the points at which the attempts at that model's job are killed, one after the other."""
    faults.mkdir(exist_ok=True)
    (faults / model).write_text("\n".join(f"{target} {point}" for point in points))


def check_published_once(store: Path, model: str, job: Job) -> None:
    """Check that the job has published one whole version, and that nothing else is left."""
    assert job.state == "succeeded", job
    versions = ModelStore(store)
    assert versions.versions(model) == [job.version] == [1]
    assert versions.manifest(model, 1).job == job.id
    assert versions.aliases(model) == {"production": 1}
    left = {path.name for path in (store / model).iterdir()}
    assert left == {"1", "aliases.json", "history.jsonl"}


def test_jobs_killed_at_every_point_of_their_lives_are_published_once(
    store: Path, jobs: Path, tmp_path: Path
) -> None:
    """Three jobs, which run at the same time, share the points among them."""
    faults = tmp_path / "faults"
    shares = {"early": POINTS[:5], "middle": POINTS[5:9], "late": POINTS[9:]}
    for model, points in shares.items():
        plan(faults, model, "child", points)
    env = environment(faults, FORECAST_TRAINING_SLOTS=str(len(shares)))
    with Service(store, jobs, env) as service, service.client() as client:
        locations = {
            model: train(client, model=model, recipe=LONGER, promote="always") for model in shares
        }
        done = {model: wait_for_end(client, location) for model, location in locations.items()}
        streams = {
            model: client.get(f"{location}/events").text for model, location in locations.items()
        }
    for model, points in shares.items():
        assert (faults / model).read_text() == ""
        check_published_once(store, model, done[model])
        lost = [point for point in points if point not in {AFTER_PUBLISHING, AT_THE_END}]
        endings = [attempt.ending for attempt in done[model].attempts]
        assert endings == [Ending.LOST] * len(lost) + [Ending.SUCCEEDED]
        for before, after in pairwise(done[model].attempts):
            assert before.ended_at is not None
            assert after.started_at - before.ended_at < PROMISED
        epochs = streams[model].count("event: epoch")
        assert epochs <= 2 * EPOCHS, "attempts began anew instead of going on from the checkpoint"
    assert not running_jobs(jobs)


def test_workers_killed_while_a_job_runs_go_on_with_it(
    store: Path, jobs: Path, tmp_path: Path
) -> None:
    """At each point the worker is killed; the service starts another, and answers all the time."""
    points = (IN_TRAINING, BEFORE_PUBLISHING, AFTER_PUBLISHING)
    plan(tmp_path / "faults", "mine", "worker", points)
    service = Service(store, jobs, environment(tmp_path / "faults"))
    with service, service.client() as client:
        job = wait_for_end(client, train(client, recipe=LONGER, promote="always"))
        assert client.get("/health").json()["worker"]["status"] == "alive"
    check_published_once(store, "mine", job)
    endings = [attempt.ending for attempt in job.attempts]
    assert endings == [Ending.LOST, Ending.LOST, Ending.SUCCEEDED]
    assert service.log.count("the worker has ended") == len(points)
    for before, after in pairwise(job.attempts):
        assert before.ended_at is not None
        assert after.started_at - before.ended_at < PROMISED
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
        job = wait_for_end(client, location)
    assert job.error is not None
    assert (job.state, job.error.code) == ("failed", "attempts_exhausted")
    assert not ModelStore(store).versions("mine")


def is_recorded(jobs: Path, location: str) -> bool:
    """Return whether the process of the job is in the ledger.

    Then the supervisor writes nothing more, and holds no lock on the ledger when it is stopped.
    """
    ledger = open_ledger(jobs)
    try:
        return ledger.handle(location.rsplit("/", 1)[1]) is not None
    finally:
        ledger.close()


def all_beat(jobs: Path) -> bool:
    """Return whether no worker of the folder is taken for dead."""
    return all(state.is_alive for state in WorkerFiles(jobs).states().values())


def test_a_worker_given_up_for_dead_that_is_not_spoils_nothing(
    trained_store: Path, jobs: Path, tmp_path: Path
) -> None:
    """There are two workers; the one that runs a job is stopped, its heartbeat set back.

    What trains is a stand-in that sleeps (tests/support/stand_in).
    """
    env = {
        "FORECAST_DEFAULT_MODEL": "tiny",
        "STARTED": str(tmp_path / "started"),
        "STAND_IN_SECONDS": "300",
        "PYTHONPATH": str(ROOT / "tests" / "support" / "stand_in"),
    }
    api = Service(trained_store, jobs, env | {"FORECAST_ROLE": "api"})
    with api, api.client() as client, worker(trained_store, jobs, env) as stopped:
        location = train(client)
        wait_until(lambda: is_recorded(jobs, location), what="the child in the ledger")
        (child,) = running_jobs(jobs)
        with worker(trained_store, jobs, env):
            stopped.send_signal(signal.SIGSTOP)
            status = Path(f"/proc/{stopped.pid}/status")
            wait_until(lambda: "T (stopped)" in status.read_text(), what="its standstill")
            for lock in jobs.glob(".supervisor-*"):  # The other one touches its own again at once.
                os.utime(lock, (0, 0))
            try:
                wait_until(lambda: len(get_job(client, location).attempts) == 2, what="attempt 2")
            finally:
                stopped.send_signal(signal.SIGCONT)
            wait_until(lambda: all_beat(jobs), what="the first worker's next heartbeat")
            job = get_job(client, location)
            assert job.state == "running"
            assert [attempt.ending for attempt in job.attempts] == [Ending.LOST, None]
            with JobFolder(jobs / job.id).permission(job.attempts[-1].id):
                assert child not in running_jobs(jobs)
            assert client.delete(location).status_code == 202
            assert wait_for_end(client, location).state == "cancelled"
    assert not running_jobs(jobs)

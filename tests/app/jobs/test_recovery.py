"""Jobs and services that are killed at any moment lose no job and publish nothing twice."""

import os
import shutil
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path

import httpx

from app.jobs.ledger import Ledger
from app.jobs.schemas import Ending, Job
from forecasting.jobs.job_folder import JobFolder
from forecasting.store.store import ModelStore
from tests.support.service import ROOT, Service, running_jobs, wait_until
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


def test_services_killed_while_a_job_runs_go_on_with_it(
    trained_store: Path, tmp_path: Path
) -> None:
    """At each point the process that started the job's process is killed.

    That is the whole service if it has one worker, and one of its workers if it has two. Both kinds
    of service run at the same time.
    """
    with ThreadPoolExecutor() as pool:
        list(pool.map(partial(kill_while_a_job_runs, trained_store, tmp_path), (1, 2)))


def kill_while_a_job_runs(trained_store: Path, tmp_path: Path, workers: int) -> None:
    folder = tmp_path / f"{workers}-workers"
    store, jobs, faults = (folder / name for name in ("store", "jobs", "faults"))
    shutil.copytree(trained_store, store)
    jobs.mkdir()
    points = (IN_TRAINING, BEFORE_PUBLISHING, AFTER_PUBLISHING)
    plan(faults, "mine", "service", points)
    service = Service(store, jobs, environment(faults, FORECAST_WORKERS=str(workers)))
    back: list[datetime] = []
    with service, service.client() as client:
        location = train(client, recipe=LONGER, promote="always")
        for number in range(1, len(points) + 1):
            if workers == 1:
                service.process.wait(timeout=120)
                wait_until(lambda: not running_jobs(jobs), what="the end of the child")
                service.start()
                back.append(datetime.now(UTC))

            def moved_on(number: int = number) -> bool:
                try:
                    job = get_job(client, location)
                except httpx.TransportError:  # The request went to a worker that was just killed.
                    return False
                return job.state.is_end or len(job.attempts) > number

            wait_until(moved_on, what=f"attempt {number + 1}")
        job = wait_for_end(client, location)
    check_published_once(store, "mine", job)
    assert job.ended_at is not None
    again = [attempt.started_at for attempt in job.attempts[1:]] + [job.ended_at]
    for restart, running in zip(back, again, strict=workers == 1):
        assert running - restart < PROMISED
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
    ledger = Ledger(jobs / "ledger.sqlite")
    try:
        return ledger.handle(location.rsplit("/", 1)[1]) is not None
    finally:
        ledger.close()


def test_a_supervisor_given_up_for_dead_that_is_not_spoils_nothing(
    trained_store: Path, jobs: Path, tmp_path: Path
) -> None:
    """Two services share the jobs; the one that supervises is stopped, its heartbeat set back.

    What trains is a stand-in that sleeps (tests/support/stand_in).
    """
    env = {
        "FORECAST_DEFAULT_MODEL": "tiny",
        "STARTED": str(tmp_path / "started"),
        "STAND_IN_SECONDS": "300",
        "PYTHONPATH": str(ROOT / "tests" / "support" / "stand_in"),
    }
    with Service(trained_store, jobs, env) as stopped, Service(trained_store, jobs, env) as other:
        with stopped.client() as client:
            location = train(client)
        wait_until(lambda: is_recorded(jobs, location), what="the child in the ledger")
        (child,) = running_jobs(jobs)
        stopped.process.send_signal(signal.SIGSTOP)
        status = Path(f"/proc/{stopped.process.pid}/status")
        wait_until(lambda: "T (stopped)" in status.read_text(), what="its standstill")
        for lock in jobs.glob(".supervisor-*"):  # The other service touches its own again at once.
            os.utime(lock, (0, 0))
        try:
            with other.client() as client:
                wait_until(lambda: len(get_job(client, location).attempts) == 2, what="attempt 2")
        finally:
            stopped.process.send_signal(signal.SIGCONT)
        wait_until(lambda: "another process supervises" in stopped.log, what="its notice")
        with other.client() as client:
            job = get_job(client, location)
            assert job.state == "running"
            assert [attempt.ending for attempt in job.attempts] == [Ending.LOST, None]
            with JobFolder(jobs / job.id).permission(job.attempts[-1].id):
                assert child not in running_jobs(jobs)
            assert client.delete(location).status_code == 202
            assert wait_for_end(client, location).state == "cancelled"
    assert not running_jobs(jobs)

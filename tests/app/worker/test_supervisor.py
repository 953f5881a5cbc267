"""A supervisor that is stopped at a bad moment, or that has much to clean up.

What would train is a stand-in within the process; the ledger and the folders are real.
"""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.jobs.ledger import Ledger
from app.jobs.ledger_thread import LedgerThread
from app.jobs.open_ledger import open_ledger
from app.jobs.schemas import Attempt, Ending, Job, JobState
from app.worker.executor import Executor
from app.worker.job_metrics import JobMetrics
from app.worker.outcome import OutcomeRecorder
from app.worker.supervisor import Supervisor
from forecasting.jobs.job_folder import JobFolder
from forecasting.store.manifest import Manifest
from forecasting.store.store import ModelStore
from tests.support.in_process import SETTINGS
from tests.support.service import wait_until

NOW = datetime.now(UTC)


class FailingProcess:
    """Reports that it has failed, and ends."""

    handle = "0 0"
    seconds = 0.0

    async def reports(self) -> AsyncIterator[bytes]:
        yield b'{"event": "failed", "code": "x", "detail": "It failed by itself."}'

    def memory_bytes(self) -> int:
        return 0

    async def stop(self, grace_s: float) -> None:
        """Do nothing: it has ended."""

    async def ending(self) -> str:
        return "with status 2"


@dataclass
class StandInExecutor:
    """Starts processes that fail at once."""

    hangs: bool = False
    """Whether `start` never returns."""
    starting: threading.Event = field(default_factory=threading.Event)

    async def start(self, folder: JobFolder, attempt: str) -> FailingProcess:
        self.starting.set()
        if self.hangs:
            await asyncio.Event().wait()
        return FailingProcess()

    async def kill_orphan(self, folder: JobFolder, handle: str | None) -> None:
        """Do nothing: nothing is left of it."""


class SlowStore(ModelStore):
    """Sets `was_read` when it is read, and takes its time."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.was_read = threading.Event()

    def published_by(self, model: str, job: str) -> Manifest | None:
        self.was_read.set()
        threading.Event().wait(0.3)
        return super().published_by(model, job)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(tmp_path)
    yield opened
    opened.close()


def supervise(
    folder: Path,
    until: Callable[[], Awaitable[Any]],
    executor: Executor,
    store: ModelStore | None = None,
) -> None:
    """Run a supervisor until `until` returns, and stop it as the worker does."""

    async def scene() -> None:
        thread = LedgerThread(folder)
        versions = store or ModelStore(folder / "store")
        recorder = OutcomeRecorder(thread, versions, SETTINGS, JobMetrics(folder, "w"))
        supervisor = Supervisor("w", folder, thread, executor, recorder, SETTINGS)
        running = asyncio.create_task(supervisor.run())
        try:
            async with asyncio.timeout(60):
                await until()
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            thread.close()

    asyncio.run(scene())


def add(ledger: Ledger, name: str, folder: Path) -> None:
    (folder / name).mkdir()
    job = Job(id=name, state=JobState.QUEUED, model="m", created_at=NOW)
    ledger.add(job, key=None, max_queued=1_000)


def state_and_endings(ledger: Ledger, name: str) -> tuple[JobState, list[Ending | None]]:
    job = ledger.job(name)
    assert job is not None
    return job.state, [attempt.ending for attempt in job.attempts]


def once_set(event: threading.Event) -> Callable[[], Awaitable[Any]]:
    return lambda: asyncio.to_thread(event.wait, 60)


def test_stopped_while_a_process_starts_it_is_interrupted_not_lost(
    ledger: Ledger, tmp_path: Path
) -> None:
    add(ledger, "a", tmp_path)
    executor = StandInExecutor(hangs=True)
    supervise(tmp_path, once_set(executor.starting), executor)
    assert state_and_endings(ledger, "a") == (JobState.QUEUED, [Ending.INTERRUPTED])


def test_stopped_while_it_writes_that_a_job_starts_it_is_interrupted_not_lost(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing = threading.Event()
    start = Ledger.start

    def slow(self: Ledger, job_id: str, attempt: Attempt, worker: str) -> Job | None:
        writing.set()
        threading.Event().wait(0.3)
        return start(self, job_id, attempt, worker)

    add(ledger, "a", tmp_path)
    monkeypatch.setattr(Ledger, "start", slow)
    supervise(tmp_path, once_set(writing), StandInExecutor())
    assert state_and_endings(ledger, "a") == (JobState.QUEUED, [Ending.INTERRUPTED])


def test_stopped_while_a_failure_is_written_it_stays_a_failure(
    ledger: Ledger, tmp_path: Path
) -> None:
    add(ledger, "a", tmp_path)
    store = SlowStore(tmp_path / "store")
    supervise(tmp_path, once_set(store.was_read), StandInExecutor(), store)
    assert state_and_endings(ledger, "a") == (JobState.FAILED, [Ending.FAILED])


def test_thousands_of_old_jobs_are_cleaned_up_while_new_ones_start(
    ledger: Ledger, tmp_path: Path
) -> None:
    """They go in batches, so that the next job does not wait until all of them are gone."""
    old = [f"old-{number}" for number in range(300)]
    for name in old:
        add(ledger, name, tmp_path)
        ledger.change(
            name, was=JobState.QUEUED, state=JobState.CANCELLED, ended_at=NOW - timedelta(2)
        )
    orphan = tmp_path / "orphan"
    orphan.mkdir()
    (orphan / "job.json").touch()
    os.utime(orphan / "job.json", (0, 0))
    left_at_start: list[int] = []

    class Counting(StandInExecutor):
        async def start(self, folder: JobFolder, attempt: str) -> FailingProcess:
            left_at_start.append(len(old_ones()))
            return await super().start(folder, attempt)

    def old_ones() -> list[Path]:
        return list(tmp_path.glob("old-*"))

    def add_one_and_wait() -> None:
        wait_until(lambda: len(old_ones()) < len(old), what="the first batch")
        add(ledger, "new", tmp_path)
        wait_until(
            lambda: state_and_endings(ledger, "new")[0] is JobState.FAILED, what="the new job's end"
        )
        wait_until(
            lambda: not orphan.exists() and not old_ones(), what="the end of all that is old"
        )

    supervise(tmp_path, lambda: asyncio.to_thread(add_one_and_wait), Counting())
    assert left_at_start[0] > 0
    assert ledger.ids() == {"new"}
    assert (tmp_path / "new").is_dir()

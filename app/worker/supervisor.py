"""Running the jobs: one of the workers that share FORECAST_JOBS_DIR does it for all of them.

Every worker would be the supervisor. The ledger names the one that is. As soon as that one is gone,
or there was no heartbeat of it for ten seconds (app.jobs.heartbeat), another worker takes over.

If the ledger says that a job is running, but the supervisor does not watch it itself, an earlier
supervisor has started it, and the attempt is lost. The supervisor kills what is left of its process
and puts the job back into the queue for its next attempt.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app.errors import ServiceError
from app.jobs.file_lock import FileLock
from app.jobs.heartbeat import is_alive, last_seen, new_worker_name, worker_file
from app.jobs.ledger import Ledger
from app.jobs.ledger_thread import LedgerThread
from app.jobs.schemas import Attempt, Ending, Job, JobError, JobState
from app.settings import Settings
from app.worker.attempt import AttemptMonitor
from app.worker.executor import Executor
from app.worker.outcome import Outcome, OutcomeRecorder
from forecasting.jobs.job_folder import JobFolder

_log = logging.getLogger("app")
_POLL_SECONDS = 0.25
_CLEAN_UP_SECONDS = 600.0
_CLEAN_UP_BATCH = 50
_STOP_SECONDS = 5.0
_INTERRUPTED = Outcome(Ending.INTERRUPTED)
_SERVICE_DIED = JobError(code="service_died", detail="the worker that ran the job died.")


@dataclass(slots=True)
class Supervisor:
    """Waits until it may run the jobs, and then runs them until it is cancelled."""

    folder: Path
    """The folder of the ledger, the locks and the jobs' own folders."""
    ledger: LedgerThread
    executor: Executor
    recorder: OutcomeRecorder
    settings: Settings
    _watched: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    """The jobs that this supervisor takes care of, by their ids."""
    _cleaned_up_at: float = -_CLEAN_UP_SECONDS
    _last_heartbeat_before: float = 0.0
    """When the supervisor before this one was last known to work, in seconds since 1970."""

    async def run(self) -> None:
        """Stand by, supervise, and begin again if the disk or the ledger fails, until cancelled."""
        while True:
            try:
                await self._serve_a_term()
            except (ServiceError, OSError) as error:
                _log.error("jobs are not supervised from here: %s", error)
            await asyncio.sleep(_POLL_SECONDS)

    async def _serve_a_term(self) -> None:
        """Stand by, then supervise until another worker has taken over."""
        await asyncio.to_thread(self.folder.mkdir, parents=True, exist_ok=True)
        name = new_worker_name()
        lock = FileLock.acquire(worker_file(self.folder, name))
        try:
            await self._stand_by(name, lock)
            await self._supervise(name, lock)
        finally:
            await self._stop_watching()
            lock.release()
            lock.path.unlink(missing_ok=True)

    async def _stand_by(self, name: str, lock: FileLock) -> None:
        """Return when this process has become the supervisor."""
        while True:
            lock.heartbeat()
            before = await self.ledger(Ledger.supervisor)
            if before is None or not is_alive(self.folder, before):
                self._last_heartbeat_before = last_seen(self.folder, before or name)
                if await self.ledger(Ledger.take_over, name, before=before):
                    _log.info("supervising the jobs")
                    if before is not None:
                        worker_file(self.folder, before).unlink(missing_ok=True)
                    return
            await asyncio.sleep(_POLL_SECONDS)

    async def _supervise(self, name: str, lock: FileLock) -> None:
        """Run the jobs until another worker has taken over."""
        logged = ""
        while True:
            lock.heartbeat()
            try:
                if await self.ledger(Ledger.supervisor) != name:
                    _log.warning("another worker supervises the jobs now")
                    return
                await self._run_jobs()
                logged = ""
            except (ServiceError, OSError) as error:
                if str(error) != logged:
                    _log.error("supervising the jobs: %s", error)
                logged = str(error)
            await asyncio.sleep(_POLL_SECONDS)

    async def _run_jobs(self) -> None:
        """Reclaim jobs that are lost, start those for which there is a slot, forget old ones."""
        self._drop_finished()
        jobs = await self.ledger(Ledger.unfinished)
        for job in jobs:
            if job.state is JobState.RUNNING and job.id not in self._watched:
                self._watched[job.id] = asyncio.create_task(self._reclaim(job))
        for job in jobs:
            if len(self._watched) >= self.settings.training_slots:
                break
            if job.state is JobState.QUEUED and job.id not in self._watched:
                await self._start(job)
        now = asyncio.get_running_loop().time()
        if now - self._cleaned_up_at > _CLEAN_UP_SECONDS and await self._clean_up():
            self._cleaned_up_at = now

    async def _start(self, job: Job) -> None:
        now = datetime.now(UTC)
        changes: dict[str, Any] = {
            "state": JobState.RUNNING,
            "started_at": job.started_at or now,
            "attempts": [*job.attempts, Attempt(id=secrets.token_hex(8), started_at=now)],
        }
        try:
            started = await self.ledger(Ledger.change, job.id, was=JobState.QUEUED, **changes)
        except asyncio.CancelledError:  # The ledger's thread writes it all the same.
            with suppress(TimeoutError):
                async with asyncio.timeout(_STOP_SECONDS):
                    await self._record(job.model_copy(update=changes), _INTERRUPTED)
            raise
        if started is not None:
            self._watched[job.id] = asyncio.create_task(self._watch(started))

    async def _watch(self, job: Job) -> None:
        """Run the last attempt at a job, and record its outcome."""
        folder = self._folder_of(job)
        monitor = AttemptMonitor(job, folder, self.ledger, self.executor, self.settings)
        try:
            outcome = await monitor.run()
        except asyncio.CancelledError:  # Its process had not been started yet.
            outcome = _INTERRUPTED
        if outcome is not None:
            try:
                await self._record(job, outcome)
            except asyncio.CancelledError:  # The outcome must not get lost, so it is tried again.
                await self._record(job, outcome)

    async def _record(self, job: Job, outcome: Outcome) -> None:
        await self.recorder.record(job, self._folder_of(job), outcome)

    async def _reclaim(self, job: Job) -> None:
        """Kill what is left of an attempt that an earlier supervisor started; it was lost then."""
        handle = await self.ledger(Ledger.handle, job.id)
        await self.executor.kill_orphan(self._folder_of(job), handle)
        lost_at = datetime.fromtimestamp(self._last_heartbeat_before, UTC)
        at = max(job.attempts[-1].started_at, min(lost_at, datetime.now(UTC)))
        await self._record(job, Outcome(Ending.LOST, _SERVICE_DIED, at))

    def _drop_finished(self) -> None:
        for job_id, task in list(self._watched.items()):
            if task.done():
                del self._watched[job_id]
                if not task.cancelled() and (error := task.exception()) is not None:
                    _log.error("watching job %s failed", job_id, exc_info=error)

    async def _stop_watching(self) -> None:
        """Kill the processes of the watched jobs and put the jobs back into the queue.

        If the ledger cannot be written now, the next supervisor puts them there.
        """
        tasks = set(self._watched.values())
        self._watched.clear()
        for task in tasks:
            task.cancel()
        if tasks:
            _, unfinished = await asyncio.wait(tasks, timeout=_STOP_SECONDS)
            for task in unfinished:
                task.cancel()

    async def _clean_up(self) -> bool:
        """Forget jobs that ended long ago, and remove folders that belong to no job.

        Such a folder is left if the service died before the request for the job was answered.
        One call removes one batch, so that there is a heartbeat in between. Returns whether nothing
        is left to remove.
        """
        before = datetime.now(UTC) - timedelta(days=self.settings.job_retention_days)
        old = await self.ledger(Ledger.forget_ended_before, before, at_most=_CLEAN_UP_BATCH)
        for job_id in old:
            await asyncio.to_thread(shutil.rmtree, self.folder / job_id, ignore_errors=True)
        if len(old) == _CLEAN_UP_BATCH:
            return False
        known = await self.ledger(Ledger.ids)
        return await asyncio.to_thread(self._remove_unknown_folders, known) < _CLEAN_UP_BATCH

    def _remove_unknown_folders(self, known: set[str]) -> int:
        """Remove a batch of folders whose jobs are not `known`, except new ones; return how many.

        The job of a new folder may be in the ledger in a moment.
        """
        removed = 0
        for spec in self.folder.glob("*/job.json"):
            if spec.parent.name in known:
                continue
            with suppress(OSError):
                if time.time() - spec.stat().st_mtime > _CLEAN_UP_SECONDS:
                    shutil.rmtree(spec.parent)
                    removed += 1
            if removed == _CLEAN_UP_BATCH:
                break
        return removed

    def _folder_of(self, job: Job) -> JobFolder:
        return JobFolder(self.folder / job.id)

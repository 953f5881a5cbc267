"""Running the jobs: what one of the workers does that share a ledger.

Each worker runs FORECAST_TRAINING_SLOTS jobs at the same time. If a worker ends, or shows for ten
seconds that it does nothing (app.jobs.heartbeat), another takes over the jobs that it ran: their
attempts are lost. It makes sure that nothing is left of their processes, and puts the jobs back
into the queue for their next attempts.
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

from app.errors import ServiceError
from app.jobs.file_lock import FileLock
from app.jobs.heartbeat import WorkerState, worker_file
from app.jobs.ledger import Ledger
from app.jobs.ledger_thread import LedgerThread
from app.jobs.metrics_file import remove_metrics_files
from app.jobs.schemas import Attempt, Ending, Job, JobError
from app.settings.settings import Settings
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
_NO_TRACE = WorkerState(is_alive=False, last_seen=None)
_SERVICE_DIED = JobError(code="service_died", detail="the worker that ran the job died.")


@dataclass(slots=True)
class Supervisor:
    """Runs jobs until it is cancelled."""

    name: str
    """The name of the worker."""
    folder: Path
    """The folder of the locks and the jobs' own folders."""
    ledger: LedgerThread
    executor: Executor
    recorder: OutcomeRecorder
    settings: Settings
    _watched: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    """The jobs that this supervisor takes care of, by their ids."""
    _cleaned_up_at: float = -_CLEAN_UP_SECONDS

    async def run(self) -> None:
        """Run jobs, and begin again if the folder fails, until cancelled."""
        while True:
            try:
                await self._serve_a_term()
            except (ServiceError, OSError) as error:
                _log.error("jobs are not supervised from here: %s", error)
            await asyncio.sleep(_POLL_SECONDS)

    async def _serve_a_term(self) -> None:
        """Run jobs until the file that shows that this worker is alive was removed."""
        await asyncio.to_thread(self.folder.mkdir, parents=True, exist_ok=True)
        lock = FileLock.acquire(worker_file(self.folder, self.name))
        try:
            _log.info("supervising the jobs")
            await self._supervise(lock)
        finally:
            await self._stop_watching()
            with suppress(ServiceError):
                await self.ledger(Ledger.leave, self.name)
            lock.release()
            lock.path.unlink(missing_ok=True)

    async def _supervise(self, lock: FileLock) -> None:
        logged = ""
        while lock.in_place:
            lock.heartbeat()
            try:
                await self.ledger(Ledger.beat, self.name)
                await self._run_jobs()
                logged = ""
            except (ServiceError, OSError) as error:
                if str(error) != logged:
                    _log.error("supervising the jobs: %s", error)
                logged = str(error)
            await asyncio.sleep(_POLL_SECONDS)
        _log.error("%s was removed while it was in use", lock.path)

    async def _run_jobs(self) -> None:
        """Take over jobs of dead workers, start what there are slots for, forget old jobs."""
        self._drop_finished()
        await self._take_over_jobs()
        if len(self._watched) < self.settings.training_slots:
            for job in await self.ledger(Ledger.queued, self.settings.training_slots):
                if job.id not in self._watched:
                    await self._start(job)
                if len(self._watched) >= self.settings.training_slots:
                    break
        now = asyncio.get_running_loop().time()
        if now - self._cleaned_up_at > _CLEAN_UP_SECONDS and await self._clean_up():
            self._cleaned_up_at = now

    async def _take_over_jobs(self) -> None:
        """Take care of the jobs that run and that nobody alive watches."""
        running = await self.ledger(Ledger.running)
        unwatched = [(job, worker) for job, worker in running if job.id not in self._watched]
        if not unwatched:
            return
        states = await self.ledger(Ledger.workers, self.name)
        for job, worker in unwatched:
            state = states.get(worker, _NO_TRACE)
            if worker != self.name:
                if state.is_alive or not await self.ledger(
                    Ledger.take_over, job.id, job.attempts[-1].id, self.name, before=worker
                ):
                    continue
                _log.warning("job %s was lost with the worker %s", job.id, worker)
            self._watched[job.id] = asyncio.create_task(self._reclaim(job, state.last_seen))

    async def _start(self, job: Job) -> None:
        attempt = Attempt(id=secrets.token_hex(8), started_at=datetime.now(UTC))
        try:
            started = await self.ledger(Ledger.start, job.id, attempt, self.name)
        except asyncio.CancelledError:  # The ledger's thread writes it all the same.
            started = job.model_copy(update={"attempts": [*job.attempts, attempt]})
            with suppress(TimeoutError):
                async with asyncio.timeout(_STOP_SECONDS):
                    await self._record(started, _INTERRUPTED)
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

    async def _reclaim(self, job: Job, last_seen: datetime | None) -> None:
        """Make sure that nothing is left of an attempt whose worker is gone; it was lost then.

        `last_seen` says when that worker was. If its process is still there, perhaps on another
        machine, this is tried again.
        """
        handle = await self.ledger(Ledger.handle, job.id)
        try:
            await self.executor.kill_orphan(self._folder_of(job), handle)
        except BlockingIOError as error:
            _log.warning("job %s waits: %s", job.id, error)
            return
        now = datetime.now(UTC)
        at = max(job.attempts[-1].started_at, min(last_seen or now, now))
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
            if unfinished:
                await asyncio.wait(unfinished, timeout=_STOP_SECONDS)

    async def _clean_up(self) -> bool:
        """Forget jobs that ended long ago, and remove folders that belong to no job.

        Such a folder is left if the service died before the request for the job was answered.
        One call removes one batch, so that there is a heartbeat in between. Returns whether nothing
        is left to remove.
        """
        await self.ledger(Ledger.forget_dead_workers)
        workers = await self.ledger(Ledger.workers)
        await asyncio.to_thread(remove_metrics_files, self.folder, keep={self.name, *workers})
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

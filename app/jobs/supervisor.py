"""The one that runs the jobs, of all the processes that share FORECAST_JOBS_DIR.

Each of them would be: the ledger names one, which holds the lock of its own file and touches that
as its heartbeat. Where the lock is free, or the heart has stopped, the next one takes over. Jobs
that are running by the ledger, but that it does not watch itself, are lost: what is left of them is
killed, and they wait for their next attempt.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.errors import ServiceError
from app.jobs.attempt import Watch
from app.jobs.executor import Executor
from app.jobs.file_lock import Life, beats, last_beat
from app.jobs.ledger import Ledger
from app.jobs.ledger_thread import LedgerThread
from app.jobs.outcome import Judge, Verdict
from app.jobs.rules import Rules
from app.jobs.schemas import Attempt, Ending, Job, JobError, JobState
from forecasting.jobs.job_folder import JobFolder

_log = logging.getLogger("app")
_LOOK_SECONDS = 0.25
_PATIENCE_SECONDS = 10.0
_CLEAN_SECONDS = 600.0
_BATCH = 50
_LET_GO_SECONDS = 5.0
_INTERRUPTED = Verdict(Ending.INTERRUPTED)
_LOST = JobError(code="service_died", detail="the service died while the job was running.")


@dataclass(slots=True)
class Supervisor:
    folder: Path
    ledger: LedgerThread
    executor: Executor
    judge: Judge
    rules: Rules
    _watched: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _cleaned_at: float = -_CLEAN_SECONDS
    _last_beat_before: float = 0.0

    async def run(self) -> None:
        """Stand by, supervise, until cancelled."""
        while True:
            try:
                await self._live()
            except (ServiceError, OSError) as error:
                _log.error("jobs are not supervised from here: %s", error)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _live(self) -> None:
        await asyncio.to_thread(self.folder.mkdir, parents=True, exist_ok=True)
        name = secrets.token_hex(8)
        life = Life.begin(self._life_of(name))
        try:
            await self._stand_by(name, life)
            await self._supervise(name, life)
        finally:
            await self._let_go()
            life.end()
            life.path.unlink(missing_ok=True)

    async def _stand_by(self, name: str, life: Life) -> None:
        while True:
            life.beat()
            before = await self.ledger(Ledger.supervisor)
            if before is None or not beats(self._life_of(before), _PATIENCE_SECONDS):
                self._last_beat_before = last_beat(self._life_of(before or name))
                if await self.ledger(Ledger.take_over, name, before=before):
                    _log.info("supervising the jobs")
                    if before is not None:
                        self._life_of(before).unlink(missing_ok=True)
                    return
            await asyncio.sleep(_LOOK_SECONDS)

    async def _supervise(self, name: str, life: Life) -> None:
        said = ""
        while True:
            life.beat()
            try:
                if await self.ledger(Ledger.supervisor) != name:
                    _log.warning("another process supervises the jobs now")
                    return
                await self._look()
                said = ""
            except (ServiceError, OSError) as error:
                if str(error) != said:
                    _log.error("supervising the jobs: %s", error)
                said = str(error)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _look(self) -> None:
        """Reclaim what is lost, start what may start, forget what is old."""
        self._drop_finished()
        jobs = await self.ledger(Ledger.unfinished)
        for job in jobs:
            if job.state is JobState.RUNNING and job.id not in self._watched:
                self._watched[job.id] = asyncio.create_task(self._reclaim(job))
        for job in jobs:
            if len(self._watched) >= self.rules.slots:
                break
            if job.state is JobState.QUEUED and job.id not in self._watched:
                await self._start(job)
        now = asyncio.get_running_loop().time()
        if now - self._cleaned_at > _CLEAN_SECONDS and await self._clean():
            self._cleaned_at = now

    async def _start(self, job: Job) -> None:
        now = datetime.now(UTC)
        changes: dict[str, Any] = {
            "state": JobState.RUNNING,
            "started_at": job.started_at or now,
            "attempts": [*job.attempts, Attempt(id=secrets.token_hex(8), started_at=now)],
        }
        try:
            started = await self.ledger(Ledger.change, job.id, was=JobState.QUEUED, **changes)
        except asyncio.CancelledError:  # it is written all the same
            with suppress(TimeoutError):
                async with asyncio.timeout(_LET_GO_SECONDS):
                    await self._settle(job.model_copy(update=changes), _INTERRUPTED)
            raise
        if started is not None:
            self._watched[job.id] = asyncio.create_task(self._watch(started))

    async def _watch(self, job: Job) -> None:
        watch = Watch(job, self._folder_of(job), self.ledger, self.executor, self.rules)
        try:
            verdict = await watch.see()
        except asyncio.CancelledError:  # its process was not there yet
            verdict = _INTERRUPTED
        if verdict is not None:
            try:
                await self._settle(job, verdict)
            except asyncio.CancelledError:  # how it ended is not lost
                await self._settle(job, verdict)

    async def _settle(self, job: Job, verdict: Verdict) -> None:
        await self.judge.settle(job, self._folder_of(job), verdict)

    async def _reclaim(self, job: Job) -> None:
        """A supervisor before this one started it."""
        handle = await self.ledger(Ledger.handle, job.id)
        await self.executor.bury(self._folder_of(job), handle)
        lost_at = datetime.fromtimestamp(self._last_beat_before, UTC)
        at = max(job.attempts[-1].started_at, min(lost_at, datetime.now(UTC)))
        await self._settle(job, Verdict(Ending.LOST, _LOST, at))

    def _drop_finished(self) -> None:
        for job_id, task in list(self._watched.items()):
            if task.done():
                del self._watched[job_id]
                if not task.cancelled() and (error := task.exception()) is not None:
                    _log.error("watching job %s failed", job_id, exc_info=error)

    async def _let_go(self) -> None:
        """Kill what is watched and put it back in the queue; the next supervisor does so where the
        ledger cannot be written."""
        tasks = set(self._watched.values())
        self._watched.clear()
        for task in tasks:
            task.cancel()
        if tasks:
            _, unfinished = await asyncio.wait(tasks, timeout=_LET_GO_SECONDS)
            for task in unfinished:
                task.cancel()

    async def _clean(self) -> bool:
        """Jobs that ended long ago, and folders of no job: their request never got its answer.

        A batch at a time, for the heart beats in between; whether that was all.
        """
        before = datetime.now(UTC) - self.rules.retention
        old = await self.ledger(Ledger.forget_ended_before, before, at_most=_BATCH)
        for job_id in old:
            await asyncio.to_thread(shutil.rmtree, self.folder / job_id, ignore_errors=True)
        if len(old) == _BATCH:
            return False
        known = await self.ledger(Ledger.ids)
        return await asyncio.to_thread(self._remove_folders_but, known) < _BATCH

    def _remove_folders_but(self, known: set[str]) -> int:
        """How many it has removed, of those that are not new."""
        removed = 0
        for spec in self.folder.glob("*/job.json"):
            if spec.parent.name in known:
                continue
            with suppress(OSError):
                if time.time() - spec.stat().st_mtime > _CLEAN_SECONDS:
                    shutil.rmtree(spec.parent)
                    removed += 1
            if removed == _BATCH:
                break
        return removed

    def _folder_of(self, job: Job) -> JobFolder:
        return JobFolder(self.folder / job.id)

    def _life_of(self, name: str) -> Path:
        return self.folder / f".supervisor-{name}.lock"

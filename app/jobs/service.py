"""Jobs as the service's routes see them: ask for one, look at it, follow it, cancel it."""

from __future__ import annotations

import asyncio
import re
import secrets
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from app.errors import (
    JobEndedError,
    JobNotFoundError,
    JobsDiskFullError,
    JobsUnavailableError,
    NoResultError,
    ResultNotReadyError,
    TooManyJobsError,
)
from app.jobs.ledger import Ledger
from app.jobs.ledger_thread import LedgerThread
from app.jobs.local_executor import LocalExecutor
from app.jobs.outcome import Judge
from app.jobs.request_key import RequestKey
from app.jobs.rules import Rules
from app.jobs.schemas import Job, JobEvent, JobKind, JobState
from app.jobs.supervisor import Supervisor
from app.predict.schemas import NoteObject
from app.serving.shutdown import Shutdown
from forecasting.evaluation.backtest_task import BacktestTask
from forecasting.jobs.fit_options import FitOptions
from forecasting.jobs.job_folder import JobFolder
from forecasting.jobs.job_spec import BacktestSpec, JobSpec, TrainingSpec
from forecasting.notes import merge_notes
from forecasting.series.series import Series
from forecasting.store.atomic_files import is_disk_full
from forecasting.store.store import ModelStore

_LOOK_SECONDS = 0.25


class Jobs:
    """Use it as an async context manager: inside, jobs are run, here or by another process that
    has the same folder. Every method may raise JobsDiskFullError or JobsUnavailableError.
    """

    def __init__(
        self,
        folder: Path,
        store: ModelStore,
        rules: Rules,
        *,
        on_published: Callable[[], Awaitable[None]],
    ) -> None:
        self._folder = folder
        self._store = store
        self._rules = rules
        self._ledger = LedgerThread(folder)
        self._supervisor = Supervisor(
            folder,
            self._ledger,
            LocalExecutor(),
            Judge(self._ledger, store, rules, on_published),
            rules,
        )
        self._supervising: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._supervising = asyncio.create_task(self._supervisor.run())
        return self

    async def __aexit__(self, *exc: object) -> None:
        assert self._supervising is not None
        self._supervising.cancel()
        await asyncio.gather(self._supervising, return_exceptions=True)
        await asyncio.to_thread(self._ledger.close)

    async def newest_first(self) -> list[Job]:
        return await self._ledger(Ledger.jobs)

    async def get(self, job_id: str) -> Job:
        """Raises JobNotFoundError."""
        job = None
        if re.fullmatch(r"[0-9a-f]{16}", job_id):
            job = await self._ledger(Ledger.job, job_id)
        if job is None:
            raise JobNotFoundError(f"there is no job {job_id!r}; GET /jobs lists them.")
        return job

    async def with_key(self, key: RequestKey | None) -> Job | None:
        """Return the job whose request came with this key, if there is one.

        Raises IdempotencyKeyReusedError if that request had another content.
        """
        return None if key is None else await self._ledger(Ledger.with_key, key)

    async def add_training(
        self, options: FitOptions, series: Sequence[Series], *, key: RequestKey | None
    ) -> Job:
        """Queue a training; return its job, or the one that came with the same key before.

        Raises TooManyJobsError if enough jobs wait already, or IdempotencyKeyReusedError.
        """
        notes = [
            NoteObject.model_validate(note, from_attributes=True)
            for note in merge_notes(note for item in series for note in item.notes)
        ]
        job = _new_job(JobKind.TRAINING, options.model, notes=notes)
        spec = TrainingSpec(id=job.id, store=self._store.root.resolve(), options=options)
        return await self._add(job, spec, series, key)

    async def add_backtest(self, task: BacktestTask, *, refit: bool, key: RequestKey | None) -> Job:
        """As `add_training`."""
        job = _new_job(JobKind.BACKTEST, task.model, version=task.version)
        spec = BacktestSpec(
            id=job.id,
            model=task.model,
            store=self._store.root.resolve(),
            version=task.version,
            refit=refit,
            season_lengths=tuple(task.season_lengths),
            bounds=tuple(task.bounds),
            plan=task.plan,
            intervals=task.intervals,
            forecasts=task.forecasts,
            failed=tuple(task.failed),
        )
        return await self._add(job, spec, task.series, key)

    async def _add(
        self, job: Job, spec: JobSpec, series: Sequence[Series], key: RequestKey | None
    ) -> Job:
        limit = self._rules.max_queued
        if (waiting := await self._ledger(Ledger.waiting)) >= limit:
            raise TooManyJobsError(waiting)
        folder = JobFolder(self._folder / job.id)
        try:
            await asyncio.to_thread(folder.create, spec, series)
        except OSError as error:
            if is_disk_full(error):
                raise JobsDiskFullError from error
            raise JobsUnavailableError(error) from error
        added = None
        try:
            added = await self._ledger(Ledger.add, job, key=key, max_queued=limit)
        finally:
            if added is None or added.id != job.id:
                await asyncio.to_thread(shutil.rmtree, folder.path, ignore_errors=True)
        return added

    async def cancel(self, job_id: str) -> Job:
        """A job that waits is cancelled at once; one that runs, as soon as its process is gone.

        Raises JobNotFoundError, or JobEndedError where it has ended otherwise.
        """
        while True:
            job = await self.get(job_id)
            now = datetime.now(UTC)
            match job.state:
                case JobState.QUEUED:
                    changed = await self._ledger(
                        Ledger.change, job_id, was=job.state, state=JobState.CANCELLED, ended_at=now
                    )
                case JobState.RUNNING if job.cancel_requested_at is None:
                    changed = await self._ledger(
                        Ledger.change, job_id, was=job.state, cancel_requested_at=now
                    )
                case JobState.SUCCEEDED | JobState.FAILED:
                    raise JobEndedError(f"job {job_id} has {job.state}: nothing is left to cancel.")
                case _:
                    return job
            if changed is not None:
                return changed

    async def result(self, job_id: str) -> Path:
        """The file that holds what a backtest found.

        Raises JobNotFoundError, ResultNotReadyError, or NoResultError where there will be none.
        """
        job = await self.get(job_id)
        if job.kind is JobKind.TRAINING:
            place = f"/models/{job.model}/versions/{job.version or '…'}"
            raise NoResultError(f"job {job_id} trains a model: what it makes is at {place}.")
        match job.state:
            case JobState.QUEUED | JobState.RUNNING:
                raise ResultNotReadyError(
                    f"job {job_id} is {job.state}: its result is there once it has succeeded. "
                    f"Follow it at /jobs/{job_id}/events."
                )
            case JobState.FAILED | JobState.CANCELLED:
                reason = "" if job.error is None else f": {job.error.detail}"
                raise NoResultError(f"job {job_id} is {job.state}{reason}. Ask for it anew.")
        path = JobFolder(self._folder / job_id).result
        if not await asyncio.to_thread(path.exists):
            raise JobsUnavailableError(FileNotFoundError(f"there is no {path.name} any more"))
        return path

    async def log(self, job_id: str) -> str:
        """Raises JobNotFoundError."""
        await self.get(job_id)
        path = JobFolder(self._folder / job_id).log
        try:
            return await asyncio.to_thread(path.read_text, errors="replace")
        except FileNotFoundError:  # the job was forgotten just now, or somebody deleted its folder
            await self.get(job_id)
            return ""

    async def events(
        self, job_id: str, after: int, shutdown: Shutdown
    ) -> AsyncIterator[list[JobEvent]]:
        """What each look finds after the id `after`, nothing too, until the job's end or the
        service's."""
        while not shutdown.requested:
            job = await self._ledger(Ledger.job, job_id)
            events = await self._ledger(Ledger.events, job_id, after)
            yield events
            if events:
                after = events[-1].id
            elif job is None or job.state.is_end:
                return
            else:
                await shutdown.wait_at_most(_LOOK_SECONDS)


def _new_job(kind: JobKind, model: str, **about: Any) -> Job:
    return Job(
        id=secrets.token_hex(8),
        kind=kind,
        state=JobState.QUEUED,
        model=model,
        created_at=datetime.now(UTC),
        **about,
    )

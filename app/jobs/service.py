"""Jobs as the endpoints use them: queue a job, look at it, follow it, cancel it."""

from __future__ import annotations

import asyncio
import re
import secrets
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from app.access.caller import current
from app.bulk.planning import BulkJob
from app.errors import (
    JobEndedError,
    JobNotFoundError,
    JobsDiskFullError,
    JobsUnavailableError,
    NoResultError,
    ResultNotReadyError,
    TooManyJobsError,
)
from app.jobs.heartbeat import WorkerState, all_together
from app.jobs.ledger import Ledger
from app.jobs.ledger_thread import LedgerThread
from app.jobs.metrics_file import read_metrics_files
from app.jobs.request_key import RequestKey
from app.jobs.schemas import Job, JobEvent, JobKind, JobState
from app.observation.record import current_record
from app.predict.notes import note_objects
from app.serving.shutdown import Shutdown
from app.settings.settings import Settings
from forecasting.evaluation.backtest_task import BacktestTask
from forecasting.jobs.fit_options import FitOptions
from forecasting.jobs.job_folder import JobFolder
from forecasting.jobs.job_spec import BacktestSpec, BulkSpec, JobSpec, TrainingSpec
from forecasting.notes import Note, merge_notes
from forecasting.series.series import Series
from forecasting.store.atomic_files import is_disk_full
from forecasting.store.store import ModelStore

_POLL_SECONDS = 0.25
_START_SECONDS = 15.0
_SUCCEEDED = JobState.SUCCEEDED


class Jobs:
    """The jobs of the service, an async context manager.

    They are queued, shown and cancelled here; workers with the same folder and ledger run them.
    Every method may raise JobsDiskFullError or JobsUnavailableError.
    """

    def __init__(
        self,
        settings: Settings,
        store: ModelStore,
        *,
        serve_published: Callable[[datetime], Awaitable[None]],
    ) -> None:
        """`serve_published` is awaited before a caller is told that a training has succeeded.

        It takes the time of the success and lets this process serve what is published by then.
        """
        self._folder = settings.jobs_dir
        self._store = store
        self._max_queued = settings.max_queued_jobs
        self._bulk_processes = settings.bulk_processes
        self._max_memory_bytes = settings.max_job_memory_bytes
        self._ledger = LedgerThread(self._folder, settings.database_url)
        self._serve_published = serve_published
        self._starts_worker = settings.role == "all"
        self._started = time.monotonic()

    async def __aenter__(self) -> Self:
        self._started = time.monotonic()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await asyncio.to_thread(self._ledger.close)

    async def worker(self) -> WorkerState:
        """Return whether there is a worker that runs jobs, and when one was last seen."""
        return all_together(await self._ledger(Ledger.workers))

    @property
    def awaits_worker(self) -> bool:
        """Whether this service starts a worker, which may need a moment yet."""
        return self._starts_worker and time.monotonic() - self._started < _START_SECONDS

    async def worker_metrics(self) -> bytes:
        """Return what the workers have counted and timed, in the text format of Prometheus."""
        return await asyncio.to_thread(read_metrics_files, self._folder)

    async def counts(self) -> Counter[tuple[JobKind, JobState]]:
        """Return how many jobs of each kind and state there are, whoever sees them."""
        return Counter((job.kind, job.state) for job in await self._ledger(Ledger.jobs))

    async def newest_first(self) -> list[Job]:
        """Return all jobs that the caller sees, the newest first."""
        sees = current.get().sees_work
        return await self._as_told(
            [
                job
                for job in await self._ledger(Ledger.jobs)
                if sees(job.model, job.owner, job.created_at)
            ]
        )

    async def get(self, job_id: str) -> Job:
        """Return a job. Raises JobNotFoundError if there is no such job that the caller sees."""
        job = None
        if re.fullmatch(r"[0-9a-f]{16}", job_id):
            job = await self._ledger(Ledger.job, job_id)
        if job is None or not current.get().sees_work(job.model, job.owner, job.created_at):
            raise JobNotFoundError(f"There is no job {job_id!r}; GET /jobs lists them.")
        return (await self._as_told([job]))[0]

    async def with_key(self, key: RequestKey | None) -> Job | None:
        """Return the job whose request came with this key, if there is one.

        Raises IdempotencyKeyReusedError if that request had another content.
        """
        job = None if key is None else await self._ledger(Ledger.with_key, key)
        return None if job is None else (await self._as_told([job]))[0]

    async def add_training(
        self,
        options: FitOptions,
        series: Sequence[Series],
        table_notes: Sequence[Note] = (),
        *,
        key: RequestKey | None,
    ) -> Job:
        """Queue a training; return its job, or the one that came with the same key before.

        `table_notes` say what was assumed to read the table that the series came in.

        Raises TooManyJobsError if enough jobs wait already, or IdempotencyKeyReusedError.
        """
        series_notes = merge_notes(note for item in series for note in item.notes)
        notes = note_objects([*table_notes, *series_notes])
        job = _new_job(JobKind.TRAINING, options.model, notes=notes)
        spec = TrainingSpec(id=job.id, store=self._store.location, options=options)
        return await self._add(job, spec, series, key)

    async def add_backtest(self, task: BacktestTask, *, refit: bool, key: RequestKey | None) -> Job:
        """Queue a backtest, as `add_training` queues a training.

        If `refit` is true, each window is forecast by a version that is trained at its cutoff.
        """
        notes = note_objects(task.notes)
        job = _new_job(JobKind.BACKTEST, task.model, version=task.version, notes=notes)
        spec = BacktestSpec.from_task(job.id, self._store.location, task, refit=refit)
        return await self._add(job, spec, task.series, key)

    async def add_bulk(self, planned: BulkJob, *, key: RequestKey | None) -> Job:
        """Queue a bulk job, as `add_training` queues a training."""
        job = _new_job(JobKind.BULK, planned.model, version=planned.version)
        spec = BulkSpec(
            id=job.id,
            store=self._store.location,
            processes=self._bulk_processes,
            max_memory_bytes=self._max_memory_bytes,
            **{name: getattr(planned, name) for name in planned.__slots__},
        )
        return await self._add(job, spec, (), key)

    async def _add(
        self, job: Job, spec: JobSpec, series: Sequence[Series], key: RequestKey | None
    ) -> Job:
        """Write the job's folder, then add the job to the ledger.

        If the ledger does not take the job, the folder is removed again.
        """
        if (waiting := await self._ledger(Ledger.count_queued)) >= self._max_queued:
            raise TooManyJobsError(waiting)
        folder = JobFolder(self._folder / job.id)
        spec = spec.model_copy(update={"traceparent": current_record().traceparent})
        try:
            await asyncio.to_thread(folder.create, spec, series)
        except OSError as error:
            if is_disk_full(error):
                raise JobsDiskFullError from error
            raise JobsUnavailableError(error) from error
        added = None
        try:
            added = await self._ledger(Ledger.add, job, key=key, max_queued=self._max_queued)
        finally:
            if added is None or added.id != job.id:
                await asyncio.to_thread(shutil.rmtree, folder.path, ignore_errors=True)
        return (await self._as_told([added]))[0]

    async def cancel(self, job_id: str) -> Job:
        """Cancel a job and return it as it is then.

        A job that waits is cancelled at once. A job that runs is only marked; the worker cancels
        it as soon as its process is gone.

        Raises JobNotFoundError, ScopeMissingError if the caller may not cancel this job, or
        JobEndedError if the job has succeeded or failed.
        """
        while True:
            job = await self.get(job_id)
            current.get().check_cancels(job.owner, job.created_at)
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
                    raise JobEndedError(f"Job {job_id} has {job.state}, so it cannot be cancelled.")
                case _:
                    return job
            if changed is not None:
                return changed

    async def result(self, job_id: str) -> Path:
        """Return the file with the answer of a backtest, or with what a bulk job has written.

        Raises JobNotFoundError, ResultNotReadyError if the answer is not there yet, or
        NoResultError if it never will be.
        """
        job = await self.get(job_id)
        if job.kind is JobKind.TRAINING:
            made = f"whose version is at /models/{job.model}/versions/{job.version}"
            if job.version is None and job.state.is_end:
                made = f"and is {job.state}: it has made no version"
            elif job.version is None:
                made = f"and is {job.state}: /models/{job.model} has its version once it succeeds"
            raise NoResultError(f"Job {job_id} trains a model, {made}.")
        match job.state:
            case JobState.QUEUED | JobState.RUNNING:
                raise ResultNotReadyError(
                    f"Job {job_id} is {job.state}: its result is there once it has succeeded. "
                    f"Follow it at /jobs/{job_id}/events."
                )
            case JobState.FAILED | JobState.CANCELLED:
                reason = "" if job.error is None else f": {job.error.detail.rstrip('.')}"
                raise NoResultError(f"Job {job_id} is {job.state}{reason}. Start it again.")
        path = JobFolder(self._folder / job_id).result
        if not await asyncio.to_thread(path.exists):
            raise JobsUnavailableError(FileNotFoundError(f"there is no {path.name} any more"))
        return path

    async def log(self, job_id: str) -> str:
        """Return what all attempts at a job wrote. Raises JobNotFoundError."""
        await self.get(job_id)
        path = JobFolder(self._folder / job_id).log
        try:
            return await asyncio.to_thread(path.read_text, errors="replace")
        except FileNotFoundError:  # The job was forgotten just now, or its folder was deleted.
            await self.get(job_id)
            return ""

    async def events(
        self, job_id: str, after: int, shutdown: Shutdown
    ) -> AsyncIterator[list[JobEvent]]:
        """Yield the events after the id `after` as they come, until the job or the service ends.

        A list that is empty is yielded too, several times a second, if nothing happens.
        """
        while not shutdown.requested:
            job = await self._ledger(Ledger.job, job_id)
            events = await self._ledger(Ledger.events, job_id, after)
            if any(event.kind == "end" for event in events):
                await self._serve_published(datetime.now(UTC))
            yield events
            if events:
                after = events[-1].id
            elif job is None or job.state.is_end:
                return
            else:
                await shutdown.wait_at_most(_POLL_SECONDS)

    async def _as_told(self, jobs: list[Job]) -> list[Job]:
        """Return jobs as callers are told of them.

        The versions of those that have succeeded are served from now on, and those that are not
        over have a note if there is no worker.
        """
        published = [job.ended_at for job in jobs if job.ended_at and job.state is _SUCCEEDED]
        if published:
            await self._serve_published(max(published))
        if all(job.state.is_end for job in jobs) or self.awaits_worker:
            return jobs
        if (await self.worker()).is_alive:
            return jobs
        return [job if job.state.is_end else _without_worker(job) for job in jobs]


def _without_worker(job: Job) -> Job:
    message = "No worker is alive to run the job, so it waits. /health says when one was last seen."
    notes = note_objects([Note("no_worker", message, 0)])
    return job.model_copy(update={"notes": [*job.notes, *notes]})


def _new_job(kind: JobKind, model: str, **fields: Any) -> Job:
    """Return a job with an id of its own that waits for a slot."""
    return Job(
        id=secrets.token_hex(8),
        kind=kind,
        state=JobState.QUEUED,
        model=model,
        owner=current.get().name,
        created_at=datetime.now(UTC),
        **fields,
    )

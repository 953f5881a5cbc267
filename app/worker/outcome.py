"""How an attempt ended, and what that means for its job."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.errors import ServiceError
from app.jobs.ledger import Ledger
from app.jobs.ledger_thread import LedgerThread
from app.jobs.schemas import Ending, Job, JobError, JobKind, JobState
from app.settings.settings import Settings
from app.worker.job_metrics import JobMetrics
from forecasting.errors import StoreError
from forecasting.jobs.job_folder import JobFolder
from forecasting.store.draft import finish_promotion
from forecasting.store.store import ModelStore

_log = logging.getLogger("app")
_RETRY_SECONDS = 1.0
_OF_THE_VERSION = ("version", "evaluation", "promotion", "candidates")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended."""

    ending: Ending
    error: JobError | None = None
    at: datetime | None = None
    """When it ended; None means just now."""


@dataclass(frozen=True, slots=True)
class OutcomeRecorder:
    """Writes the end of attempts into the ledger, however long that takes."""

    ledger: LedgerThread
    store: ModelStore
    settings: Settings
    metrics: JobMetrics

    async def record(self, job: Job, folder: JobFolder, outcome: Outcome) -> None:
        """Record how the last attempt at a job ended, whose process is gone.

        A job that has published a version, or has written its result, has succeeded, whatever the
        outcome says. Recording is tried again until the disk lets it happen.
        """
        while True:
            try:
                await self._record(job, folder, outcome)
                return
            except (ServiceError, StoreError, OSError) as error:
                _log.error("job %s has ended, but that is not recorded yet: %s", job.id, error)
                await asyncio.sleep(_RETRY_SECONDS)

    async def _record(self, job: Job, folder: JobFolder, outcome: Outcome) -> None:
        attempt = job.attempts[-1].id
        if await self.ledger(Ledger.current, job.id, JobState.RUNNING, attempt) is None:
            return
        await asyncio.to_thread(folder.withdraw, attempt)
        result = await self._result(job, folder)
        changed = await self.ledger(
            Ledger.change_by,
            job.id,
            lambda current: self._changes(current, outcome, result),
            was=JobState.RUNNING,
            attempt=attempt,
        )
        if changed is not None:
            _log.info("job %s is %s", job.id, changed.state)
            self.metrics.add(changed)
            if changed.state.is_end:
                await asyncio.to_thread(folder.discard_checkpoints)

    async def _result(self, job: Job, folder: JobFolder) -> dict[str, Any] | None:
        """Return the fields to record if the job has done what it was asked for, else None."""
        if job.kind is not JobKind.TRAINING:
            return {} if await asyncio.to_thread(folder.result.exists) else None
        await asyncio.to_thread(self.store.storage.discard_drafts, job.model, job.id)
        published = await asyncio.to_thread(self.store.published_by, job.model, job.id)
        if published is None:
            return None
        await asyncio.to_thread(finish_promotion, self.store, published)
        return {name: getattr(published, name) for name in _OF_THE_VERSION}

    def _changes(self, job: Job, outcome: Outcome, result: dict[str, Any] | None) -> dict[str, Any]:
        """Return the fields of the job that change: it has ended, or it is queued again."""
        error = outcome.error
        if result is not None:
            return _closed(job, Outcome(Ending.SUCCEEDED), JobState.SUCCEEDED, **result)
        if job.cancel_requested_at is not None:
            return _closed(job, outcome, JobState.CANCELLED)
        if outcome.ending is Ending.FAILED:
            return _closed(job, outcome, JobState.FAILED, error=error)
        if outcome.ending is Ending.LOST and _tries(job) >= self.settings.job_attempts:
            detail = (
                f"{error.detail if error else ''} It was started {_tries(job)} times, as often as "
                "FORECAST_JOB_ATTEMPTS allows."
            )
            exhausted = JobError(code="attempts_exhausted", detail=detail.lstrip())
            return _closed(job, outcome, JobState.FAILED, error=exhausted)
        return _closed(job, outcome, JobState.QUEUED)


def _tries(job: Job) -> int:
    """Return how many attempts count; those that ended because the service was stopped do not."""
    return sum(attempt.ending is not Ending.INTERRUPTED for attempt in job.attempts)


def _closed(job: Job, outcome: Outcome, state: JobState, **changes: Any) -> dict[str, Any]:
    """Return the fields that change when the last attempt has ended and the job gets `state`."""
    now = datetime.now(UTC)
    ended = {"ended_at": outcome.at or now, "ending": outcome.ending}
    attempts = [*job.attempts[:-1], job.attempts[-1].model_copy(update=ended)]
    if state.is_end:
        changes["ended_at"] = now
        if job.progress is not None:
            changes["progress"] = job.progress.model_copy(update={"seconds_left": 0.0})
    return {"state": state, "attempts": attempts, **changes}

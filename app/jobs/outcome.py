"""What an attempt's end means for its job."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.errors import ServiceError
from app.jobs.ledger import Ledger
from app.jobs.ledger_thread import LedgerThread
from app.jobs.rules import Rules
from app.jobs.schemas import Ending, Job, JobError, JobKind, JobState
from forecasting.errors import StoreError
from forecasting.jobs.job_folder import JobFolder
from forecasting.store.draft import discard_drafts, finish_promotion
from forecasting.store.manifest import Manifest
from forecasting.store.store import ModelStore

_log = logging.getLogger("app")
_RETRY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Verdict:
    ending: Ending
    error: JobError | None = None
    at: datetime | None = None
    """When it ended, where that was not just now."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Writes the end of an attempt into the ledger, however long that takes."""

    ledger: LedgerThread
    store: ModelStore
    rules: Rules
    on_published: Callable[[], Awaitable[None]]

    async def settle(self, job: Job, folder: JobFolder, verdict: Verdict) -> None:
        """The process is gone. A job that has published a version, or written the result of a
        backtest, has succeeded, whatever else."""
        while True:
            try:
                await self._settle(job, folder, verdict)
                return
            except (ServiceError, StoreError, OSError) as error:
                _log.error("job %s has ended, but that is not recorded yet: %s", job.id, error)
                await asyncio.sleep(_RETRY_SECONDS)

    async def _settle(self, job: Job, folder: JobFolder, verdict: Verdict) -> None:
        attempt = job.attempts[-1].id
        if await self.ledger(Ledger.current, job.id, JobState.RUNNING, attempt) is None:
            return
        await asyncio.to_thread(folder.withdraw, attempt)
        found = await self._found(job, folder)
        changed = await self.ledger(
            Ledger.decide,
            job.id,
            lambda now: self._changes(now, verdict, found),
            was=JobState.RUNNING,
            attempt=attempt,
        )
        if changed is not None:
            _log.info("job %s is %s", job.id, changed.state)
            if changed.state.is_end:
                await asyncio.to_thread(folder.discard_checkpoints)

    async def _found(self, job: Job, folder: JobFolder) -> dict[str, Any] | None:
        """What to record of a job that has done what it was asked for; None where it has not."""
        if job.kind is JobKind.BACKTEST:
            return {} if await asyncio.to_thread(folder.result.exists) else None
        await asyncio.to_thread(discard_drafts, self.store, job.model, job.id)
        published = await asyncio.to_thread(self.store.published_by, job.model, job.id)
        if published is None:
            return None
        await self._serve(published)
        return {name: getattr(published, name) for name in ("version", "evaluation", "promotion")}

    def _changes(self, job: Job, verdict: Verdict, found: dict[str, Any] | None) -> dict[str, Any]:
        error = verdict.error
        if found is not None:
            return _closed(job, Verdict(Ending.SUCCEEDED), JobState.SUCCEEDED, **found)
        if job.cancel_requested_at is not None:
            return _closed(job, verdict, JobState.CANCELLED)
        if verdict.ending is Ending.FAILED:
            return _closed(job, verdict, JobState.FAILED, error=error)
        if verdict.ending is Ending.LOST and _tries(job) >= self.rules.attempts:
            detail = (
                f"{error.detail if error else ''} It was started {_tries(job)} times, as often as "
                "FORECAST_JOB_ATTEMPTS allows."
            )
            exhausted = JobError(code="attempts_exhausted", detail=detail.lstrip())
            return _closed(job, verdict, JobState.FAILED, error=exhausted)
        return _closed(job, verdict, JobState.QUEUED)

    async def _serve(self, published: Manifest) -> None:
        """A job that has succeeded is served already, by this process at least.

        Raises StoreError where the promotion cannot be finished for now.
        """
        try:
            await asyncio.to_thread(finish_promotion, self.store, published)
            await self.on_published()
        except StoreError:
            raise
        except Exception:  # noqa: BLE001  the registry looks again in a second
            _log.exception("looking at the model store failed")


def _tries(job: Job) -> int:
    return sum(attempt.ending is not Ending.INTERRUPTED for attempt in job.attempts)


def _closed(job: Job, verdict: Verdict, state: JobState, **changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    ended = {"ended_at": verdict.at or now, "ending": verdict.ending}
    attempts = [*job.attempts[:-1], job.attempts[-1].model_copy(update=ended)]
    at = {"ended_at": now} if state.is_end else {}
    return {"state": state, "attempts": attempts, **at, **changes}

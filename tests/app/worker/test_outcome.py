"""What an attempt's end means for its job, with a real ledger and a real store."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.jobs.ledger import Ledger
from app.jobs.ledger_thread import LedgerThread
from app.jobs.open_ledger import open_ledger
from app.jobs.schemas import Attempt, Ending, Job, JobError, JobState
from app.worker.job_metrics import JobMetrics
from app.worker.outcome import Outcome, OutcomeRecorder
from forecasting.jobs.job_folder import JobFolder
from forecasting.store.manifest import Manifest
from forecasting.store.store import ModelStore
from tests.support.in_process import SETTINGS

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(tmp_path)
    yield opened
    opened.close()


def state_after_failure(ledger: Ledger, folder: Path, store: ModelStore) -> JobState:
    """Return the state of a running job after its process has failed.

    `folder` holds the ledger and the jobs.
    """
    attempt = Attempt(id="1", started_at=NOW)
    job = Job(id="a", state=JobState.RUNNING, model="m", created_at=NOW, attempts=[attempt])
    ledger.add(job, key=None, max_queued=1)

    async def record_failure() -> None:
        thread = LedgerThread(folder)
        recorder = OutcomeRecorder(thread, store, SETTINGS, JobMetrics(folder, "w"))
        failed = Outcome(Ending.FAILED, JobError(code="x", detail="It failed by itself."))
        await asyncio.wait_for(recorder.record(job, JobFolder(folder / "a"), failed), 10)
        thread.close()

    asyncio.run(record_failure())
    found = ledger.job("a")
    assert found is not None
    return found.state


def test_a_cancel_that_comes_while_the_outcome_is_recorded_is_kept(
    ledger: Ledger, tmp_path: Path
) -> None:
    class Cancelling(ModelStore):
        """While this store is read, another process of the service accepts a cancel."""

        def published_by(self, model: str, job: str) -> Manifest | None:
            ledger.change("a", was=JobState.RUNNING, cancel_requested_at=NOW)
            return super().published_by(model, job)

    (tmp_path / "a").mkdir()
    assert (
        state_after_failure(ledger, tmp_path, Cancelling(tmp_path / "store")) is JobState.CANCELLED
    )


def test_a_job_whose_folder_was_deleted_ends(ledger: Ledger, tmp_path: Path) -> None:
    assert state_after_failure(ledger, tmp_path, ModelStore(tmp_path / "store")) is JobState.FAILED

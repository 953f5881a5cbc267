"""What an attempt's end means, with the ledger and the store as they are."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.jobs.ledger import Ledger
from app.jobs.ledger_thread import LedgerThread
from app.jobs.outcome import Judge, Verdict
from app.jobs.schemas import Attempt, Ending, Job, JobError, JobState
from forecasting.jobs.job_folder import JobFolder
from forecasting.store.manifest import Manifest
from forecasting.store.store import ModelStore
from tests.support.in_process import RULES, nothing

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "ledger.sqlite")
    yield opened
    opened.close()


def settle(ledger: Ledger, folder: Path, store: ModelStore) -> JobState:
    """How a running job ends whose process has failed; `folder` holds the ledger and the jobs."""
    attempt = Attempt(id="1", started_at=NOW)
    job = Job(id="a", state=JobState.RUNNING, model="m", created_at=NOW, attempts=[attempt])
    ledger.add(job, key=None, max_queued=1)

    async def judge() -> None:
        thread = LedgerThread(folder)
        failed = Verdict(Ending.FAILED, JobError(code="x", detail="It failed by itself."))
        settling = Judge(thread, store, RULES, nothing).settle(job, JobFolder(folder / "a"), failed)
        await asyncio.wait_for(settling, 10)
        thread.close()

    asyncio.run(judge())
    found = ledger.job("a")
    assert found is not None
    return found.state


def test_a_cancel_that_comes_while_the_end_is_looked_into_is_kept(
    ledger: Ledger, tmp_path: Path
) -> None:
    class Cancelling(ModelStore):
        """While it is looked into, another process of the service accepts a cancel."""

        def published_by(self, model: str, job: str) -> Manifest | None:
            ledger.change("a", was=JobState.RUNNING, cancel_requested_at=NOW)
            return super().published_by(model, job)

    (tmp_path / "a").mkdir()
    assert settle(ledger, tmp_path, Cancelling(tmp_path / "store")) is JobState.CANCELLED


def test_a_job_whose_folder_was_deleted_ends(ledger: Ledger, tmp_path: Path) -> None:
    assert settle(ledger, tmp_path, ModelStore(tmp_path / "store")) is JobState.FAILED

"""What an earlier version of the service has left on disk opens in this one.

`copy/` holds a store and the jobs of a service that was killed while it ran a training, as it was
on 28 November 2026, but for most events of the running job, which would take much room.
"""

import asyncio
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from app.errors import JobsUnavailableError
from app.jobs.ledger import Ledger
from app.jobs.ledger_thread import LedgerThread
from app.jobs.open_ledger import open_ledger
from app.jobs.schemas import Ending, JobKind, JobState
from forecasting.errors import ConflictError
from forecasting.jobs.job_folder import JobFolder
from forecasting.jobs.job_spec import TrainingSpec
from forecasting.store.lifecycle import roll_back, set_alias
from forecasting.store.loader import load_version
from forecasting.store.store import ModelStore
from tests.support.tiny_models import PASSENGERS

COPY = Path(__file__).parent / "copy"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return shutil.copytree(COPY, tmp_path / "copy")


def test_a_store_is_served_and_changed(copy: Path) -> None:
    store = ModelStore(copy / "store")
    version = load_version(store, "tiny", 1)
    forecast = version.forecaster.forecast([np.array(PASSENGERS, float)], 4, (0.1, 0.9), [0])
    assert np.isfinite(forecast.point).all()
    assert store.default_version("tiny") == 1
    history = store.aliases_and_history("tiny")["production"].history
    assert [move.to_version for move in history] == [1, 2, 1]
    assert store.storage.records("tiny").taken == {1, 2, 3}  # 2 and 3 were deleted
    set_alias(store, "tiny", "staging", 1, by="cli")
    with pytest.raises(ConflictError, match="no other production version"):
        roll_back(store, "tiny", by="cli")


def test_jobs_of_every_state_go_on(copy: Path) -> None:
    ledger = open_ledger(copy / "jobs")
    jobs = {job.id: job for job in ledger.jobs()}
    assert [job.state for job in jobs.values()] == [
        *(JobState.QUEUED, JobState.CANCELLED, JobState.RUNNING),
        *(JobState.FAILED, JobState.SUCCEEDED, JobState.SUCCEEDED),
    ]
    queued, _, running, failed, backtest, training = jobs.values()
    assert [job.id for job in ledger.queued(9)] == [queued.id]
    assert [(job.id, worker) for job, worker in ledger.running()] == [(running.id, "")]
    assert failed.error is not None
    assert [attempt.ending for attempt in failed.attempts] == [Ending.LOST] * 3
    assert (training.version, backtest.kind) == (1, JobKind.BACKTEST)
    assert training.evaluation is not None
    assert [event.kind for event in ledger.events(training.id, 0)][-1] == "end"
    for job_id in jobs:
        folder = JobFolder(copy / "jobs" / job_id)
        assert folder.read_spec().id == job_id
        assert folder.read_series()[0].values.size == len(PASSENGERS)
    assert isinstance(JobFolder(copy / "jobs" / queued.id).read_spec(), TrainingSpec)
    attempt = running.attempts[-1].id
    assert ledger.change(running.id, was=JobState.RUNNING, attempt=attempt, state=JobState.QUEUED)
    ended = [job_id for job_id, job in reversed(jobs.items()) if job.state.is_end]
    assert failed.ended_at is not None
    assert failed.id not in ledger.forget_ended_before(failed.ended_at, at_most=9)
    assert failed.id in ledger.forget_ended_before(datetime.now(UTC), at_most=9)
    assert not set(ended) & ledger.ids()
    ledger.close()


def test_a_ledger_of_a_newer_version_is_refused_and_stays_as_it_is(copy: Path) -> None:
    path = copy / "jobs" / "ledger.sqlite"
    open_ledger(path.parent).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 1000")
    connection.close()
    before = path.read_bytes()
    ledger = LedgerThread(path.parent)
    with pytest.raises(JobsUnavailableError, match="newer version of the service"):
        asyncio.run(ledger(Ledger.count_queued))
    ledger.close()
    assert path.read_bytes() == before

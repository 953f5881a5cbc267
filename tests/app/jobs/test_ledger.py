"""A change of the ledger that comes too late changes nothing, in SQLite and in PostgreSQL."""

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Barrier

import pytest
from pydantic import SecretStr

from app.errors import (
    IdempotencyKeyReusedError,
    LedgerUnavailableError,
    TooManyJobsError,
)
from app.jobs.ledger import Ledger
from app.jobs.open_ledger import open_ledger
from app.jobs.request_key import RequestKey
from app.jobs.schemas import Attempt, Job, JobState
from forecasting.errors import AttemptOverError
from forecasting.jobs.job_folder import JobFolder
from tests.support.postgres import PostgresServer

NOW = datetime(2026, 1, 1, tzinfo=UTC)
QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED = JobState
OpenLedger = Callable[[], Ledger]


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> SecretStr | None:
    """Return where the ledger of the test is, None for a file."""
    if request.param == "sqlite":
        return None
    server: PostgresServer = request.getfixturevalue("postgres")
    return SecretStr(server.new_database())


@pytest.fixture
def open_another(tmp_path: Path, url: SecretStr | None) -> OpenLedger:
    return partial(open_ledger, tmp_path, url)


@pytest.fixture
def ledger(open_another: OpenLedger) -> Iterator[Ledger]:
    opened = open_another()
    opened.add(job("a"), key=None, max_queued=1)
    yield opened
    opened.close()


def job(name: str) -> Job:
    return Job(id=name, state=QUEUED, model="m", created_at=NOW)


def start(ledger: Ledger, attempt: str, worker: str = "w") -> Job | None:
    return ledger.start("a", Attempt(id=attempt, started_at=NOW), worker)


def test_a_job_starts_once(ledger: Ledger) -> None:
    assert start(ledger, "1") is not None
    assert start(ledger, "2", "v") is None
    ((found, worker),) = ledger.running()
    assert ([attempt.id for attempt in found.attempts], worker) == (["1"], "w")
    assert found.started_at == NOW


@pytest.mark.parametrize("end", [SUCCEEDED, FAILED, CANCELLED])
def test_a_job_that_has_ended_stays_as_it_is(ledger: Ledger, end: JobState) -> None:
    start(ledger, "1")
    as_it_ended = ledger.change("a", was=RUNNING, attempt="1", state=end, ended_at=NOW)
    events = ledger.events("a", 0)
    for state in (QUEUED, *{SUCCEEDED, FAILED, CANCELLED} - {end}):
        assert ledger.change("a", was=RUNNING, attempt="1", state=state) is None
    assert ledger.report("a", "1", [("log", "{}")], None) is None
    assert not ledger.take_over("a", "1", "v", before="w")
    assert ledger.job("a") == as_it_ended
    assert ledger.events("a", 0) == events


def test_what_an_attempt_reports_after_it_was_given_up_changes_nothing(ledger: Ledger) -> None:
    start(ledger, "1")
    ledger.change("a", was=RUNNING, attempt="1", state=QUEUED)
    start(ledger, "2")
    ledger.set_handle("a", "1", "late")
    assert ledger.handle("a") is None
    assert ledger.report("a", "1", [("log", "{}")], None) is None
    assert ledger.change("a", was=RUNNING, attempt="1", state=SUCCEEDED) is None
    assert ledger.change("a", was=RUNNING, attempt="2", state=SUCCEEDED) is not None


def test_one_worker_takes_a_job_over(ledger: Ledger) -> None:
    start(ledger, "1")
    assert not ledger.take_over("a", "1", "v", before="x")
    assert ledger.take_over("a", "1", "v", before="w")
    assert not ledger.take_over("a", "1", "u", before="w")
    assert [worker for _, worker in ledger.running()] == ["v"]


def test_a_second_connection_sees_the_same_limit(ledger: Ledger, open_another: OpenLedger) -> None:
    other = open_another()
    with pytest.raises(TooManyJobsError):
        other.add(job("b"), key=None, max_queued=1)
    other.close()


def test_those_who_race_for_a_new_ledger_share_its_jobs(open_another: OpenLedger) -> None:
    """Each of four opens it, adds what the others add, too, and runs what it gets."""
    racers, limit = 4, 20
    all_ready = Barrier(racers)

    def race(worker: str) -> tuple[list[str], list[str]]:
        all_ready.wait(60)
        opened = open_another()
        added = [
            opened.add(job(secrets.token_hex(4)), key=RequestKey(str(key), "d"), max_queued=99).id
            for key in range(9)
        ]
        for _ in range(limit):
            try:
                opened.add(job(secrets.token_hex(4)), key=None, max_queued=limit)
            except TooManyJobsError:
                break
        all_ready.wait(60)
        started = []
        while queued := opened.queued(1):
            attempt = Attempt(id=worker, started_at=NOW)
            if opened.start(queued[0].id, attempt, worker) is not None:
                started.append(queued[0].id)
        opened.close()
        return added, started

    with ThreadPoolExecutor(racers) as threads:
        found = list(threads.map(race, "wxyz"))
    assert len({tuple(added) for added, _ in found}) == 1
    started = [job_id for _, job_ids in found for job_id in job_ids]
    assert len(started) == len(set(started)) == limit
    opened = open_another()
    assert all(len(found.attempts) == 1 for found in opened.jobs())
    with pytest.raises(IdempotencyKeyReusedError):
        opened.add(job("b"), key=RequestKey("1", "another"), max_queued=99)
    opened.close()


def test_old_jobs_are_forgotten_in_batches_the_oldest_first(ledger: Ledger) -> None:
    for name in "bcde":
        ledger.add(job(name), key=None, max_queued=9)
    for name, hours in (("a", 1), ("b", 2), ("c", 3), ("d", 4)):
        ended_at = NOW - timedelta(hours=hours, microseconds=hours)
        ledger.change(name, was=QUEUED, state=CANCELLED, ended_at=ended_at)
    before = NOW - timedelta(hours=1.5)
    assert ledger.forget_ended_before(before, at_most=2) == ["b", "c"]
    assert ledger.events("b", 0) == []
    assert ledger.forget_ended_before(before, at_most=2) == ["d"]
    assert ledger.forget_ended_before(before, at_most=2) == []
    assert ledger.ids() == {"a", "e"}


def test_a_folder_belongs_to_one_ledger(postgres: PostgresServer, tmp_path: Path) -> None:
    """For folders of jobs that a ledger does not know are deleted."""
    first, second = (SecretStr(postgres.new_database()) for _ in range(2))
    one, other = tmp_path / "one", tmp_path / "other"
    open_ledger(one, first).close()
    open_ledger(one, first).close()
    open_ledger(other).close()
    for folder, url in ((one, second), (one, None), (other, first), (other, second)):
        with pytest.raises(LedgerUnavailableError, match="FORECAST_JOBS_DIR"):
            open_ledger(folder, url)


def test_only_the_attempt_that_is_permitted_may_publish(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path)
    folder.permit("1")
    folder.permit("2", 2)
    with pytest.raises(AttemptOverError):
        folder.permit("1", 1)
    with pytest.raises(AttemptOverError), folder.permission("1"):
        pytest.fail("attempt 1 published")
    folder.withdraw("1")
    with folder.permission("2"):
        folder.withdraw("2")  # This comes too late: attempt 2 is publishing.
    folder.withdraw("2")
    with pytest.raises(AttemptOverError), folder.permission("2"):
        pytest.fail("attempt 2 published")


def test_a_database_without_an_encoding_will_do(postgres: PostgresServer, tmp_path: Path) -> None:
    url = SecretStr(postgres.new_database("TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'"))
    for _ in range(2):
        open_ledger(tmp_path, url).close()

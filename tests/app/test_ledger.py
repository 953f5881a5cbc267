"""What comes too late changes nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.errors import TooManyJobsError
from app.jobs.ledger import Ledger
from app.schemas.jobs import Attempt, Job, JobState
from forecasting.errors import AttemptOverError
from forecasting.job import JobFolder

NOW = datetime(2026, 1, 1, tzinfo=UTC)
QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED = JobState


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "ledger.sqlite")
    opened.add(job("a"), key=None, digest="", max_queued=1)
    yield opened
    opened.close()


def job(name: str) -> Job:
    return Job(id=name, state=QUEUED, model="m", created_at=NOW)


def start(ledger: Ledger, *attempts: str) -> Job | None:
    tried = [Attempt(id=attempt, started_at=NOW) for attempt in attempts]
    return ledger.change("a", was=QUEUED, state=RUNNING, attempts=tried)


def test_a_job_starts_once(ledger: Ledger) -> None:
    assert start(ledger, "1") is not None
    assert start(ledger, "2") is None
    found = ledger.job("a")
    assert found is not None
    assert [attempt.id for attempt in found.attempts] == ["1"]


@pytest.mark.parametrize("end", [SUCCEEDED, FAILED, CANCELLED])
def test_a_job_that_has_ended_stays_as_it_is(ledger: Ledger, end: JobState) -> None:
    start(ledger, "1")
    as_it_ended = ledger.change("a", was=RUNNING, attempt="1", state=end, ended_at=NOW)
    told = ledger.events("a", 0)
    for state in (QUEUED, *{SUCCEEDED, FAILED, CANCELLED} - {end}):
        assert ledger.change("a", was=RUNNING, attempt="1", state=state) is None
    assert ledger.report("a", "1", [("log", "{}")], None) is None
    assert ledger.job("a") == as_it_ended
    assert ledger.events("a", 0) == told


def test_an_attempt_that_was_given_up_is_not_heard(ledger: Ledger) -> None:
    start(ledger, "1")
    ledger.change("a", was=RUNNING, attempt="1", state=QUEUED)
    start(ledger, "1", "2")
    assert ledger.report("a", "1", [("log", "{}")], None) is None
    assert ledger.change("a", was=RUNNING, attempt="1", state=SUCCEEDED) is None
    assert ledger.change("a", was=RUNNING, attempt="2", state=SUCCEEDED) is not None


def test_a_second_ledger_on_the_file_sees_the_same_limit(ledger: Ledger, tmp_path: Path) -> None:
    other = Ledger(tmp_path / "ledger.sqlite")
    with pytest.raises(TooManyJobsError):
        other.add(job("b"), key=None, digest="", max_queued=1)
    other.close()


def test_only_the_attempt_that_is_permitted_may_publish(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path)
    folder.permit("1")
    folder.permit("2")
    with pytest.raises(AttemptOverError), folder.permission("1"):
        pytest.fail("attempt 1 published")
    folder.withdraw("1")
    with folder.permission("2"):
        folder.withdraw("2")  # too late: it is publishing
    folder.withdraw("2")
    with pytest.raises(AttemptOverError), folder.permission("2"):
        pytest.fail("attempt 2 published")

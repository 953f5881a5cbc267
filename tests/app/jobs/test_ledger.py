"""A change of the ledger that comes too late changes nothing."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.errors import TooManyJobsError
from app.jobs.ledger import Ledger
from app.jobs.schemas import Attempt, Job, JobState
from forecasting.errors import AttemptOverError
from forecasting.jobs.job_folder import JobFolder

NOW = datetime(2026, 1, 1, tzinfo=UTC)
QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED = JobState


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "ledger.sqlite")
    opened.add(job("a"), key=None, max_queued=1)
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
    events = ledger.events("a", 0)
    for state in (QUEUED, *{SUCCEEDED, FAILED, CANCELLED} - {end}):
        assert ledger.change("a", was=RUNNING, attempt="1", state=state) is None
    assert ledger.report("a", "1", [("log", "{}")], None) is None
    assert ledger.job("a") == as_it_ended
    assert ledger.events("a", 0) == events


def test_what_an_attempt_reports_after_it_was_given_up_changes_nothing(ledger: Ledger) -> None:
    start(ledger, "1")
    ledger.change("a", was=RUNNING, attempt="1", state=QUEUED)
    start(ledger, "1", "2")
    assert ledger.report("a", "1", [("log", "{}")], None) is None
    assert ledger.change("a", was=RUNNING, attempt="1", state=SUCCEEDED) is None
    assert ledger.change("a", was=RUNNING, attempt="2", state=SUCCEEDED) is not None


def test_a_second_ledger_on_the_file_sees_the_same_limit(ledger: Ledger, tmp_path: Path) -> None:
    other = Ledger(tmp_path / "ledger.sqlite")
    with pytest.raises(TooManyJobsError):
        other.add(job("b"), key=None, max_queued=1)
    other.close()


def test_many_open_a_new_ledger_at_once(tmp_path: Path) -> None:
    """The workers of a service do so when it starts for the first time."""
    all_ready = threading.Barrier(4)

    def open_and_close(folder: Path) -> None:
        all_ready.wait(60)
        Ledger(folder / "ledger.sqlite").close()

    with ThreadPoolExecutor(all_ready.parties) as openers:
        for number in range(20):
            folder = tmp_path / str(number)
            folder.mkdir()
            list(openers.map(open_and_close, [folder] * all_ready.parties))


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


def test_only_the_attempt_that_is_permitted_may_publish(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path)
    folder.permit("1")
    folder.permit("2")
    with pytest.raises(AttemptOverError), folder.permission("1"):
        pytest.fail("attempt 1 published")
    folder.withdraw("1")
    with folder.permission("2"):
        folder.withdraw("2")  # This comes too late: attempt 2 is publishing.
    folder.withdraw("2")
    with pytest.raises(AttemptOverError), folder.permission("2"):
        pytest.fail("attempt 2 published")

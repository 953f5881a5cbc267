"""The ledger of the jobs: SQLite, write-ahead log, shared by every process of the service.

A change names the state that it starts from, and the attempt: what comes too late changes nothing.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from app.errors import IdempotencyKeyReusedError, TooManyJobsError
from app.jobs.request_key import RequestKey
from app.jobs.schemas import Job, JobEvent, JobProgress, JobState

_BUSY_SECONDS = 5.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    key TEXT UNIQUE,
    digest TEXT,
    handle TEXT,
    document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state);
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job TEXT NOT NULL,
    kind TEXT NOT NULL,
    data TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_by_job ON events (job, id);
CREATE TABLE IF NOT EXISTS supervisor (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    name TEXT NOT NULL
);
"""
Said = tuple[str, str]
"""Kind and data, in JSON, of an event."""


class Ledger:
    """One connection, for one thread at a time. Every method may raise sqlite3.Error."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(
            path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        with _alone(path.parent):  # SQLite does not wait its turn to change the journal's mode
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            with self._transaction():
                for statement in _SCHEMA.split(";"):
                    self._connection.execute(statement)

    def close(self) -> None:
        self._connection.close()

    def job(self, job_id: str) -> Job | None:
        return next(self._select("id = ?", job_id), None)

    def jobs(self) -> list[Job]:
        """The newest first."""
        return list(self._select("TRUE ORDER BY number DESC"))

    def unfinished(self) -> list[Job]:
        """The oldest first."""
        states = (JobState.QUEUED, JobState.RUNNING)
        return list(self._select("state IN (?, ?) ORDER BY number", *states))

    def waiting(self) -> int:
        row = self._connection.execute(
            "SELECT COUNT(*) FROM jobs WHERE state = ?", (JobState.QUEUED,)
        ).fetchone()
        return int(row[0])

    def with_key(self, key: RequestKey) -> Job | None:
        """Raises IdempotencyKeyReusedError where the key came with something else."""
        row = self._connection.execute(
            "SELECT digest, document FROM jobs WHERE key = ?", (key.key,)
        ).fetchone()
        if row is None:
            return None
        if row[0] != key.digest:
            raise IdempotencyKeyReusedError
        return Job.model_validate_json(row[1])

    def add(self, job: Job, *, key: RequestKey | None, max_queued: int) -> Job:
        """The job, or the one that came with the same key before.

        Raises TooManyJobsError or IdempotencyKeyReusedError.
        """
        with self._transaction():
            if key is not None and (known := self.with_key(key)) is not None:
                return known
            if (waiting := self.waiting()) >= max_queued:
                raise TooManyJobsError(waiting)
            of_key = (None, None) if key is None else (key.key, key.digest)
            self._connection.execute(
                "INSERT INTO jobs (id, state, key, digest, document) VALUES (?, ?, ?, ?, ?)",
                (job.id, job.state, *of_key, job.model_dump_json()),
            )
            self._tell_state(job)
        return job

    def current(self, job_id: str, state: JobState, attempt: str | None) -> Job | None:
        """The job; None where it is in another state, or under another attempt."""
        job = self.job(job_id)
        if job is None or job.state is not state:
            return None
        if attempt is not None and (not job.attempts or job.attempts[-1].id != attempt):
            return None
        return job

    def change(
        self, job_id: str, /, *, was: JobState, attempt: str | None = None, **changes: Any
    ) -> Job | None:
        """Compare and set: None, and nothing is changed, where the job is in another state, or
        under another attempt."""
        return self.decide(job_id, lambda _: changes, was=was, attempt=attempt)

    def decide(
        self,
        job_id: str,
        changes: Callable[[Job], Mapping[str, Any]],
        /,
        *,
        was: JobState,
        attempt: str | None = None,
    ) -> Job | None:
        """Compare and set what follows from the job as it is at that moment, which nothing else
        changes in between."""
        with self._transaction():
            job = self.current(job_id, was, attempt)
            if job is None:
                return None
            changed = job.model_copy(update=changes(job))
            self._save(changed)
            if changed.state is not was:
                self._tell_state(changed)
                if changed.state.is_end:
                    self._tell(job_id, [("end", changed.model_dump_json())])
        return changed

    def report(
        self, job_id: str, attempt: str, said: list[Said], progress: JobProgress | None
    ) -> Job | None:
        """Add what a running attempt said; None, and nothing is added, where it is over."""
        if not said:
            return self.current(job_id, JobState.RUNNING, attempt)
        with self._transaction():
            job = self.current(job_id, JobState.RUNNING, attempt)
            if job is not None:
                self._tell(job_id, said)
                if progress is not None:
                    job = job.model_copy(update={"progress": progress})
                    self._save(job)
        return job

    def handle(self, job_id: str) -> str | None:
        """What the executor calls the process of the last attempt."""
        row = self._connection.execute("SELECT handle FROM jobs WHERE id = ?", (job_id,)).fetchone()
        return None if row is None or row[0] is None else str(row[0])

    def set_handle(self, job_id: str, handle: str) -> None:
        with self._transaction():
            self._connection.execute("UPDATE jobs SET handle = ? WHERE id = ?", (handle, job_id))

    def events(self, job_id: str, after: int) -> list[JobEvent]:
        """In the order in which they happened, those with a higher id than `after`."""
        rows = self._connection.execute(
            "SELECT id, kind, data FROM events WHERE job = ? AND id > ? ORDER BY id LIMIT 1000",
            (job_id, after),
        )
        return [JobEvent(id=row[0], kind=row[1], data=row[2]) for row in rows]

    def ids(self) -> set[str]:
        return {str(row[0]) for row in self._connection.execute("SELECT id FROM jobs")}

    def forget_ended_before(self, time: datetime, *, at_most: int) -> list[str]:
        """Drop jobs that ended before, the oldest first; returns their ids."""
        rows = self._connection.execute(
            "SELECT id FROM jobs WHERE state NOT IN (?, ?) "
            "AND julianday(json_extract(document, '$.ended_at')) < julianday(?) "
            "ORDER BY number LIMIT ?",
            (JobState.QUEUED, JobState.RUNNING, time.isoformat(), at_most),
        )
        old = [str(row[0]) for row in rows]
        if old:
            with self._transaction():
                for job_id in old:
                    self._connection.execute("DELETE FROM events WHERE job = ?", (job_id,))
                    self._connection.execute("DELETE FROM jobs WHERE id = ?", (job_id,))
        return old

    def supervisor(self) -> str | None:
        row = self._connection.execute("SELECT name FROM supervisor").fetchone()
        return None if row is None else str(row[0])

    def take_over(self, name: str, *, before: str | None) -> bool:
        """Become the supervisor; False where somebody else has in the meantime."""
        with self._transaction():
            if self.supervisor() != before:
                return False
            self._connection.execute("INSERT OR REPLACE INTO supervisor VALUES (1, ?)", (name,))
        return True

    def _save(self, job: Job) -> None:
        self._connection.execute(
            "UPDATE jobs SET state = ?, document = ? WHERE id = ?",
            (job.state, job.model_dump_json(), job.id),
        )

    def _tell_state(self, job: Job) -> None:
        data = json.dumps({"state": job.state, "attempt": len(job.attempts)})
        self._tell(job.id, [("state", data)])

    def _tell(self, job_id: str, said: Iterable[Said]) -> None:
        self._connection.executemany(
            "INSERT INTO events (job, kind, data) VALUES (?, ?, ?)",
            [(job_id, kind, data) for kind, data in said],
        )

    def _select(self, where: str, *values: str) -> Iterator[Job]:
        rows = self._connection.execute(f"SELECT document FROM jobs WHERE {where}", values)  # noqa: S608  only this class writes `where`
        return (Job.model_validate_json(row[0]) for row in rows)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One at a time, among threads and processes. Takes no room: it works on a full disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)

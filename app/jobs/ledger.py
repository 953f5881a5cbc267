"""The ledger of the jobs: a SQLite file that all processes of the service share.

Every change names the state, and often the attempt, that the job must still be in. A change that
comes too late changes nothing.

To change the tables, add a migration, and leave those before it as they are. Jobs are JSON, and get
new fields with defaults.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from app.database.database import Database
from app.errors import IdempotencyKeyReusedError, TooManyJobsError
from app.jobs.request_key import RequestKey
from app.jobs.schemas import Job, JobEvent, JobProgress, JobState

_MIGRATIONS = (
    # The first ledgers had these tables and no number, hence IF NOT EXISTS.
    """
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
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    name TEXT NOT NULL
);
""",
)
"""Each brings a ledger from one version of its tables to the next, the first from an empty file."""
NewEvent = tuple[str, str]
"""The kind of an event that has no id yet, and its data as JSON text."""


class Ledger(Database):
    """One connection to the ledger, which one thread at a time may use.

    Every method may raise sqlite3.Error.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, "ledger", _MIGRATIONS)

    def job(self, job_id: str) -> Job | None:
        """Return the job, or None if there is no such job."""
        return next(self._select("id = ?", job_id), None)

    def jobs(self) -> list[Job]:
        """Return all jobs, the newest first."""
        return list(self._select("TRUE ORDER BY number DESC"))

    def unfinished(self) -> list[Job]:
        """Return the jobs that are queued or running, the oldest first."""
        states = (JobState.QUEUED, JobState.RUNNING)
        return list(self._select("state IN (?, ?) ORDER BY number", *states))

    def count_queued(self) -> int:
        """Return how many jobs wait for a slot."""
        row = self._connection.execute(
            "SELECT COUNT(*) FROM jobs WHERE state = ?", (JobState.QUEUED,)
        ).fetchone()
        return int(row[0])

    def with_key(self, key: RequestKey) -> Job | None:
        """Return the job whose request came with this key, or None if there is none.

        Raises IdempotencyKeyReusedError if the key came with another request.
        """
        row = self._connection.execute(
            "SELECT digest, document FROM jobs WHERE key = ?", (key.key,)
        ).fetchone()
        if row is None:
            return None
        if row[0] != key.digest:
            raise IdempotencyKeyReusedError
        return Job.model_validate_json(row[1])

    def add(self, job: Job, *, key: RequestKey | None, max_queued: int) -> Job:
        """Add a job and return it, or return the one that came with the same key before.

        Raises TooManyJobsError if `max_queued` jobs wait already, or IdempotencyKeyReusedError.
        """
        with self._transaction():
            if key is not None and (known := self.with_key(key)) is not None:
                return known
            if (waiting := self.count_queued()) >= max_queued:
                raise TooManyJobsError(waiting)
            key_and_digest = (None, None) if key is None else (key.key, key.digest)
            self._connection.execute(
                "INSERT INTO jobs (id, state, key, digest, document) VALUES (?, ?, ?, ?, ?)",
                (job.id, job.state, *key_and_digest, job.model_dump_json()),
            )
            self._add_state_event(job)
        return job

    def current(self, job_id: str, state: JobState, attempt: str | None) -> Job | None:
        """Return the job, or None if it is in another state or has gone on to another attempt."""
        job = self.job(job_id)
        if job is None or job.state is not state:
            return None
        if attempt is not None and (not job.attempts or job.attempts[-1].id != attempt):
            return None
        return job

    def change(
        self, job_id: str, /, *, was: JobState, attempt: str | None = None, **changes: Any
    ) -> Job | None:
        """Change fields of a job, if it is still in the state `was` and under that attempt.

        Returns the changed job, or None if the job has gone on and nothing was changed.
        """
        return self.change_by(job_id, lambda _: changes, was=was, attempt=attempt)

    def change_by(
        self,
        job_id: str,
        changes_of: Callable[[Job], Mapping[str, Any]],
        /,
        *,
        was: JobState,
        attempt: str | None = None,
    ) -> Job | None:
        """As `change`, for changes that follow from the job as it is at that moment.

        Nothing else changes the job between the call of `changes_of` and the change.
        """
        with self._transaction():
            job = self.current(job_id, was, attempt)
            if job is None:
                return None
            changed = job.model_copy(update=changes_of(job))
            self._save(changed)
            if changed.state is not was:
                self._add_state_event(changed)
                if changed.state.is_end:
                    self._add_events(job_id, [("end", changed.model_dump_json())])
        return changed

    def report(
        self, job_id: str, attempt: str, events: list[NewEvent], progress: JobProgress | None
    ) -> Job | None:
        """Add the events of a running attempt, and set the job's progress unless it is None.

        Returns the job, or None if the attempt is over and nothing was added.
        """
        if not events:
            return self.current(job_id, JobState.RUNNING, attempt)
        with self._transaction():
            job = self.current(job_id, JobState.RUNNING, attempt)
            if job is not None:
                self._add_events(job_id, events)
                if progress is not None:
                    job = job.model_copy(update={"progress": progress})
                    self._save(job)
        return job

    def handle(self, job_id: str) -> str | None:
        """Return what the executor knows the process of the last attempt by."""
        row = self._connection.execute("SELECT handle FROM jobs WHERE id = ?", (job_id,)).fetchone()
        return None if row is None or row[0] is None else str(row[0])

    def set_handle(self, job_id: str, handle: str) -> None:
        """Set what the executor knows the process of the last attempt by."""
        with self._transaction():
            self._connection.execute("UPDATE jobs SET handle = ? WHERE id = ?", (handle, job_id))

    def events(self, job_id: str, after: int) -> list[JobEvent]:
        """Return the events with a higher id than `after`, a thousand at most, in their order."""
        rows = self._connection.execute(
            "SELECT id, kind, data FROM events WHERE job = ? AND id > ? ORDER BY id LIMIT 1000",
            (job_id, after),
        )
        return [JobEvent(id=row[0], kind=row[1], data=row[2]) for row in rows]

    def ids(self) -> set[str]:
        """Return the ids of all jobs."""
        return {str(row[0]) for row in self._connection.execute("SELECT id FROM jobs")}

    def forget_ended_before(self, time: datetime, *, at_most: int) -> list[str]:
        """Delete jobs that ended before `time`, the oldest first, and return their ids."""
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
        """Return the name of the supervisor; None if there has never been one."""
        row = self._connection.execute("SELECT name FROM supervisor").fetchone()
        return None if row is None else str(row[0])

    def take_over(self, name: str, *, before: str | None) -> bool:
        """Become the supervisor after the one named `before`.

        Returns False if another process has become the supervisor in the meantime.
        """
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

    def _add_state_event(self, job: Job) -> None:
        data = json.dumps({"state": job.state, "attempt": len(job.attempts)})
        self._add_events(job.id, [("state", data)])

    def _add_events(self, job_id: str, events: Iterable[NewEvent]) -> None:
        self._connection.executemany(
            "INSERT INTO events (job, kind, data) VALUES (?, ?, ?)",
            [(job_id, kind, data) for kind, data in events],
        )

    def _select(self, where: str, *values: str) -> Iterator[Job]:
        rows = self._connection.execute(f"SELECT document FROM jobs WHERE {where}", values)  # noqa: S608  Only this class writes `where`.
        return (Job.model_validate_json(row[0]) for row in rows)

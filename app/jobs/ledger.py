"""The ledger of the jobs, which all services and workers share, in SQLite or PostgreSQL.

Every change names the state, and often the attempt, that the job must still be in. A change that
comes too late changes nothing.

app.jobs.open_ledger has the tables. Jobs are JSON in them, and get new fields with defaults.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from app.database.sql import SqlDatabase
from app.errors import IdempotencyKeyReusedError, TooManyJobsError
from app.jobs.heartbeat import Workers, WorkerState
from app.jobs.request_key import RequestKey
from app.jobs.schemas import Attempt, Job, JobEvent, JobProgress, JobState

NewEvent = tuple[str, str]
"""The kind of an event that has no id yet, and its data as JSON text."""


class Ledger:
    """One connection to the ledger, which one thread at a time may use.

    Every method may raise sqlite3.Error or LedgerUnavailableError.
    """

    def __init__(self, database: SqlDatabase, workers: Workers) -> None:
        """`workers` are those that run the jobs of this ledger."""
        self._database = database
        self._workers = workers

    @property
    def in_place(self) -> bool:
        """Whether the connection is still to the ledger that is there."""
        return self._database.in_place

    def close(self) -> None:
        """Close the connection."""
        self._database.close()

    def job(self, job_id: str) -> Job | None:
        """Return the job, or None if there is no such job."""
        return next(self._select("id = ?", job_id), None)

    def jobs(self) -> list[Job]:
        """Return all jobs, the newest first."""
        return list(self._select("TRUE ORDER BY number DESC"))

    def queued(self, at_most: int) -> list[Job]:
        """Return the jobs that wait for a slot, the oldest first."""
        return list(self._select("state = ? ORDER BY number LIMIT ?", JobState.QUEUED, at_most))

    def count_queued(self) -> int:
        """Return how many jobs wait for a slot."""
        row = self._database.execute(
            "SELECT COUNT(*) FROM jobs WHERE state = ?", (JobState.QUEUED,)
        ).fetchone()
        return int(row[0])

    def running(self) -> list[tuple[Job, str]]:
        """Return the jobs that run, each with the name of the worker that runs it."""
        rows = self._database.execute(
            "SELECT document, worker FROM jobs WHERE state = ? ORDER BY number", (JobState.RUNNING,)
        )
        return [(Job.model_validate_json(row[0]), row[1] or "") for row in rows]

    def with_key(self, key: RequestKey) -> Job | None:
        """Return the job whose request came with this key, or None if there is none.

        Raises IdempotencyKeyReusedError if the key came with another request.
        """
        row = self._database.execute(
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
        with self._database.transaction(alone=True):
            if key is not None and (known := self.with_key(key)) is not None:
                return known
            if (waiting := self.count_queued()) >= max_queued:
                raise TooManyJobsError(waiting)
            key_and_digest = (None, None) if key is None else (key.key, key.digest)
            self._database.execute(
                "INSERT INTO jobs (id, state, key, digest, document) VALUES (?, ?, ?, ?, ?)",
                (job.id, job.state, *key_and_digest, job.model_dump_json()),
            )
            self._add_state_event(job)
        return job

    def current(
        self, job_id: str, state: JobState, attempt: str | None, *, locked: bool = False
    ) -> Job | None:
        """Return the job, or None if it is in another state or has gone on to another attempt.

        If `locked` is true, nobody else changes it until the transaction ends.
        """
        job = next(self._select(f"id = ?{self._database.row_lock if locked else ''}", job_id), None)
        if job is None or job.state is not state:
            return None
        if attempt is not None and (not job.attempts or job.attempts[-1].id != attempt):
            return None
        return job

    def start(self, job_id: str, attempt: Attempt, worker: str) -> Job | None:
        """Begin an attempt at a job that waits, by the worker of that name.

        Returns the job that runs now, or None if it does not wait any more.
        """

        def changes(job: Job) -> dict[str, Any]:
            return {
                "state": JobState.RUNNING,
                "started_at": job.started_at or attempt.started_at,
                "attempts": [*job.attempts, attempt],
            }

        with self._database.transaction():
            started = self._change(job_id, changes, JobState.QUEUED, None)
            if started is not None:
                self._set_worker(job_id, worker)
        return started

    def take_over(self, job_id: str, attempt: str, worker: str, *, before: str) -> bool:
        """Let a worker take care of an attempt that the worker named `before` has started.

        Returns False if the attempt is over, or another worker takes care of it already.
        """
        with self._database.transaction():
            if self.current(job_id, JobState.RUNNING, attempt, locked=True) is None:
                return False
            query = "SELECT COALESCE(worker, '') FROM jobs WHERE id = ?"
            if self._database.execute(query, (job_id,)).fetchone()[0] != before:
                return False
            self._set_worker(job_id, worker)
        return True

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
        with self._database.transaction():
            return self._change(job_id, changes_of, was, attempt)

    def report(
        self, job_id: str, attempt: str, events: list[NewEvent], progress: JobProgress | None
    ) -> Job | None:
        """Add the events of a running attempt, and set the job's progress unless it is None.

        Returns the job, or None if the attempt is over and nothing was added.
        """
        if not events:
            return self.current(job_id, JobState.RUNNING, attempt)
        with self._database.transaction():
            job = self.current(job_id, JobState.RUNNING, attempt, locked=True)
            if job is not None:
                self._add_events(job_id, events)
                if progress is not None:
                    job = job.model_copy(update={"progress": progress})
                    self._save(job)
        return job

    def handle(self, job_id: str) -> str | None:
        """Return what the executor knows the process of the last attempt by."""
        row = self._database.execute("SELECT handle FROM jobs WHERE id = ?", (job_id,)).fetchone()
        return None if row is None or row[0] is None else str(row[0])

    def set_handle(self, job_id: str, attempt: str, handle: str) -> None:
        """Set what the executor knows the process of an attempt by, unless the attempt is over."""
        with self._database.transaction():
            if self.current(job_id, JobState.RUNNING, attempt, locked=True) is not None:
                self._database.execute("UPDATE jobs SET handle = ? WHERE id = ?", (handle, job_id))

    def events(self, job_id: str, after: int) -> list[JobEvent]:
        """Return the events with a higher id than `after`, a thousand at most, in their order."""
        rows = self._database.execute(
            "SELECT id, kind, data FROM events WHERE job = ? AND id > ? ORDER BY id LIMIT 1000",
            (job_id, after),
        )
        return [JobEvent(id=row[0], kind=row[1], data=row[2]) for row in rows]

    def ids(self) -> set[str]:
        """Return the ids of all jobs."""
        return {str(row[0]) for row in self._database.execute("SELECT id FROM jobs")}

    def forget_ended_before(self, time: datetime, *, at_most: int) -> list[str]:
        """Delete jobs that ended before `time`, the oldest first, and return their ids."""
        rows = self._database.execute(
            "SELECT id FROM jobs WHERE ended_at < ? ORDER BY number LIMIT ?",
            (time.timestamp(), at_most),
        )
        old = [(str(row[0]),) for row in rows]
        if old:
            with self._database.transaction():
                self._database.execute_each("DELETE FROM events WHERE job = ?", old)
                self._database.execute_each("DELETE FROM jobs WHERE id = ?", old)
        return [job_id for (job_id,) in old]

    def beat(self, worker: str) -> None:
        """Say that the worker of that name does its work."""
        self._workers.beat(worker)

    def leave(self, worker: str) -> None:
        """Say that the worker of that name has ended, and runs no job any more."""
        self._workers.leave(worker)

    def workers(self, judge: str | None = None) -> dict[str, WorkerState]:
        """Return the workers that have left a trace, by their names; see `Workers.states`."""
        return self._workers.states(judge)

    def forget_dead_workers(self) -> None:
        """Forget the workers that have not been alive for long."""
        self._workers.forget_dead()

    def _change(
        self,
        job_id: str,
        changes_of: Callable[[Job], Mapping[str, Any]],
        was: JobState,
        attempt: str | None,
    ) -> Job | None:
        job = self.current(job_id, was, attempt, locked=True)
        if job is None:
            return None
        changed = job.model_copy(update=changes_of(job))
        self._save(changed)
        if changed.state is not was:
            self._add_state_event(changed)
            if changed.state.is_end:
                self._add_events(job_id, [("end", changed.model_dump_json())])
        return changed

    def _save(self, job: Job) -> None:
        self._database.execute(
            "UPDATE jobs SET state = ?, ended_at = ?, document = ? WHERE id = ?",
            (
                job.state,
                None if job.ended_at is None else job.ended_at.timestamp(),
                job.model_dump_json(),
                job.id,
            ),
        )

    def _set_worker(self, job_id: str, worker: str) -> None:
        self._database.execute("UPDATE jobs SET worker = ? WHERE id = ?", (worker, job_id))

    def _add_state_event(self, job: Job) -> None:
        data = json.dumps({"state": job.state, "attempt": len(job.attempts)})
        self._add_events(job.id, [("state", data)])

    def _add_events(self, job_id: str, events: Iterable[NewEvent]) -> None:
        self._database.execute_each(
            "INSERT INTO events (job, kind, data) VALUES (?, ?, ?)",
            [(job_id, kind, data) for kind, data in events],
        )

    def _select(self, where: str, *values: str | int) -> Iterator[Job]:
        rows = self._database.execute(f"SELECT document FROM jobs WHERE {where}", values)  # noqa: S608  Only this class writes `where`.
        return (Job.model_validate_json(row[0]) for row in rows)

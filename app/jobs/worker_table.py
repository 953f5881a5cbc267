"""Whether workers on several machines are alive, by what they write into the ledger.

Only the database's clock counts, because those of machines differ.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from app.database.sql import SqlDatabase
from app.jobs.heartbeat import PATIENCE_SECONDS, WorkerState

_BEAT_SECONDS = 1.0
_BEAT = (
    "INSERT INTO workers AS known (name, seen_at, since) VALUES (?, now(), now()) "
    "ON CONFLICT (name) DO UPDATE SET seen_at = now(), since = CASE "
    "WHEN known.seen_at > now() - make_interval(secs => ?) THEN known.since ELSE now() END"
)
_STATES = (
    "SELECT name, seen_at, seen_at > now() - make_interval(secs => ?) OR EXISTS "
    "(SELECT 1 FROM workers WHERE name = ? AND since > now() - make_interval(secs => ?)) "
    "FROM workers"
)


@dataclass(slots=True)
class WorkerTable:
    """The workers in the table of a PostgreSQL ledger.

    `seen_at` is a worker's last heartbeat, and `since` the first of those without a break.
    """

    database: SqlDatabase
    _next_beat: float = 0.0

    def beat(self, name: str) -> None:
        """As `app.jobs.heartbeat.Workers.beat`; more often than once a second is no use."""
        if time.monotonic() < self._next_beat:
            return
        self.database.execute(_BEAT, (name, PATIENCE_SECONDS))
        self._next_beat = time.monotonic() + _BEAT_SECONDS

    def leave(self, name: str) -> None:
        """As `app.jobs.heartbeat.Workers.leave`."""
        self.database.execute("DELETE FROM workers WHERE name = ?", (name,))

    def states(self, judge: str | None = None) -> dict[str, WorkerState]:
        """As `app.jobs.heartbeat.Workers.states`.

        While the database is out of reach, no worker is seen. So a judge gives nobody up before it
        has reached the database itself for as long as others must have done so.
        """
        values = (PATIENCE_SECONDS, judge, PATIENCE_SECONDS)
        rows = self.database.execute(_STATES, values)
        return {row[0]: WorkerState(is_alive=row[2], last_seen=row[1]) for row in rows}

    def forget_dead(self) -> None:
        """Forget workers that were last seen more than a day ago."""
        self.database.execute("DELETE FROM workers WHERE seen_at < now() - interval '1 day'")

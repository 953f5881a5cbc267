"""Whether a worker is alive, by the files in the jobs folder that workers lock and touch.

A worker keeps the lock of a file of its own for as long as it lives, and touches the file while it
does its work. Only on its own machine is that to be relied on. So where workers run on several,
they are found in the ledger (app.jobs.worker_table).
"""

from __future__ import annotations

import re
import secrets
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from app.jobs.file_lock import has_heartbeat, last_heartbeat
from forecasting.store.atomic_files import is_locked

PATIENCE_SECONDS = 10.0
"""A worker that has not shown for so long that it does its work is given up."""
_NAME_OF_FILE = ".supervisor-{}.lock"


@dataclass(frozen=True, slots=True)
class WorkerState:
    """A worker, or all workers together, as heartbeats show them."""

    is_alive: bool
    last_seen: datetime | None
    """None if there has never been a worker, or no trace of it is left."""


class Workers(Protocol):
    """The workers that run the jobs of a ledger.

    Beside what is said here, each keeps a file in the jobs folder, as this module says.
    """

    def beat(self, name: str) -> None:
        """Say that the worker of that name does its work."""

    def leave(self, name: str) -> None:
        """Say that the worker of that name has ended."""

    def states(self, judge: str | None = None) -> dict[str, WorkerState]:
        """Return the workers that have left a trace, by their names.

        If a worker, the judge, means to take over the jobs of those that are not alive, those count
        as alive that it could not have seen.
        """

    def forget_dead(self) -> None:
        """Forget workers that are not alive."""


@dataclass(frozen=True, slots=True)
class WorkerFiles:
    """The workers of one machine, by their files alone."""

    folder: Path

    def beat(self, name: str) -> None:
        """Do nothing, because the worker touches its file."""

    def leave(self, name: str) -> None:
        """Do nothing, because the worker deletes its file."""

    def states(self, judge: str | None = None) -> dict[str, WorkerState]:
        """As `Workers.states`."""
        found = {}
        for path in self.folder.glob(_NAME_OF_FILE.format("*")):
            prefix, suffix = _NAME_OF_FILE.split("{}")
            seen = last_heartbeat(path)
            found[path.name.removeprefix(prefix).removesuffix(suffix)] = WorkerState(
                has_heartbeat(path, PATIENCE_SECONDS), datetime.fromtimestamp(seen, UTC)
            )
        return found

    def forget_dead(self) -> None:
        """Delete the files of workers that are gone."""
        for path in self.folder.glob(_NAME_OF_FILE.format("*")):
            if not is_locked(path):
                path.unlink(missing_ok=True)


def new_worker_name() -> str:
    """Return a name that no other worker has; it begins with the name of this machine."""
    return f"{_machine()}-{secrets.token_hex(8)}"


def worker_file(folder: Path, name: str) -> Path:
    """Return the file that the worker of that name locks and touches."""
    return folder / _NAME_OF_FILE.format(name)


def all_together(states: dict[str, WorkerState]) -> WorkerState:
    """Return whether any worker is alive, and when one was last seen."""
    seen = [state.last_seen for state in states.values() if state.last_seen is not None]
    alive = any(state.is_alive for state in states.values())
    return WorkerState(alive, max(seen, default=None))


def is_any_alive_here(folder: Path) -> bool:
    """Return whether a worker on this machine, or in this container, does its work."""
    files = folder.glob(worker_file(folder, f"{_machine()}-*").name)
    return any(has_heartbeat(file, PATIENCE_SECONDS) for file in files)


def _machine() -> str:
    return re.sub(r"[^\w.-]", "-", socket.gethostname())

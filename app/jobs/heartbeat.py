"""Whether a worker is alive, by the files in the jobs folder that workers lock and touch.

A worker keeps the lock of a file of its own for as long as it lives, and touches the file while it
does its work. The ledger names the worker that runs the jobs; the others stand by.
"""

from __future__ import annotations

import re
import secrets
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.jobs.file_lock import has_heartbeat, last_heartbeat

PATIENCE_SECONDS = 10.0
"""A worker that has not touched its file for so long is given up."""


@dataclass(frozen=True, slots=True)
class WorkerState:
    """The worker that runs the jobs, as its heartbeat shows it."""

    is_alive: bool
    last_seen: datetime | None
    """None if there has never been a worker, or no trace of it is left."""


def new_worker_name() -> str:
    """Return a name that no other worker has; it begins with the name of this machine."""
    return f"{_machine()}-{secrets.token_hex(8)}"


def worker_file(folder: Path, name: str) -> Path:
    """Return the file that the worker of that name locks and touches."""
    return folder / f".supervisor-{name}.lock"


def is_alive(folder: Path, name: str) -> bool:
    """Return whether the worker of that name does its work."""
    return has_heartbeat(worker_file(folder, name), PATIENCE_SECONDS)


def last_seen(folder: Path, name: str) -> float:
    """Return when the worker of that name last did its work, in seconds since 1970, or 0."""
    return last_heartbeat(worker_file(folder, name))


def find_worker(folder: Path, name: str | None) -> WorkerState:
    """Return the state of the worker that the ledger names, None if it names none."""
    if name is None:
        return WorkerState(is_alive=False, last_seen=None)
    seen = last_seen(folder, name)
    return WorkerState(is_alive(folder, name), datetime.fromtimestamp(seen, UTC) if seen else None)


def is_any_alive_here(folder: Path) -> bool:
    """Return whether a worker on this machine, or in this container, does its work."""
    files = folder.glob(worker_file(folder, f"{_machine()}-*").name)
    return any(has_heartbeat(file, PATIENCE_SECONDS) for file in files)


def _machine() -> str:
    return re.sub(r"[^\w.-]", "-", socket.gethostname())

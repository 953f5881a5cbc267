"""Lock files that tell whether their holder is alive: the kernel releases the lock of a process
that is gone."""

from __future__ import annotations

import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from forecasting.store.atomic_files import is_locked


@dataclass(frozen=True, slots=True)
class FileLock:
    """A lock that is held until `release`.

    If processes inherit the descriptor, it is held until all of them are gone, too.
    """

    path: Path
    descriptor: int

    @classmethod
    def acquire(cls, path: Path) -> Self:
        """Take the lock without waiting. Raises BlockingIOError if somebody else holds it."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise
        return cls(path, descriptor)

    @property
    def in_place(self) -> bool:
        """Whether the file is still there, so that others can find out that the lock is held."""
        try:
            return os.path.samestat(self.path.stat(), os.fstat(self.descriptor))
        except FileNotFoundError:
            return False

    def heartbeat(self) -> None:
        """Show that the holder does its work, by the file's time of modification.

        This takes no room, so that it works on a full disk.
        """
        os.utime(self.descriptor)

    def release(self) -> None:
        """Close the file, which releases the lock unless another process has inherited it."""
        os.close(self.descriptor)


def last_heartbeat(path: Path) -> float:
    """Return when the last heartbeat was, in seconds since 1970, or 0 if there was none."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def has_heartbeat(path: Path, patience_s: float) -> bool:
    """Return whether the holder is alive and has done its work in the last `patience_s` seconds."""
    return is_locked(path) and time.time() - last_heartbeat(path) < patience_s

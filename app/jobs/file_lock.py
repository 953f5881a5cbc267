"""Lock files that say who is alive: the kernel lets go of a lock when its process is gone."""

from __future__ import annotations

import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class Life:
    """A lock held until `end`, or until every process that was given its descriptor is gone."""

    path: Path
    descriptor: int

    @classmethod
    def begin(cls, path: Path) -> Self:
        """Raises BlockingIOError where somebody else has it."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise
        return cls(path, descriptor)

    def beat(self) -> None:
        """Takes no room: it works on a full disk."""
        os.utime(self.descriptor)

    def end(self) -> None:
        os.close(self.descriptor)


def is_alive(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def last_beat(path: Path) -> float:
    """In seconds since 1970; 0 where there was none."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def beats(path: Path, patience_s: float) -> bool:
    """Whether its holder is alive and does its work."""
    return is_alive(path) and time.time() - last_beat(path) < patience_s

"""Stopping early: a signal ends what is measured, and what was counted by then is printed."""

from __future__ import annotations

import signal
import time
from threading import Event

_asked = Event()


class StoppedError(Exception):
    """A part was asked to stop before it had anything to say."""


def stop_on_signals() -> None:
    """From now on, take note of SIGTERM and SIGINT."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _asked.set())


def is_asked_to_stop() -> bool:
    """Return whether a signal has come."""
    return _asked.is_set()


def go_on() -> None:
    """Raise StoppedError if a signal has come."""
    if _asked.is_set():
        raise StoppedError


class Stretch:
    """So many seconds from now on, or fewer if a signal comes."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        """Whether the time is over or a signal has come."""
        return _asked.is_set() or time.monotonic() > self._end

    def pause(self, seconds: float) -> None:
        """Wait for so long, or until a signal comes."""
        _asked.wait(seconds)

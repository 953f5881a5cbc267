"""Notices that the service was asked to stop, so that answers without an end can end in time.

On a signal the server stops taking requests and waits for the answers that it has begun. A stream
of events would keep it waiting for ever, so such an answer watches `Shutdown` and ends by itself.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType


class Shutdown:
    """Whether the service was asked to stop."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    @property
    def requested(self) -> bool:
        """Whether the service was asked to stop."""
        return self._event.is_set()

    async def wait_at_most(self, seconds: float) -> None:
        """Return when the service is asked to stop, and after `seconds` in any case."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), seconds)

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Let SIGTERM and SIGINT request the shutdown, and then do what they did before.

        Only the main thread can handle signals; in any other thread the block changes nothing.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

        def request_shutdown(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self._event.set)
            usual_handler = before[signal.Signals(number)]
            if callable(usual_handler):
                usual_handler(number, frame)

        for number in before:
            signal.signal(number, request_shutdown)
        try:
            yield
        finally:
            for number, usual_handler in before.items():
                signal.signal(number, usual_handler)

"""Knowing at once that the service is asked to stop: it then waits for its answers to end, and
one that goes on until something happens must end by itself."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType


class Closing:
    def __init__(self) -> None:
        self._event = asyncio.Event()

    def is_set(self) -> bool:
        return self._event.is_set()

    async def wait(self, seconds: float) -> None:
        """Until the service is asked to stop, `seconds` at most."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), seconds)

    @contextmanager
    def noticing_signals(self) -> Iterator[None]:
        """Inside, SIGTERM and SIGINT are noticed, and then do what they did before."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

        def notice(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self._event.set)
            handler = before[signal.Signals(number)]
            if callable(handler):
                handler(number, frame)

        for number in before:
            signal.signal(number, notice)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

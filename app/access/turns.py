"""Turns: while several callers want forecasts, none of them has many under way at the same time.

A caller that sends hundreds of requests at once would otherwise have the single request of another
wait behind all of them. Requests of a caller that has been alone for a while never wait here.
"""

from __future__ import annotations

import asyncio
from collections import deque

from app.errors import OverloadedError

_SHARE = 4
"""So many requests of a caller are under way while there are others."""
_ALONE_AFTER_SECONDS = 5.0
"""A caller is alone once nobody else has asked for so long."""


class _Caller:
    __slots__ = ("under_way", "waiting")

    def __init__(self) -> None:
        self.under_way = 0
        self.waiting: deque[asyncio.Future[None]] = deque()


class Turns:
    """Gives each request its turn, in the order in which those of its caller came."""

    def __init__(self, most_waiting: int, patience_s: float) -> None:
        self._callers: dict[str, _Caller] = {}
        self._latest = ""
        self._shared_until = 0.0
        self._most_waiting = most_waiting
        self._patience_s = patience_s

    async def begin(self, name: str) -> None:
        """Wait for a turn of the caller of that name, which lasts until `end`.

        Raises OverloadedError if too many requests of the caller wait already, or if this one has
        waited too long.
        """
        if name != self._latest:
            if self._latest:
                self._shared_until = asyncio.get_running_loop().time() + _ALONE_AFTER_SECONDS
            self._latest = name
        caller = self._callers.get(name)
        if caller is None:
            caller = self._callers[name] = _Caller()
        if caller.waiting or not self._may_start(caller):
            try:
                async with asyncio.timeout(self._patience_s):
                    await self._wait(name, caller)
            except TimeoutError as error:
                raise OverloadedError(1) from error
        else:
            caller.under_way += 1

    def end(self, name: str) -> None:
        """End a turn that has begun."""
        caller = self._callers[name]
        caller.under_way -= 1
        self._go_on(name, caller)

    def _may_start(self, caller: _Caller) -> bool:
        if caller.under_way < _SHARE:
            return True
        return self._shared_until <= asyncio.get_running_loop().time()

    async def _wait(self, name: str, caller: _Caller) -> None:
        """Wait until `_start_waiting` has counted this request as under way."""
        if len(caller.waiting) >= self._most_waiting:
            raise OverloadedError(1)
        turn = asyncio.get_running_loop().create_future()
        caller.waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                caller.under_way -= 1
                self._go_on(name, caller)
            else:
                caller.waiting.remove(turn)
            raise

    def _go_on(self, name: str, caller: _Caller) -> None:
        """Give the turn that has ended to whoever waits for one."""
        if caller.under_way or caller.waiting:
            self._start_waiting(caller)
            return
        del self._callers[name]

    def _start_waiting(self, caller: _Caller) -> None:
        while caller.waiting and self._may_start(caller):
            turn = caller.waiting.popleft()
            if not turn.done():
                caller.under_way += 1
                turn.set_result(None)

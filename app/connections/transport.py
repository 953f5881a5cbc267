"""The head and the body of an answer in one write."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any


class HeadWithBody:
    """The transport of one answer, whose head waits for the body that follows in the same turn.

    uvicorn writes them one after the other, and the system takes as long for each as for both.
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        close: Callable[[], None],
    ) -> None:
        """`close` ends the connection, once all is written."""
        self._transport = transport
        self._loop = loop
        self._close = close
        self._head = b""
        self._has_begun = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write a part of the answer, the first of which is its head."""
        if not self._has_begun:
            self._has_begun, self._head = True, data
            self._loop.call_soon(self._flush)
        else:
            self._transport.write(self._take_head() + data)

    def close(self) -> None:
        """Write what waits, and close the connection."""
        self._flush()
        self._close()

    def _flush(self) -> None:
        if head := self._take_head():
            self._transport.write(head)

    def _take_head(self) -> bytes:
        head, self._head = self._head, b""
        return head

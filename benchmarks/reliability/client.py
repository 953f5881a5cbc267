"""A client that costs little, so that the service is what is measured."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Self

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; the status is 0 if the connection broke."""

    status: int
    body: bytes


def post(path: str, body: bytes, key: str | None = None) -> bytes:
    """Return the bytes of a request whose body is JSON."""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: service\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n"
    )
    return (head + (f"x-api-key: {key}\r\n" if key else "") + "\r\n").encode() + body


class Connection:
    """A connection that is kept, and opened again when it breaks."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._close()

    async def send(self, request: bytes) -> Answer:
        """Send the bytes of a request, and return the answer, which has a content-length."""
        try:
            if self._writer is None:
                self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
            assert self._reader is not None
            self._writer.write(request)
            head = await self._reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            body = await self._reader.readexactly(int(length[1]) if length else 0)
            if b"connection: close" in head.lower():
                self._close()
            return Answer(int(head[9:12]), body)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            self._close()
            return Answer(0, b"")

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

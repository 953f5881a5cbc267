"""Connections that end if their client keeps them waiting, or sends headers without end."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_MOST_HEADER_BYTES = 64 * 2**10


class ImpatientProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which by itself waits for headers as long as the client likes.

    uvicorn ends connections that are idle between requests; bodies are read with a limit of time.
    """

    def __init__(self, *args: Any, patience_s: float, **kwargs: Any) -> None:
        """`patience_s` is how long after the connection, or their first byte, headers are there."""
        super().__init__(*args, **kwargs)
        self._patience_s = patience_s
        self._headers_begun = False
        self._header_bytes = 0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)  # type: ignore[arg-type]  # uvicorn narrows it
        self._wait_for_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what has come, and end the connection if the headers are too long."""
        super().data_received(data)
        if self._headers_begun:
            self._header_bytes += len(data)
            if self._header_bytes > _MOST_HEADER_BYTES:
                self._end(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        """Begin to wait for the end of the headers."""
        self._headers_begun = True
        if self._timer is None:
            self._wait_for_headers()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Go on to the body."""
        self._headers_begun = False
        self._header_bytes = 0
        self._stop_waiting()
        super().on_headers_complete()

    def _wait_for_headers(self) -> None:
        too_late = HTTPStatus.REQUEST_TIMEOUT
        self._timer = self.loop.call_later(self._patience_s, self._end, too_late)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _end(self, status: HTTPStatus) -> None:
        """Answer with a status and nothing else, and close the connection."""
        self._stop_waiting()
        self._headers_begun = False
        if not self.transport.is_closing():
            head = f"HTTP/1.1 {status.value} {status.phrase}\r\n"
            self.transport.write(f"{head}content-length: 0\r\nconnection: close\r\n\r\n".encode())
            self.transport.close()

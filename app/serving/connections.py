"""Connections that end if their client keeps them waiting, or sends headers without end."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from app.exception_handlers import Problem
from app.requests.request_id import new_id

_MOST_HEADER_BYTES = 64 * 2**10
"""A request has so many bytes besides its body, and"""
_LARGEST_FRAMES = 8
"""so many for each byte of the body, in which chunks of a byte each have their lengths."""
_SLOWEST = 1_000
"""A body gets another second for so many bytes that have come."""


class _HeadWithBody:
    """The transport of one answer, whose head waits for the body that follows in the same turn.

    uvicorn writes them one after the other, and the system takes as long for each as for both.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
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
        self._transport.close()

    def _flush(self) -> None:
        if head := self._take_head():
            self._transport.write(head)

    def _take_head(self) -> bytes:
        head, self._head = self._head, b""
        return head


class ImpatientProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which by itself waits for a request as long as the client likes.

    One timer runs from the connection, or the first byte of a request, to the end of the request.
    uvicorn itself ends connections that are idle between requests.
    """

    def __init__(self, *args: Any, patience_s: float, **kwargs: Any) -> None:
        """`patience_s` is how long a client may take for a request, and longer for a long body."""
        super().__init__(*args, **kwargs)
        self._patience_s = patience_s
        self._bytes = self._body_bytes = 0
        self._has_begun = False
        self._begun = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._running: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)  # type: ignore[arg-type]  # uvicorn narrows it
        self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer, and tell the request that runs, though others follow it already."""
        self._stop_waiting()
        self.pipeline.clear()
        if self._running is not None and not self._running.response_complete:
            self._running.disconnected = True
            self._running.message_event.set()
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Remember which request runs: uvicorn tells only the last one that the client has left."""
        self._running = cycle
        cycle.transport = _HeadWithBody(cycle.transport, self.loop)  # type: ignore[assignment]  # it does what an answer needs
        super()._start_asgi_task(cycle, app)

    def data_received(self, data: bytes) -> None:
        """Parse what has come, and end the connection if the headers are too long."""
        super().data_received(data)
        if self._timer is None and (self.cycle is None or self.cycle.response_complete):
            self._begin()  # uvicorn waits no longer for a next request, whatever has come.
        elif self._has_begun:
            self._has_begun = False  # What has come belongs to the request before, too.
        else:
            self._bytes += len(data)
            if self._bytes - _LARGEST_FRAMES * self._body_bytes > _MOST_HEADER_BYTES:
                self._end(
                    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                    code="headers_too_long",
                    detail="The address and the headers have more than 64 KiB together. Send "
                    "options that are long in a body of JSON.",
                )

    def on_message_begin(self) -> None:
        """Begin to wait for the end of the request."""
        self._stop_waiting()
        self._begin()
        super().on_message_begin()

    def on_body(self, body: bytes) -> None:
        """Go on with the body, which may be long, unlike headers and trailers."""
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Wait no longer: the request is there, whole."""
        self._stop_waiting()
        super().on_message_complete()

    def _begin(self) -> None:
        self._bytes = self._body_bytes = 0
        self._has_begun = True
        self._begun = self.loop.time()
        self._timer = self.loop.call_later(self._patience_s, self._look)

    def _look(self) -> None:
        """End the connection if the client is late, and otherwise look again later.

        While the service itself does not read on, the client is not late.
        """
        now = self.loop.time()
        late = now - self._begun - self._bytes / _SLOWEST - self._patience_s
        if late < 0 or self.flow.read_paused:
            self._timer = self.loop.call_later(max(-late, 1.0), self._look)
        else:
            self._end(
                HTTPStatus.REQUEST_TIMEOUT,
                code="request_slow",
                detail="The request did not come in time. Send it faster.",
            )

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be parsed, for which uvicorn itself has a text of its own."""
        self._end(
            HTTPStatus.BAD_REQUEST,
            code="request_broken",
            detail="This is no request of HTTP, or its address has more than 64 KiB. Send "
            "options that are long in a body of JSON.",
        )

    def _end(self, status: HTTPStatus, *, code: str, detail: str) -> None:
        """Answer with a problem document, and close the connection."""
        self._stop_waiting()
        if self.transport.is_closing():
            return
        problem = Problem(
            title=status.phrase, status=status, detail=detail, code=code, request_id=new_id()
        )
        body = problem.model_dump_json()
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: application/problem+json\r\n"
            f"x-request-id: {problem.request_id}\r\ncontent-length: {len(body)}\r\n"
            "connection: close\r\n\r\n"
        )
        self.transport.write((head + body).encode())
        self.transport.close()

"""Connections that end if their client keeps them waiting, or sends what is no request."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from app.connections.broken import (
    MOST_HEADER_BYTES,
    HeadersTooLongError,
    RequestBrokenError,
    RequestSlowError,
    note_broken,
)
from app.connections.transport import HeadWithBody
from app.errors import ServiceError

_MOST_BYTES = MOST_HEADER_BYTES + 2**10
"""A request has so many bytes besides its body, some of which are blanks and its version, and"""
_LARGEST_FRAMES = 8
"""so many for each byte of the body, in which chunks of a byte each have their lengths."""
_SLOWEST = 1_000
"""A body gets another second for so many bytes that have come."""
_MOST_QUOTED = 200
"""So many characters of an address stand in the log if the request is broken."""


class ImpatientProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which by itself waits for a request as long as the client likes.

    One timer runs from the connection, or the first byte of a request, to the end of the request.
    uvicorn itself ends connections that are idle between requests.

    What is no request is answered after the requests before it, and ends the connection.
    """

    def __init__(self, *args: Any, patience_s: float, **kwargs: Any) -> None:
        """`patience_s` is how long a client may take for a request, and longer for a long body."""
        super().__init__(*args, **kwargs)
        self._patience_s = patience_s
        self._bytes = self._body_bytes = 0
        self._has_ended = False
        self._begun = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._reads: Literal["nothing", "head", "body"] = "nothing"
        self._is_over = False
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
        answer = HeadWithBody(self.transport, self.loop, self._close)
        cycle.transport = answer  # type: ignore[assignment]  # it does what an answer needs
        super()._start_asgi_task(cycle, app)

    def data_received(self, data: bytes) -> None:
        """Parse what has come, and end the connection if it is no request, or one without end."""
        if self._is_over:
            return
        self._unset_keepalive_if_required()
        self._has_ended = False
        try:
            self._parse(data)
        except httptools.HttpParserError as error:
            self._refuse(self._reason(error))
            return
        if self._timer is None and (self.cycle is None or self.cycle.response_complete):
            self._begin()  # uvicorn waits no longer for a next request, whatever has come.
        elif not self._has_ended:  # Otherwise it belongs to the request before, too.
            self._bytes += len(data)
            if self._bytes - _LARGEST_FRAMES * self._body_bytes > _MOST_BYTES:
                self._refuse(HeadersTooLongError())

    def on_message_begin(self) -> None:
        """Begin to wait for the end of the request."""
        self._stop_waiting()
        self._begin()
        self._reads = "head"
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Begin to answer the request, unless its headers are too long."""
        if self._asks_for_upgrade():
            return
        lengths = (len(name) + len(value) + len(": \r\n") for name, value in self.headers)
        if len(self.url) + sum(lengths) > MOST_HEADER_BYTES:
            raise HeadersTooLongError
        super().on_headers_complete()
        self._reads = "body"

    def on_body(self, body: bytes) -> None:
        """Go on with the body, which may be long, unlike headers and trailers."""
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Wait no longer: the request is there, whole."""
        if self._asks_for_upgrade():
            return
        self._stop_waiting()
        self._reads, self._has_ended = "nothing", True
        super().on_message_complete()

    def _parse(self, data: bytes) -> None:
        """Parse what has come. Raises HttpParserError if it is no request.

        A request may ask to go on in another protocol, as Java's client does for HTTP/2, and the
        service may ignore that (RFC 9110, section 7.8). But the parser takes the body for one of
        that protocol. So such a request is parsed again as one that does not ask, by a parser that
        has not seen it: after a request that ends the connection, a parser reads no more.
        """
        rest = memoryview(data)
        while rest:
            try:
                self.parser.feed_data(rest)
            except httptools.HttpParserUpgrade as upgrade:
                rest = rest[upgrade.args[0] :]
            else:
                return
            if self._asks_for_upgrade():
                head = self._head_without_upgrade()
                self.parser = httptools.HttpRequestParser(self)
                self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn's
                self.parser.feed_data(head)

    def _asks_for_upgrade(self) -> bool:
        """Return whether the request names another protocol, rather than asks for a tunnel."""
        return (
            self.parser.should_upgrade()
            and self.parser.get_method() != b"CONNECT"
            and any(name == b"upgrade" for name, _ in self.headers)
        )

    def _head_without_upgrade(self) -> bytes:
        version = self.parser.get_http_version().encode()
        kept = (b"%b: %b\r\n" % header for header in self.headers if header[0] != b"upgrade")
        first = b"%b %b HTTP/%b\r\n" % (self.parser.get_method(), self.url, version)
        return b"".join([first, *kept, b"\r\n"])

    def _begin(self) -> None:
        self._bytes = self._body_bytes = 0
        self._begun = self.loop.time()
        self._timer = self.loop.call_later(self._patience_s, self._look)

    def _look(self) -> None:
        """End the connection if the client is late, and otherwise look again later.

        While the service itself does not read on, the client is not late.
        """
        now = self.loop.time()
        late = now - self._begun - self._body_bytes / _SLOWEST - self._patience_s
        if late < 0 or self.flow.read_paused:
            self._timer = self.loop.call_later(max(-late, 1.0), self._look)
        else:
            self._refuse(RequestSlowError())

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _reason(self, error: httptools.HttpParserError) -> ServiceError:
        """Return what was wrong, in the words of the parser, and with the place as far as known."""
        if isinstance(error.__context__, ServiceError):
            return error.__context__
        said = str(error).lower()
        if self._reads == "body":
            return RequestBrokenError(f"The body is not what its headers say: {said}.")
        if self.url and self.parser.get_method() == b"PRI":  # RFC 9113, section 3.4
            return RequestBrokenError(
                "This is HTTP/2, and the service speaks HTTP/1.1. Have the client begin with that, "
                "as `curl --http1.1` does, or put a proxy that speaks both before the service."
            )
        place = f", after the address {self._path()}" if self.url else ""
        if isinstance(error, httptools.HttpParserCallbackError):
            said, place = f"the address {self._path()} cannot be read", ""
        elif self.headers:
            place = f", after the header {self.headers[-1][0].decode('latin-1')}"
        cure = ""
        if not self.url:
            cure = " A request begins with a line such as POST /predict HTTP/1.1, in ASCII."
            if self.cycle is not None:
                cure += " If this is the rest of a body, the content-length before it is too small."
        return RequestBrokenError(f"This is no request of HTTP/1.1: {said}{place}.{cure}")

    def _path(self) -> str:
        path = self.url.partition(b"?")[0].decode("ascii", "replace")
        return path if len(path) <= _MOST_QUOTED else f"{path[:_MOST_QUOTED]}…"

    def _refuse(self, error: ServiceError) -> None:
        """Answer what is no whole request, after the requests before it, and read no more."""
        self._is_over = True
        self._stop_waiting()
        if self.transport.is_closing():
            return
        if self._reads == "body":
            self._refuse_body(self.cycle, error)
        else:
            self._refuse_head(error)

    def _refuse_body(self, cycle: RequestResponseCycle, error: ServiceError) -> None:
        """Answer a request whose body is broken, unless it has its answer."""
        cycle.keep_alive = False
        if cycle.response_complete:
            self._close()
        elif not cycle.response_started:
            note_broken(cycle.scope, error)  # type: ignore[arg-type]  # uvicorn has a type of its own
            cycle.message_event.set()

    def _refuse_head(self, error: ServiceError) -> None:
        """Answer what is no request as if it were one, with what is known of it."""
        if self._reads == "nothing":
            super().on_message_begin()
        method = self.parser.get_method().decode() if self.url else "-"
        path = self._path() if self.url else "-"
        scope = self.scope | {"method": method, "path": path, "raw_path": b"", "query_string": b""}
        note_broken(scope, error)  # type: ignore[arg-type]  # uvicorn has a type of its own
        before = self.cycle
        self.cycle = RequestResponseCycle(
            scope=scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=False,
            on_response=self.on_response_complete,
        )
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.pipeline.appendleft((self.cycle, self.app))

    def _close(self) -> None:
        """Close the connection, at once unless its client may still be sending.

        The system discards an answer that the client has not read if more comes from it after that
        (RFC 9112, section 9.6).
        """
        if not self._is_over:
            self.transport.close()
            return
        self.transport.write_eof()
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

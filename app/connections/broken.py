"""Requests that cannot be read to their end, and their answers.

They are answered as all others are, so that they have an id, a line in the log, and the shape that
the clients of another system's protocol read.

ServiceError
├── RequestBrokenError    400  what came is not as HTTP/1.1 asks
├── RequestSlowError      408  the request did not come in time
└── HeadersTooLongError   431  the address and the headers are too long
"""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import ServiceError
from app.exception_handlers import problem_response

MOST_HEADER_BYTES = 64 * 2**10
"""A request's address and its headers have at most so many bytes together."""
_BROKEN = "broken"


class RequestBrokenError(ServiceError):
    """What came is not as HTTP/1.1 asks."""

    code = "request_broken"


class RequestSlowError(ServiceError):
    """The request did not come in time."""

    status = HTTPStatus.REQUEST_TIMEOUT
    code = "request_slow"

    def __init__(self) -> None:
        super().__init__("The request did not come in time. Send it faster.")


class HeadersTooLongError(ServiceError):
    """The address and the headers are too long."""

    status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    code = "headers_too_long"

    def __init__(self) -> None:
        super().__init__(
            f"The address and the headers have more than {MOST_HEADER_BYTES // 2**10} KiB "
            "together. Send options that are long in a body of JSON."
        )


def note_broken(scope: Scope, error: ServiceError) -> None:
    """Note that no more of a request can be read, and why."""
    scope[_BROKEN] = error


class BrokenRequests:
    """Answers requests that are noted as broken, and tells so whoever reads the body of one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer why it is broken."""
        error: ServiceError | None = scope.get(_BROKEN)
        if error is not None:
            await problem_response(Request(scope), error)(scope, receive, send)
            return

        async def receive_unbroken() -> Message:
            message = await receive()
            error: ServiceError | None = scope.get(_BROKEN)
            if error is not None:
                raise error
            return message

        await self._app(scope, receive_unbroken, send)

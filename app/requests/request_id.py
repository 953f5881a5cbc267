"""A request id for every request: in the answer's header, in problem documents and in the log."""

from __future__ import annotations

import random
import re

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADER = b"x-request-id"
_ACCEPTED = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class RequestIdMiddleware:
    """Gives every request an id: the caller's `X-Request-ID` if that is harmless, or a new one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its id, and add the id to the answer's headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == _HEADER), b"")
        id_ = given if _ACCEPTED.fullmatch(given) else new_id().encode()
        scope["request_id"] = id_.decode()

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append((_HEADER, id_))
            await send(message)

        await self.app(scope, receive, send_with_id)


def new_id() -> str:
    """Return the id of a request that has none."""
    return f"{random.getrandbits(64):016x}"


def request_id(request: Request) -> str:
    """Return the id that the middleware gave to the request."""
    return str(request.scope["request_id"])

"""Messages are answered by the package `mcp`, each in a session of its own.

The package is imported here and in what this module imports, and nowhere else.
"""

from __future__ import annotations

import logging
from http import HTTPStatus

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecurityMiddleware, TransportSecuritySettings
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from app.compat.mcp.refusals import HostForbiddenError, OriginForbiddenError
from app.compat.mcp.server import make_server
from app.settings.settings import Settings

_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_ANY = "*"

_server = make_server()
# It says of every message that its session begins and ends.
logging.getLogger("mcp").setLevel(logging.WARNING)


async def check_names(request: Request, settings: Settings) -> None:
    """Raise HostForbiddenError or OriginForbiddenError for a message to or from another name.

    A page that a browser shows can have its own name lead to this machine, and then send requests
    that seem to come from the service's own page (DNS rebinding). Where no key keeps it out, the
    names do.
    """
    middleware = TransportSecurityMiddleware(_allowed_names(settings))
    refused = await middleware.validate_request(request)
    if refused is not None and refused.status_code == HTTPStatus.MISDIRECTED_REQUEST:
        raise HostForbiddenError(request.headers.get("host", ""))
    if refused is not None:
        raise OriginForbiddenError(request.headers.get("origin", ""))


def _allowed_names(settings: Settings) -> TransportSecuritySettings:
    """Return the names that messages may be sent to, with any port, and those of their pages."""
    names = [name for name in map(str.strip, (settings.mcp_hosts or "").split(",")) if name]
    if _ANY in names or (not names and settings.api_keys_file is not None):
        return TransportSecuritySettings(enable_dns_rebinding_protection=False)
    names = names or [*_LOOPBACK, settings.host]
    hosts = [host for name in names for host in (name, f"{name}:*")]
    origins = [f"{scheme}://{host}" for scheme in ("http", "https") for host in hosts]
    return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins)


class SessionResponse(Response):
    """What a session answers to the body of a request, which is read already."""

    def __init__(self, body: bytes, settings: Settings) -> None:
        super().__init__()
        self._unread: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        self._sessions = StreamableHTTPSessionManager(
            _server,
            json_response=True,
            stateless=True,
            max_request_body_size=settings.max_body_bytes,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold the session."""

        async def receive_again() -> Message:
            return self._unread.pop() if self._unread else await receive()

        async with self._sessions.run():
            await self._sessions.handle_request(scope, receive_again, send)

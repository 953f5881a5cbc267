"""What one caller may take: so many requests a minute, and no more than its turn."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.access.caller import current
from app.access.errors import CrossSiteError
from app.access.rates import TokenBuckets, address_of
from app.access.scopes import needed_scopes
from app.access.turns import Turns
from app.compat.protocols import protocol_of
from app.errors import ServiceError
from app.exception_handlers import problem_response
from app.settings.settings import Settings

_EVENTS = "/events"
"""Streams of events last as long as jobs do, and take no turn."""


def check_site(scope: Scope) -> None:
    """Raise CrossSiteError if the page of another site has a browser change something here.

    Browsers send forms to any address without asking, and say where from: W3C, Fetch Metadata
    Request Headers, section 2.3.
    """
    if scope["method"] not in {"GET", "HEAD"}:
        for name, value in scope["headers"]:
            if name == b"sec-fetch-site" and value == b"cross-site":
                raise CrossSiteError


class CallerLimits:
    """Keeps each caller to its limits: the holder of a key, or else an address."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._buckets = TokenBuckets(settings.rate_limit) if settings.rate_limit else None
        self._turns = Turns(settings.max_queued_requests, settings.request_timeout_s)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when it is its turn, or answer 429 or 503."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        needed = needed_scopes(scope["method"], scope["path"], protocol_of(scope))
        if not needed:
            await self._app(scope, receive, send)
            return
        name = current.get().name or address_of(scope)
        try:
            check_site(scope)
            if self._buckets is not None:
                send = self._count(name, self._buckets, send)
            if scope["path"].endswith(_EVENTS):
                await self._app(scope, receive, send)
                return
            await self._turns.begin(name)
            try:
                await self._app(scope, receive, send)
            finally:
                self._turns.end(name)
        except ServiceError as error:
            await problem_response(Request(scope), error)(scope, receive, send)

    @staticmethod
    def _count(name: str, buckets: TokenBuckets, send: Send) -> Send:
        """Count a request, and return what sends its answer with the headers about it.

        Raises RateLimitError if the caller has sent too many.
        """
        allowance = buckets.take(name)
        allowance.check(
            f"You may send {allowance.a_minute} requests a minute (FORECAST_RATE_LIMIT). Many "
            "series fit into one request."
        )
        headers = [
            (name.lower().encode(), value.encode()) for name, value in allowance.headers.items()
        ]

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].extend(headers)
            await send(message)

        return send_with_headers

"""The gate: a request that needs a key gets no further without one."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.access.caller import Caller, current
from app.access.errors import KeyMissingError, KeyUnknownError, ScopeMissingError
from app.access.keys import ApiKey, KeyRing
from app.access.rates import TokenBuckets, address_of
from app.access.scopes import needed_scopes
from app.compat.protocols import protocol_of
from app.errors import ServiceError
from app.exception_handlers import problem_response
from app.observation.record import current_record
from app.settings.settings import Settings

_BEARER = b"bearer "


class KeyGate:
    """Asks for a key, in `Authorization: Bearer` or `X-API-Key`, and says who the caller is.

    An address may send as many requests a minute without a valid key as a key may send. Who has a
    valid key is not kept waiting by others at the same address.
    """

    def __init__(self, app: ASGIApp, keys: KeyRing, settings: Settings) -> None:
        self._app = app
        self._keys = keys
        self._default_model = settings.default_model
        self._refused = TokenBuckets(settings.rate_limit) if settings.rate_limit else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 401, 403 or 429."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        try:
            key = self._admit(scope)
        except ServiceError as error:
            await problem_response(Request(scope), error)(scope, receive, send)
            return
        if key is not None:
            current.set(Caller(key, self._default_model))
            current_record().key = key.name
        await self._app(scope, receive, send)

    def _admit(self, scope: Scope) -> ApiKey | None:
        """Return the key of a request, or None if it needs none.

        Raises KeyMissingError, KeyUnknownError, ScopeMissingError or RateLimitError.
        """
        needed = needed_scopes(scope.get("method", ""), scope["path"], protocol_of(scope))
        if not needed:
            return None
        presented = _presented_key(scope)
        key = None if presented is None else self._keys.find(presented)
        if key is None:
            self._count_refused(address_of(scope))
            raise KeyMissingError if presented is None else KeyUnknownError
        if not needed & key.scopes:
            raise ScopeMissingError(key.name, needed, key.scopes)
        return key

    def _count_refused(self, address: str) -> None:
        """Raise RateLimitError if too many requests without a valid key came from an address."""
        if self._refused is not None:
            allowance = self._refused.take(address)
            allowance.check(
                f"More than {allowance.a_minute} requests a minute (FORECAST_RATE_LIMIT) came from "
                "your address without a valid key. Send one that is valid."
            )


def _presented_key(scope: Scope) -> str | None:
    """Return the key in a request's headers, or None if there is none."""
    for name, value in scope["headers"]:
        if name == b"authorization" and value[: len(_BEARER)].lower() == _BEARER:
            presented = value[len(_BEARER) :]
        elif name == b"x-api-key":
            presented = value
        else:
            continue
        if key := str(presented, "latin-1").strip():
            return key
    protocol = protocol_of(scope)
    of_protocol = None if protocol is None else protocol.presented_key(scope["headers"])
    return None if of_protocol is None else str(of_protocol, "latin-1").strip() or None

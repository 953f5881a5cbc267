"""Counts, times and logs every request."""

from __future__ import annotations

import asyncio
import logging
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.compat.routing import ProtocolRoute
from app.observation.metrics import Metrics
from app.observation.record import RequestRecord, begin_record
from app.observation.request_log import RequestLine, RequestLog

_OPERATION = "operation"
_NOT_LOGGED = {"live", "ready", "metrics"}
"""What load balancers and Prometheus ask all the time is logged at the level `debug`."""

_SETTLE_SECONDS = 0.1
"""What was noted of requests is counted and written together, once in so long."""
_ENDLESS = {"follow_job"}
"""What is answered for as long as the client listens says nothing by its time."""


class Observed:
    """Notes how each request was answered, and how long that took."""

    def __init__(self, app: ASGIApp, metrics: Metrics, log: RequestLog) -> None:
        self.app = app
        self._metrics = metrics
        self._log = log
        self._settles = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and note its end."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        record = begin_record()
        started = perf_counter()

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                record.status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            self._note(scope, record, perf_counter() - started)

    def _note(self, scope: Scope, record: RequestRecord, seconds: float) -> None:
        if not self._settles:
            self._settles = True
            asyncio.get_running_loop().call_later(_SETTLE_SECONDS, self._settle)
        operation = _operation_of(scope)
        timed = None if operation in _ENDLESS else seconds
        self._metrics.count_request(operation, record.status, timed)
        if record.series and record.model and record.status < 400:
            self._metrics.count_series(operation, record.model.partition("/")[0], record.series)
        level = logging.DEBUG if operation in _NOT_LOGGED else logging.INFO
        if self._log.is_enabled_for(level):
            self._log.add(
                RequestLine(
                    scope["method"],
                    scope["path"],
                    record.status,
                    round(1000 * seconds, 2),
                    scope["request_id"],
                    record.key,
                    record.model,
                    record.series,
                    round(1000 * record.network_seconds, 2),
                )
            )

    def _settle(self) -> None:
        self._settles = False
        self._metrics.settle()
        self._log.flush()


def name_operation(scope: Scope, operation: str) -> None:
    """Name the operation of a request that does not go through FastAPI's routing."""
    scope[_OPERATION] = operation


def _operation_of(scope: Scope) -> str:
    """Return the name of the operation; all that is none of the service's has one name."""
    named = scope.get(_OPERATION)
    if named is not None:
        return str(named)
    route = scope.get("route")
    if route is None:
        return "other"
    is_named = route.include_in_schema or route.name in _NOT_LOGGED
    return str(route.name) if is_named or isinstance(route, ProtocolRoute) else "other"


def route_of(scope: Scope) -> str | None:
    """Return the path of the operation as it is declared; None if it is none of the service's."""
    if _OPERATION in scope:
        return str(scope["path"])
    route = scope.get("route")
    return None if route is None else str(route.path)

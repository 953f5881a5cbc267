"""The protocols of other systems that are spoken here: their paths, keys, and shapes of errors.

This table is all that is known of a protocol until its code is loaded, from the folder of its name:
`endpoints.py` has the `router`, and `errors.py` the function `error_response`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from app.exception_handlers import Problem

_NOTHING = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True)
class KeyHeader:
    """The header that a protocol's clients put their key into, if it is one of its own."""

    name: bytes
    """The name of the header in lower case."""
    value: re.Pattern[bytes] = re.compile(rb"(.+)")
    """What the header's value is as a whole; its first group is the key."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """What is known of a protocol without its code.

    Requests are written as `POST /path`. Those that only look, with GET, take a key of any scope,
    and all others need the scope `predict` unless they are among those named here.
    """

    name: str
    paths: re.Pattern[str]
    """All paths of the protocol."""
    open: re.Pattern[str] = _NOTHING
    """The requests that need no key."""
    training: re.Pattern[str] = _NOTHING
    """The requests that need the scope `train`."""
    administration: re.Pattern[str] = _NOTHING
    """The requests that need the scope `admin`."""
    key: KeyHeader | None = None

    def presented_key(self, headers: list[tuple[bytes, bytes]]) -> bytes | None:
        """Return the key in the protocol's own header, or None if there is none."""
        if self.key is not None:
            for name, value in headers:
                if name == self.key.name and (found := self.key.value.fullmatch(value)):
                    return found[1]
        return None

    def router(self) -> APIRouter:
        """Return the protocol's endpoints, whose code is loaded now."""
        router: APIRouter = import_module(f"app.compat.{self.name}.endpoints").router
        return router

    def error_response(self, problem: Problem, headers: Mapping[str, str]) -> Response:
        """Return an error in the shape that the protocol's clients read."""
        errors = import_module(f"app.compat.{self.name}.errors")
        response: Response = errors.error_response(problem, headers)
        return response


PROTOCOLS = {
    protocol.name: protocol
    for protocol in (
        Protocol(
            "timegpt",
            re.compile(r"(/timegpt)?/(validate_api_key|usage|model_params|v2/.*)|/timegpt(/.*)?"),
            training=re.compile(r"POST .*/v2/(finetune(/async)?|async/jobs/[^/]*/cancel)"),
            administration=re.compile(r"DELETE .*"),
        ),
        Protocol(
            "azure",
            re.compile(r"/anomalydetector(/.*)?"),
            key=KeyHeader(b"ocp-apim-subscription-key"),
        ),
        Protocol(
            "sagemaker",
            re.compile(r"/(ping|execution-parameters|invocations|endpoints/.*)"),
            open=re.compile(r"(GET|HEAD) /ping"),
            key=KeyHeader(
                b"authorization", re.compile(rb"AWS4-HMAC-SHA256 Credential=([^/,\s]+)/.*")
            ),
        ),
        Protocol("kserve", re.compile(r"/v1/timeseries/.*")),
        Protocol(
            "mlflow",
            re.compile(r"/(ping|invocations)"),
            open=re.compile(r"(GET|HEAD) /ping"),
        ),
        Protocol("tirex", re.compile(r"/forecast/(mean|quantiles)")),
        Protocol("mcp", re.compile(r"/mcp")),
    )
}
"""All protocols by their names. Where two have the same path, the first that is spoken has it."""


class ProtocolByPath:
    """Notes of each request which protocol it speaks, by its path, of those that are spoken."""

    def __init__(self, app: ASGIApp, names: Iterable[str]) -> None:
        """`names` are those of the protocols that are spoken, in the order of PROTOCOLS."""
        self._app = app
        spoken = tuple(PROTOCOLS[name] for name in names)
        self._find = lru_cache(maxsize=4096)(partial(protocol_at, spoken))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its protocol."""
        if scope["type"] == "http":
            scope["protocol"] = self._find(scope["path"])
        await self._app(scope, receive, send)


def protocol_at(spoken: Iterable[Protocol], path: str) -> Protocol | None:
    """Return the first protocol that has the path, or None if it is one of the service's own."""
    return next((found for found in spoken if found.paths.fullmatch(path)), None)


def protocol_of(scope: Scope) -> Protocol | None:
    """Return the protocol that a request speaks, or None if it speaks the service's own.

    An endpoint that tells from the body which protocol it is notes that with `speak`.
    """
    spoken: Protocol | None = scope.get("protocol")
    return spoken


def speak(scope: Scope, name: str) -> None:
    """Note that a request speaks the protocol of that name, though its path is another's, too."""
    scope["protocol"] = PROTOCOLS[name]

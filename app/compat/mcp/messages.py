"""Long messages are taken apart before the package `mcp` reads them.

It reads and copies messages on the event loop, where everybody else would wait for a long one. So
the arguments of a call, which is all that is long in an honest message, are read here, off the
loop, and handed to the tool past the package.
"""

from __future__ import annotations

import asyncio
from typing import Any

from pydantic_core import from_json, to_json
from starlette.types import Scope

from app.compat.mcp.refusals import MessageTooLongError
from app.errors import BodyBrokenError

_SHORT = 2**16
"""The package reads a message of so many bytes in a few milliseconds."""
_IN_SCOPE = "forecast.mcp.arguments"


async def take_apart(body: bytes, scope: Scope) -> bytes:
    """Return a message that is short, and keep the arguments of a call in the scope if it was not.

    Raises BodyBrokenError for a long message that is no JSON, and MessageTooLongError if more than
    its arguments is long.
    """
    if len(body) <= _SHORT:
        return body
    short, scope[_IN_SCOPE] = await asyncio.to_thread(_take_apart, body)
    return short


def given_arguments(scope: Scope, in_message: dict[str, Any] | None) -> dict[str, Any]:
    """Return the arguments of a call: those that were kept, or else those in the message."""
    kept: dict[str, Any] | None = scope.get(_IN_SCOPE)
    return kept if kept is not None else in_message or {}


def _take_apart(body: bytes) -> tuple[bytes, dict[str, Any] | None]:
    try:
        message = from_json(body)
    except ValueError as error:
        raise BodyBrokenError(f"The message is not JSON: {error}.") from error
    params = message.get("params") if isinstance(message, dict) else None
    arguments = params.get("arguments") if isinstance(params, dict) else None
    if isinstance(params, dict) and isinstance(arguments, dict):
        params["arguments"] = {}
    short = to_json(message)
    if len(short) > _SHORT:
        raise MessageTooLongError(_SHORT)
    return short, arguments

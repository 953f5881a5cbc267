"""A call of a tool becomes a request to its operation, which takes the road of all requests."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import orjson
from pydantic_core import to_json
from starlette.requests import Request
from starlette.types import Message

from app.compat.mcp.tools import PICTURE, USUAL, Tool
from app.requests.content import JSON
from app.requests.mistakes import explain_unknown
from forecasting.errors import RequestError
from forecasting.tables.formats import CSV


def wants_picture(tool: Tool, given: dict[str, Any]) -> bool:
    """Return whether a call asks for a picture, besides what `to_request` does.

    Raises RequestError for what is neither true nor false.
    """
    if PICTURE not in tool.takes["properties"]:
        return False
    wanted = _unpack(given.pop(PICTURE, False), {})
    if not isinstance(wanted, bool):
        raise RequestError("should be true or false.", path=(PICTURE,))
    return wanted


def to_request(tool: Tool, given: dict[str, Any], outer: Request) -> Request:
    """Return the request that stands for a call, in place of the one that brought it.

    Series are its JSON document; a table is its body, with the other arguments in the address.
    Raises RequestError for arguments that the tool does not have, and for series beside a table.
    """
    known = tool.takes["properties"]
    for name in given:
        if name not in known:
            message = f"{explain_unknown(name, known)}."
            raise RequestError(message, code="extra_forbidden", path=(name,))
    given = {name: _unpack(value, known[name]) for name, value in given.items()}
    given |= USUAL.get(tool.name, {})
    table = given.pop("table", None)
    if table is None and "table" in known and "series" not in given:
        message = 'give series, such as [{"values": [112, 118, 132]}], or a table as text.'
        raise RequestError(message, code="missing", path=("series",))
    if table is None:
        return _request(outer, to_json(given, inf_nan_mode="constants"), JSON)
    if "series" in given:
        message = "give either series or a table, not both."
        raise RequestError(message, path=("table",))
    if not isinstance(table, str):
        message = "should be a text, such as the content of a CSV file."
        raise RequestError(message, path=("table",))
    query = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in given.items()
    }
    return _request(outer, table.encode(), CSV, urlencode(query))


def _unpack(value: Any, schema: dict[str, Any]) -> Any:
    """Return an argument; some agents write lists and objects as JSON in a text."""
    if isinstance(value, str) and schema.get("type") != "string":
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value


def _request(outer: Request, content: bytes, media_type: str, query: str = "") -> Request:
    body: list[Message] = [{"type": "http.request", "body": content, "more_body": False}]

    async def receive() -> Message:
        return body.pop() if body else await outer.receive()

    headers = [(b"content-type", media_type.encode()), (b"accept", JSON.encode())]
    scope = {**outer.scope, "headers": headers, "query_string": query.encode()}
    return Request(scope, receive)

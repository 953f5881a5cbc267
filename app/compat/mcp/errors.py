"""Errors as clients of MCP read them: those of JSON-RPC."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from starlette.responses import Response

from app.compat.messages import message_of
from app.exception_handlers import Problem
from app.requests.content import JSON

_INVALID_REQUEST = -32_600


def error_response(problem: Problem, headers: Mapping[str, str]) -> Response:
    """Return an error of a request that no tool has answered."""
    data = problem.model_dump(include={"code", "request_id"})
    error = {"code": _INVALID_REQUEST, "message": message_of(problem), "data": data}
    content = orjson.dumps({"jsonrpc": "2.0", "id": None, "error": error})
    return Response(content, problem.status, headers, media_type=JSON)

"""Errors as TiRex's server writes them: `{"error_code": …, "error_message": …}`."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import JSONResponse, Response

from app.compat.messages import message_of
from app.exception_handlers import Problem


def error_response(problem: Problem, headers: Mapping[str, str]) -> Response:
    """Return an error, its code being the status, which is 500 on TiRex's own server."""
    content = {"error_code": problem.status, "error_message": message_of(problem)}
    return JSONResponse(content, problem.status, dict(headers))

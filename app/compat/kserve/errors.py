"""Errors as KServe's clients read them: `{"error": {code, message, param, type}}`."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import JSONResponse, Response

from app.exception_handlers import Problem


def error_response(problem: Problem, headers: Mapping[str, str]) -> Response:
    """Return an error; its code is the status, and `param` the place in the body."""
    place = problem.errors[0].pointer if problem.errors else None
    error = {
        "code": str(problem.status),
        "message": problem.detail,
        "param": place,
        "type": problem.code,
    }
    return JSONResponse({"error": error}, problem.status, dict(headers))

"""Errors as MLflow's clients read them: `{"error_code": …, "message": …}`."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import JSONResponse, Response

from app.compat.messages import message_of
from app.exception_handlers import Problem

_CODES = {
    HTTPStatus.UNAUTHORIZED: "UNAUTHENTICATED",
    HTTPStatus.FORBIDDEN: "PERMISSION_DENIED",
    HTTPStatus.NOT_FOUND: "RESOURCE_DOES_NOT_EXIST",
    HTTPStatus.TOO_MANY_REQUESTS: "REQUEST_LIMIT_EXCEEDED",
    HTTPStatus.INTERNAL_SERVER_ERROR: "INTERNAL_ERROR",
    HTTPStatus.SERVICE_UNAVAILABLE: "TEMPORARILY_UNAVAILABLE",
}
"""MLflow's names of errors by their status; all others are mistakes in the request."""


def error_response(problem: Problem, headers: Mapping[str, str]) -> Response:
    """Return an error with MLflow's name for it; a mistake in the request is 400, as there."""
    code = _CODES.get(HTTPStatus(problem.status))
    status = problem.status if code or problem.status != HTTPStatus.UNPROCESSABLE_ENTITY else 400
    content = {"error_code": code or "BAD_REQUEST", "message": message_of(problem)}
    return JSONResponse(content, status, dict(headers))

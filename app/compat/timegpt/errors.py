"""Errors as TimeGPT's clients read them: `{"detail": …}`."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import JSONResponse, Response

from app.compat.messages import message_of
from app.errors import JobEndedError
from app.exception_handlers import Problem


def error_response(problem: Problem, headers: Mapping[str, str]) -> Response:
    """Return an error with the reason in `detail`, and where in the body it lies.

    The client repeats requests that are answered with 409, so conflicts, which stay, are 422. To
    cancel a job that is over is one that it knows.
    """
    stays = problem.status == HTTPStatus.CONFLICT and problem.code != JobEndedError.code
    status = HTTPStatus.UNPROCESSABLE_ENTITY if stays else problem.status
    content = problem.model_dump(include={"code", "errors", "request_id"})
    content["detail"] = message_of(problem)
    return JSONResponse(content, status, dict(headers))

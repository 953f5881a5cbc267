"""Errors of containers, and what becomes of them when an endpoint passes them on."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from starlette.responses import JSONResponse, Response

from app.compat.messages import message_of
from app.exception_handlers import Problem

_KIND = "x-amzn-errortype"
_KINDS = {
    HTTPStatus.UNAUTHORIZED: "AccessDeniedException",
    HTTPStatus.FORBIDDEN: "AccessDeniedException",
    HTTPStatus.NOT_FOUND: "ValidationError",
    HTTPStatus.TOO_MANY_REQUESTS: "ThrottlingException",
    HTTPStatus.SERVICE_UNAVAILABLE: "ServiceUnavailable",
}
"""AWS' names of the errors that are not the model's. Its clients repeat the last two."""


def error_response(problem: Problem, headers: Mapping[str, str]) -> Response:
    """Return an error as a container answers it: JSON with a message."""
    content: dict[str, Any] = {
        "message": message_of(problem),
        **problem.model_dump(include={"code", "errors", "request_id"}),
    }
    kind = _KINDS.get(HTTPStatus(problem.status))
    of_amazon = {"x-amzn-requestid": problem.request_id} | ({_KIND: kind} if kind else {})
    return JSONResponse(content, problem.status, {**headers, **of_amazon})


def of_endpoint(answer: Response, request_id: str) -> Response:
    """Return an error of a container as an endpoint passes it on.

    What the model refuses becomes a ModelError with its status and its message. There is no
    endpoint where there is no model.
    """
    status = HTTPStatus(answer.status_code)
    if status in _KINDS:
        answer.headers[_KIND] = _KINDS[status]
        answer.status_code = HTTPStatus.BAD_REQUEST if status == HTTPStatus.NOT_FOUND else status
        return answer
    message = orjson.loads(answer.body)["message"]
    content = {
        "Message": f'Received an error ({status}) from the model with message "{message}".',
        "OriginalStatusCode": int(status),
        "OriginalMessage": message,
    }
    passed_on = {"x-amzn-requestid": request_id, _KIND: "ModelError"}
    return JSONResponse(content, HTTPStatus.FAILED_DEPENDENCY, passed_on)

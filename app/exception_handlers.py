"""Every error as an RFC 9457 problem document, or in the shape of another system's protocol."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match, Mount

from app.compat.protocols import protocol_of
from app.errors import ServiceError, status_of
from app.requests.mistakes import list_mistakes, pattern_in_words
from app.requests.request_id import request_id
from forecasting.errors import (
    ForecastingError,
    StoreUnreachableError,
    VersionUnavailableError,
)

_log = logging.getLogger("app")

_MAX_LISTED_ERRORS = 100
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class ErrorDetail(BaseModel):
    """One mistake in a request."""

    pointer: str = Field(
        description="The place of the mistake in the request body, as a JSON Pointer."
    )
    code: str = Field(description="A stable name of the mistake, for programs.")
    detail: str = Field(description="What is wrong, and what to do about it.")


class Problem(BaseModel):
    """An error, as RFC 9457 describes it."""

    type: str = Field("about:blank", description="Always `about:blank`; `code` names the error.")
    title: str = Field(description="The name of the HTTP status.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What is wrong, and what to do about it.")
    code: str = Field(description="A stable name of the error, for programs.")
    errors: list[ErrorDetail] = Field(
        [], description="The mistakes in the request body, each with its place."
    )
    request_id: str = Field(description="The id of the request, as in its header `X-Request-ID`.")


def install_exception_handlers(app: FastAPI) -> None:
    """Answer every exception that an endpoint of `app` raises with a problem document."""
    for kind in _RENDERERS:
        app.add_exception_handler(kind, _handle)


def problem_response(request: Request, error: Exception) -> Response:
    """Return the problem document of any error."""
    render = next(render for kind, render in _RENDERERS.items() if isinstance(error, kind))
    return render(request, error)


def error_detail(error: ForecastingError) -> ErrorDetail:
    """Return the entry of an error in the `errors` of a problem document."""
    return ErrorDetail(pointer=_json_pointer(error.path), code=error.code, detail=error.message)


async def _handle(request: Request, error: Exception) -> Response:
    return problem_response(request, error)


def _render_forecasting_error(request: Request, error: ForecastingError) -> Response:
    errors = [error_detail(error)] if error.path else []
    headers = {}
    if isinstance(error, VersionUnavailableError | StoreUnreachableError):
        headers["Retry-After"] = str(error.retry_after)
    status = status_of(error)
    return _respond(request, status, error.code, error.message, errors=errors, headers=headers)


def _render_service_error(request: Request, error: ServiceError) -> Response:
    return _respond(request, status_of(error), error.code, str(error), headers=error.headers)


def _render_invalid_body(request: Request, error: ValidationError) -> Response:
    if error.error_count() > _MAX_LISTED_ERRORS:
        detail = f"The body has {error.error_count()} mistakes, too many to list. See /docs."
        return _respond(request, HTTPStatus.UNPROCESSABLE_ENTITY, "request_invalid", detail)
    mistakes = list_mistakes(error, takes_tables=protocol_of(request.scope) is None)
    first = mistakes[0]
    if first.code == "json_invalid":
        detail = f"The body is not JSON: {first.detail.removeprefix('Invalid JSON: ')}."
        return _respond(request, HTTPStatus.BAD_REQUEST, "body_not_json", detail)
    errors = [
        ErrorDetail(pointer=_json_pointer(found.path), code=found.code, detail=found.detail)
        for found in mistakes
    ]
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = f"{errors[0].pointer}: {first.detail.removesuffix('.')}."
    return _respond(request, status, "request_invalid", detail, errors=errors)


def _render_invalid_parameter(request: Request, error: RequestValidationError) -> Response:
    first = error.errors()[0]
    place, *_, name = first["loc"]
    words = pattern_in_words(str(first.get("ctx", {}).get("pattern")))
    detail = f"The parameter {name} in the {place} is wrong: {words or first['msg']}."
    return _respond(request, HTTPStatus.UNPROCESSABLE_ENTITY, "parameter_invalid", detail)


def _render_http_exception(request: Request, error: HTTPException) -> Response:
    status = HTTPStatus(error.status_code)
    headers, cure = error.headers, ""
    if status is HTTPStatus.METHOD_NOT_ALLOWED and (methods := _methods_at(request)):
        headers, cure = {"Allow": ", ".join(methods)}, f" It takes {', '.join(methods)}."
    detail = f"{request.method} {request.url.path}: {status.phrase.lower()}.{cure} See /docs."
    return _respond(request, status, status.name.lower(), detail, headers=headers)


def _methods_at(request: Request) -> list[str]:
    """Return the methods of all operations at the path of a request; the router names one's only.

    Files, which are mounted below a path, say by themselves what they take.
    """
    routes = [route for route in request.app.routes if not isinstance(route, Mount)]
    return [
        method
        for method in _METHODS
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes
        )
    ]


def _render_disconnect(_: Request, __: ClientDisconnect) -> Response:
    """Return a response that nobody receives, since the client has gone."""
    return Response(status_code=499)


def _render_unexpected(request: Request, error: Exception) -> Response:
    _log.error("request %s failed", request_id(request), exc_info=error)
    return _respond(
        request,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal_error",
        "The service failed. Its log says more under this request id.",
    )


_RENDERERS: dict[type[Exception], Callable[[Request, Any], Response]] = {
    ForecastingError: _render_forecasting_error,
    ServiceError: _render_service_error,
    ValidationError: _render_invalid_body,
    RequestValidationError: _render_invalid_parameter,
    HTTPException: _render_http_exception,
    ClientDisconnect: _render_disconnect,
    Exception: _render_unexpected,
}
"""What renders an error: the first entry whose class fits."""


def _respond(
    request: Request,
    status: HTTPStatus,
    code: str,
    detail: str,
    *,
    errors: Sequence[ErrorDetail] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    problem = Problem(
        title=status.phrase,
        status=status,
        detail=detail,
        code=code,
        errors=list(errors),
        request_id=request_id(request),
    )
    protocol = protocol_of(request.scope)
    if protocol is not None:
        return protocol.error_response(problem, headers or {})
    return Response(
        problem.model_dump_json(), status, headers, media_type="application/problem+json"
    )


def _json_pointer(path: Sequence[str | int]) -> str:
    """Return the path as a JSON Pointer (RFC 6901) in the form of a URI fragment."""
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in path)
    return "#" + "".join(f"/{part}" for part in escaped)

"""Every error as a problem document, by one table."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from app.requests.problem import Fault, Problem
from app.requests.request_id import request_id
from forecasting.errors import (
    AliasMovedError,
    BrokenVersionError,
    ConflictError,
    DiskFullError,
    ForecastingError,
    NetworkOutputError,
    NotFoundError,
    RecipeError,
    RequestError,
    SeriesError,
    StoreError,
)

_log = logging.getLogger("app")
_MOST_FAULTS = 100
_TAGGED_FIELDS = ("series", "version", "recipe")


class ServiceError(Exception):
    """What the service itself refuses."""

    status = HTTPStatus.BAD_REQUEST
    code = "bad_request"
    headers: Mapping[str, str] = MappingProxyType({})


class BodyTooLargeError(ServiceError):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "body_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"the body is over {limit} bytes. Send fewer values, or raise FORECAST_MAX_BODY_BYTES."
        )


class TableTooLargeError(ServiceError):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "table_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"the table takes over {limit} bytes of memory. Send fewer rows, or raise "
            "FORECAST_MAX_TABLE_BYTES."
        )


class BodyBrokenError(ServiceError):
    code = "body_broken"


class EncodingError(ServiceError):
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    code = "encoding_unsupported"
    headers = MappingProxyType({"Accept-Encoding": "gzip, zstd"})

    def __init__(self, encoding: str) -> None:
        super().__init__(f"the content-encoding {encoding!r} is unknown; send gzip, zstd or none.")


class MediaTypeError(ServiceError):
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    code = "media_type_unsupported"

    def __init__(self, media_type: str, known: Sequence[str]) -> None:
        super().__init__(
            f"the body was sent as {media_type or 'nothing'}; send it as {' or '.join(known)}, and "
            "say which in the header content-type."
        )


class NotAcceptableError(ServiceError):
    status = HTTPStatus.NOT_ACCEPTABLE
    code = "not_acceptable"

    def __init__(self, accept: str, offered: Sequence[str]) -> None:
        super().__init__(f"nothing fits accept: {accept[:200]}; there is {', '.join(offered)}.")


class JobNotFoundError(ServiceError):
    status = HTTPStatus.NOT_FOUND
    code = "job_not_found"


class TooManyJobsError(ServiceError):
    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "too_many_jobs"
    headers = MappingProxyType({"Retry-After": "30"})

    def __init__(self, waiting: int) -> None:
        super().__init__(
            f"{waiting} jobs are waiting, as many as FORECAST_MAX_QUEUED_JOBS allows. Try later."
        )


class JobEndedError(ServiceError):
    status = HTTPStatus.CONFLICT
    code = "job_ended"


class ResultNotReadyError(ServiceError):
    status = HTTPStatus.CONFLICT
    code = "result_not_ready"


class NoResultError(ServiceError):
    status = HTTPStatus.CONFLICT
    code = "job_without_result"


class IdempotencyKeyReusedError(ServiceError):
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(
            "this Idempotency-Key came before, with another body. Use a new key for a new job."
        )


class JobsDiskFullError(ServiceError):
    status = HTTPStatus.INSUFFICIENT_STORAGE
    code = "disk_full"

    def __init__(self) -> None:
        super().__init__("the disk that holds FORECAST_JOBS_DIR is full. Nothing was changed.")


class JobsUnavailableError(ServiceError):
    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "jobs_unavailable"
    headers = MappingProxyType({"Retry-After": "10"})

    def __init__(self, reason: Exception) -> None:
        super().__init__(f"FORECAST_JOBS_DIR cannot be read or written: {reason}.")


class OverloadedError(ServiceError):
    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "overloaded"

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"too many forecasts are waiting; try again in {retry_after} s.")
        self.headers = {"Retry-After": str(retry_after)}


class DeadlineError(ServiceError):
    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "deadline_exceeded"
    headers = MappingProxyType({"Retry-After": "1"})

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"the forecast took longer than {seconds:g} s. Ask for fewer series or steps, or raise "
            "FORECAST_REQUEST_TIMEOUT_S."
        )


class NotReadyError(ServiceError):
    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "not_ready"
    headers = MappingProxyType({"Retry-After": "2"})


_STATUS: dict[type[ForecastingError], HTTPStatus] = {
    SeriesError: HTTPStatus.UNPROCESSABLE_ENTITY,
    RequestError: HTTPStatus.UNPROCESSABLE_ENTITY,
    RecipeError: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFoundError: HTTPStatus.NOT_FOUND,
    ConflictError: HTTPStatus.CONFLICT,
    AliasMovedError: HTTPStatus.PRECONDITION_FAILED,
    BrokenVersionError: HTTPStatus.SERVICE_UNAVAILABLE,
    DiskFullError: HTTPStatus.INSUFFICIENT_STORAGE,
    StoreError: HTTPStatus.SERVICE_UNAVAILABLE,
    NetworkOutputError: HTTPStatus.INTERNAL_SERVER_ERROR,
}


def install_error_handlers(app: FastAPI) -> None:
    for kind in _PROBLEMS:
        app.add_exception_handler(kind, _handle)


def problem_of(request: Request, error: Exception) -> Response:
    """The problem document of any error."""
    make = next(make for kind, make in _PROBLEMS.items() if isinstance(error, kind))
    return make(request, error)


def fault_of(error: ForecastingError) -> Fault:
    return Fault(pointer=_pointer(error.path), code=error.code, detail=error.message)


async def _handle(request: Request, error: Exception) -> Response:
    return problem_of(request, error)


def _forecasting_error(request: Request, error: ForecastingError) -> Response:
    status = next(status for kind, status in _STATUS.items() if isinstance(error, kind))
    faults = [fault_of(error)] if error.path else []
    return _problem(request, status, error.code, error.message, faults=faults)


def _service_error(request: Request, error: ServiceError) -> Response:
    return _problem(request, error.status, error.code, str(error), headers=error.headers)


def _validation_error(request: Request, error: ValidationError) -> Response:
    if error.error_count() > _MOST_FAULTS:
        detail = f"the body has {error.error_count()} faults, too many to list. See /docs."
        return _problem(request, HTTPStatus.UNPROCESSABLE_ENTITY, "request_invalid", detail)
    found = error.errors(include_url=False, include_context=False, include_input=False)
    if found[0]["type"] == "json_invalid":
        detail = f"the body is not JSON: {found[0]['msg'].removeprefix('Invalid JSON: ')}."
        return _problem(request, HTTPStatus.BAD_REQUEST, "body_not_json", detail)
    faults = [
        Fault(pointer=_pointer(_place(fault["loc"])), code=fault["type"], detail=fault["msg"])
        for fault in found
    ]
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = f"{faults[0].pointer}: {faults[0].detail}."
    return _problem(request, status, "request_invalid", detail, faults=faults)


def _parameter_error(request: Request, error: RequestValidationError) -> Response:
    first = error.errors()[0]
    place, *_, name = first["loc"]
    detail = f"{name} in the {place}: {first['msg']}."
    return _problem(request, HTTPStatus.UNPROCESSABLE_ENTITY, "parameter_invalid", detail)


def _http_exception(request: Request, error: HTTPException) -> Response:
    status = HTTPStatus(error.status_code)
    detail = f"{request.method} {request.url.path}: {status.phrase.lower()}. See /docs."
    code = status.name.lower()
    return _problem(request, status, code, detail, headers=dict(error.headers or {}))


def _nobody_listens(_: Request, __: ClientDisconnect) -> Response:
    return Response(status_code=499)


def _unexpected(request: Request, error: Exception) -> Response:
    _log.error("request %s failed", request_id(request), exc_info=error)
    return _problem(
        request,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal_error",
        "the service failed; its log says more under this request id.",
    )


_PROBLEMS: dict[type[Exception], Callable[[Request, Any], Response]] = {
    ForecastingError: _forecasting_error,
    ServiceError: _service_error,
    ValidationError: _validation_error,
    RequestValidationError: _parameter_error,
    HTTPException: _http_exception,
    ClientDisconnect: _nobody_listens,
    Exception: _unexpected,
}


def _problem(
    request: Request,
    status: HTTPStatus,
    code: str,
    detail: str,
    *,
    faults: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    problem = Problem(
        title=status.phrase,
        status=status,
        detail=detail,
        code=code,
        errors=list(faults),
        request_id=request_id(request),
    )
    return Response(
        problem.model_dump_json(),
        status,
        headers,
        media_type="application/problem+json",
    )


def _place(location: Sequence[str | int]) -> tuple[str | int, ...]:
    """A pydantic location without the tag that says how a field with several shapes was read."""
    if location[:1] and location[0] in _TAGGED_FIELDS:
        return (location[0], *location[2:])
    return tuple(location)


def _pointer(path: Sequence[str | int]) -> str:
    """RFC 6901, as a URI fragment."""
    escaped: list[Any] = [str(part).replace("~", "~0").replace("/", "~1") for part in path]
    return "#" + "".join(f"/{part}" for part in escaped)

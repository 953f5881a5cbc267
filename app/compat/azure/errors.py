"""Errors as Azure's clients read them: a code of its API, and a message."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import orjson
from starlette.responses import Response

from app.compat.messages import message_of
from app.exception_handlers import Problem

_INVALID = HTTPStatus.UNPROCESSABLE_ENTITY
_CODES = {
    "series": "InvalidSeries",
    "granularity": "InvalidGranularity",
    "customInterval": "InvalidCustomInterval",
    "period": "InvalidPeriod",
    "sensitivity": "InvalidModelArgument",
    "maxAnomalyRatio": "InvalidModelArgument",
    "stableTrendWindow": "InvalidModelArgument",
    "threshold": "InvalidModelArgument",
    "imputeMode": "InvalidImputeMode",
    "imputeFixedValue": "InvalidImputeFixedValue",
}
_REQUIRED = {"series": "RequiredSeries", "granularity": "RequiredGranularity"}
_WHAT_TO_GIVE = {
    "series": 'Send "series": [{"timestamp": "2024-01-01T00:00:00Z", "value": 112}, …].',
    "granularity": 'Send, for example, "granularity": "daily".',
    "imputeFixedValue": '"imputeMode": "fixed" needs it.',
}


def error_response(problem: Problem, headers: Mapping[str, str]) -> Response:
    """Return an error in the shape of AnomalyDetectorError. What is invalid is a 400 there."""
    status = HTTPStatus.BAD_REQUEST if problem.status == _INVALID else problem.status
    code, message = _code_and_message(problem)
    content = orjson.dumps({"code": code, "message": message})
    return Response(
        content, status, {**headers, "x-ms-error-code": code}, media_type="application/json"
    )


def _code_and_message(problem: Problem) -> tuple[str, str]:
    message = message_of(problem)
    if problem.code == "body_not_json":
        return "InvalidJsonFormat", message
    if problem.status != _INVALID:
        return problem.title.replace(" ", ""), message
    if not problem.errors:
        return "BadArgument", message
    mistake = problem.errors[0]
    field = mistake.pointer.removeprefix("#/").partition("/")[0]
    code = _CODES.get(field, "BadArgument")
    if mistake.code == "missing" and field in _WHAT_TO_GIVE and mistake.pointer == f"#/{field}":
        return _REQUIRED.get(field, code), f"{field} is missing. {_WHAT_TO_GIVE[field]}"
    return code, message

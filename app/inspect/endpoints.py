"""The endpoint that says what was understood of a request, without a forecast."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.dependencies import InspectPart
from app.inspect.examples import INSPECT_EXAMPLES, INSPECT_FORM
from app.inspect.schemas import InspectOptions, InspectRequest, InspectResponse
from app.openapi.operations import json_body, problems, with_tables

router = APIRouter(tags=["forecasts"])


@router.post(
    "/inspect",
    summary="Say what is understood of a file, or of series",
    response_model=InspectResponse,
    responses=problems(400, 404, 413, 415, 422, 503),
    openapi_extra=with_tables(
        json_body(InspectRequest, INSPECT_EXAMPLES), InspectOptions, INSPECT_FORM
    ),
)
async def inspect(request: Request, service: InspectPart) -> Response:
    """Read what `/predict` reads, and say what was understood, without a forecast.

    The answer says how a file is written and what its columns were taken for, and of each series
    its span, frequency, gaps and seasons, what would forecast it, or why it cannot be read and what
    `repair` would do to it. It also says whether training a model on the series makes sense.
    """
    return await service.respond(request)

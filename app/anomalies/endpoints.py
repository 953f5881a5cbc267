"""The endpoint that finds the values a model did not expect."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.anomalies.examples import ANOMALIES_EXAMPLES, ANOMALIES_FORM
from app.anomalies.schemas import AnomaliesOptions, AnomaliesRequest, AnomaliesResponse
from app.dependencies import AnomalyPart
from app.openapi.operations import json_body, problems, tables_too, with_tables

router = APIRouter(tags=["forecasts"])


@router.post(
    "/anomalies",
    summary="Find the values that a model did not expect",
    response_model=AnomaliesResponse,
    responses=tables_too("JSON, or one long table") | problems(400, 404, 406, 413, 415, 422, 503),
    openapi_extra=with_tables(
        json_body(AnomaliesRequest, ANOMALIES_EXAMPLES),
        AnomaliesOptions,
        ANOMALIES_FORM,
    ),
)
async def anomalies(request: Request, service: AnomalyPart) -> Response:
    """Judge each value of your series by what the model expected one step before it.

    With `last`, only the latest values are judged: send a series again as its values come in.
    """
    return await service.respond(request)

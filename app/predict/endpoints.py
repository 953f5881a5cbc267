"""Forecasts."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.dependencies import ServiceState
from app.openapi.operations import json_body, problems, tables_too, with_tables
from app.predict.examples import PREDICT_EXAMPLES, PREDICT_FORM
from app.predict.schemas import PredictOptions, PredictRequest, PredictResponse
from app.predict.service import PATH

router = APIRouter(tags=["forecasts"])


@router.post(
    PATH,
    summary="Forecast one series, or many",
    response_model=PredictResponse,
    responses=tables_too("JSON, or one long table") | problems(400, 404, 406, 413, 415, 422, 503),
    openapi_extra=with_tables(
        json_body(PredictRequest, PREDICT_EXAMPLES), PredictOptions, PREDICT_FORM
    ),
)
async def predict(request: Request, state: ServiceState) -> Response:
    """Forecast one series, or many, in their own units.

    Give raw past values, oldest first, and get the future back: a point forecast, and intervals
    and quantiles where the model predicts them.

    Many series are best sent as a table in the long format `unique_id, ds, y`: uploaded as `file`
    with the options as form fields, or as the body itself with the options in the address. `Accept`
    chooses between JSON and a table for the answer.
    """
    return await state.predictor.respond(request)

"""Forecasts."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.examples import PREDICT_EXAMPLES
from app.openapi import json_body, problems
from app.predict import PATH
from app.schemas.predict import PredictRequest, PredictResponse
from app.state import ServiceState

router = APIRouter(tags=["forecasts"])


@router.post(
    PATH,
    summary="Forecast one series, or many",
    response_model=PredictResponse,
    responses=problems(400, 404, 413, 415, 422, 503),
    openapi_extra=json_body(PredictRequest, PREDICT_EXAMPLES),
)
async def predict(request: Request, state: ServiceState) -> Response:
    """Forecast one series, or many, in their own units.

    Give raw past values, oldest first, and get the future back: a point forecast, and intervals
    and quantiles where the model predicts them.
    """
    return await state.predictor.respond(request)

"""Forecasts."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.body import read_json_body
from app.examples import PREDICT_EXAMPLES
from app.forecasts import answer, ask
from app.openapi import json_body, problems
from app.schemas.predict import PredictRequest, PredictResponse
from app.schemas.series import is_dated
from app.state import ServiceState

router = APIRouter(tags=["forecasts"])

_LARGE_BODY = 64 * 1024


@router.post(
    "/predict",
    response_model=PredictResponse,
    responses=problems(400, 404, 413, 415, 422, 503),
    openapi_extra=json_body(PredictRequest, PREDICT_EXAMPLES),
)
async def predict(request: Request, state: ServiceState) -> Response:
    """Forecast one series, or many, in their own units.

    Give raw past values, oldest first, and get the future back: a point forecast, and intervals
    and quantiles where the model predicts them.
    """
    body = await read_json_body(request, state.settings.max_body_bytes)
    asked = PredictRequest.model_validate_json(body)
    version = await state.registry.get(asked.model, asked.version)
    if len(body) > _LARGE_BODY or is_dated(asked.series):
        content = await asyncio.to_thread(
            lambda: answer(question := ask(asked, version, state.settings), question.forecast())
        )
    else:
        question = ask(asked, version, state.settings)
        content = answer(question, await asyncio.to_thread(question.forecast))
    return Response(content, media_type="application/json")

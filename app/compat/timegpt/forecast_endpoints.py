"""Forecasts, as TimeGPT's clients ask for them."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from app.compat.body import read_document
from app.compat.routing import protocol_router
from app.compat.timegpt.forecast import forecast
from app.compat.timegpt.schemas import ForecastPayload
from app.dependencies import provided
from app.predict.service import PredictService
from app.requests.content import JSON

Predict = Annotated[PredictService, Depends(provided(PredictService))]

router = protocol_router()


@router.post("/v2/forecast")
async def timegpt_forecast(request: Request, service: Predict) -> Response:
    """Forecast one series, or many."""
    payload = await read_document(request, service.settings, ForecastPayload)
    return Response(orjson.dumps(await forecast(request, payload, service)), media_type=JSON)

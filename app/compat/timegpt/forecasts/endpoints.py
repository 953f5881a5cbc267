"""Forecasts of the future and of the past, as TimeGPT's clients ask for them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from app.compat.answers import json_answer
from app.compat.body import read_document
from app.compat.routing import protocol_router
from app.compat.timegpt.forecasts.anomalies import find_anomalies, find_latest_anomalies
from app.compat.timegpt.forecasts.cross_validation import cross_validate
from app.compat.timegpt.forecasts.forecast import forecast
from app.compat.timegpt.places import OPTIONS, PayloadPlaces
from app.compat.timegpt.schemas import (
    AnomalyPayload,
    CrossValidationPayload,
    ForecastPayload,
    OnlineAnomalyPayload,
)
from app.dependencies import AnomalyPart, BacktestPart, PredictPart

_OF_LATEST = OPTIONS | {"windows": "detection_size"}

router = protocol_router()


@router.post("/v2/forecast")
async def timegpt_forecast(request: Request, service: PredictPart) -> Response:
    """Forecast one series, or many."""
    payload = await read_document(request, service.settings, ForecastPayload)
    with PayloadPlaces(payload, OPTIONS).named():
        answer = await forecast(request, payload, service)
    return await json_answer(answer)


@router.post("/v2/cross_validation")
async def timegpt_cross_validation(
    request: Request, service: BacktestPart, anomalies: AnomalyPart
) -> Response:
    """Forecast windows at the end of each series, or all of its past."""
    payload = await read_document(request, service.settings, CrossValidationPayload)
    with PayloadPlaces(payload, OPTIONS).named():
        answer = await cross_validate(request, payload, service, anomalies)
    return await json_answer(answer)


@router.post("/v2/anomaly_detection")
async def timegpt_anomalies(request: Request, service: AnomalyPart) -> Response:
    """Judge all values of each series but those at its start."""
    payload = await read_document(request, service.settings, AnomalyPayload)
    with PayloadPlaces(payload, OPTIONS).named():
        answer = await find_anomalies(request, payload, service)
    return await json_answer(answer)


@router.post("/v2/online_anomaly_detection")
async def timegpt_latest_anomalies(request: Request, service: BacktestPart) -> Response:
    """Judge the last values of each series."""
    payload = await read_document(request, service.settings, OnlineAnomalyPayload)
    with PayloadPlaces(payload, _OF_LATEST).named():
        answer = await find_latest_anomalies(request, payload, service)
    return await json_answer(answer)

"""KServe's endpoints for time series."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app.access.caller import current
from app.compat.answers import json_answer
from app.compat.body import read_document
from app.compat.forecasts import SeriesForecast, find_version, forecast
from app.compat.kserve.schemas import ForecastRequest, TimeSeriesInput
from app.compat.places import FieldPlaces
from app.compat.routing import protocol_router
from app.dependencies import PredictPart, RegistryPart
from app.requests.request_id import request_id
from app.serving.store_threads import in_store_thread
from forecasting.prediction.defaults import decimal_name

_PLACES = FieldPlaces(
    "inputs",
    {"values": ("series",), "start": ("start_timestamp",)},
    {"horizon": ("options", "horizon"), "quantiles": ("options", "quantiles")},
)

router = protocol_router()


@router.get("/v1/timeseries/models", name="kserve_models")
async def models(registry: RegistryPart) -> list[str]:
    """The names of the models that the caller sees."""
    return list(filter(current.get().sees, await in_store_thread(registry.store.models)))


@router.post("/v1/timeseries/forecast", name="kserve_forecast")
async def forecast_series(request: Request, service: PredictPart) -> Response:
    """Forecast each input."""
    given = await read_document(request, service.settings, ForecastRequest)
    await find_version(service, given.model)
    with _PLACES.named():
        asked = await asyncio.to_thread(given.asked)
    found = await forecast(request, service, asked, _PLACES) if given.inputs else []
    return await json_answer(await asyncio.to_thread(_render, given, found, request_id(request)))


def _render(
    given: ForecastRequest, found: Sequence[SeriesForecast], request_id: str
) -> dict[str, Any]:
    outputs = [
        {
            "type": "time_series_forecast",
            "id": str(uuid.uuid4()),
            "status": "completed",
            "content": [_content(item, of_item)],
            "error": None,
        }
        for item, of_item in zip(given.inputs, found, strict=True)
    ]
    values = sum(len(item.series) for item in given.inputs)
    forecasts = sum(len(of_item.point) for of_item in found)
    return {
        "id": request_id,
        "created_at": int(time.time()),
        "status": "completed",
        "error": None,
        "model": given.model,
        "outputs": outputs,
        "usage": {
            "prompt_tokens": values,
            "completion_tokens": forecasts,
            "total_tokens": values + forecasts,
        },
    }


def _content(item: TimeSeriesInput, found: SeriesForecast) -> dict[str, Any]:
    start, given = found.first_timestamp(), item.start_timestamp
    assert start is not None
    assert given is not None
    return {
        "type": item.type,
        "name": item.name,
        "mean_forecast": found.point,
        "frequency": item.frequency,
        "start_timestamp": start.replace("+00:00", "Z") if given.endswith("Z") else start,
        "quantiles": {
            decimal_name(probability): values for probability, values in found.quantiles.items()
        },
    }

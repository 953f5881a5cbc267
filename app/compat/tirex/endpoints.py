"""The endpoints of TiRex's inference server."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from app.compat.answers import json_answer
from app.compat.body import read_document
from app.compat.forecasts import SeriesForecast, forecast, missing_as_null
from app.compat.places import FieldPlaces
from app.compat.routing import protocol_router
from app.dependencies import PredictPart
from app.predict.service import PredictService

_QUANTILES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_PLACES = FieldPlaces("context", {"values": ()}, {"horizon": ("prediction_length",)})

router = protocol_router()


class ForecastRequest(BaseModel):
    """The pasts of the series, and how many steps of their futures."""

    model_config = ConfigDict(extra="forbid", strict=True)

    context: list[list[Any]]
    prediction_length: int = Field(32, ge=1)


@router.post("/forecast/mean", name="tirex_mean")
async def forecast_mean(request: Request, service: PredictPart) -> Response:
    """Forecast each series: [series][step]."""
    found = await _forecast(request, service, ())
    return await json_answer([series.point for series in found])


@router.post("/forecast/quantiles", name="tirex_quantiles")
async def forecast_quantiles(request: Request, service: PredictPart) -> Response:
    """Forecast the quantiles 0.1 to 0.9 of each series: [series][step][quantile]."""
    found = await _forecast(request, service, _QUANTILES)
    return await json_answer(
        [
            list(zip(*(series.quantiles[quantile] for quantile in _QUANTILES), strict=True))
            for series in found
        ]
    )


async def _forecast(
    request: Request, service: PredictService, quantiles: tuple[float, ...]
) -> list[SeriesForecast]:
    given = await read_document(request, service.settings, ForecastRequest)
    asked = {
        "series": [{"values": missing_as_null(values)} for values in given.context],
        "horizon": given.prediction_length,
        "quantiles": list(quantiles),
    }
    return await forecast(request, service, asked, _PLACES)

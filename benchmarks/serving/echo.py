"""A server that shows the framework's speed: the same schemas, with nothing in between."""

from typing import Any

from fastapi import FastAPI

from app.predict.schemas import ForecastObject, PredictRequest, PredictResponse
from app.requests.series_schemas import SeriesObject

app = FastAPI()


@app.get("/health/ready")
async def ready() -> None:
    """Answer that the server is ready."""


@app.post("/predict")
async def predict(request: PredictRequest) -> PredictResponse:
    """Return the first values of each series, as many as the horizon."""
    return PredictResponse(
        model="echo",
        version=1,
        forecasts=[_echo(values, request) for values in _all_values(request)],
        notes=[],
    )


def _all_values(request: PredictRequest) -> list[Any]:
    """Return the values of every series in the request."""
    if isinstance(request.series, SeriesObject):
        return [request.series.values]
    values = [item.values for item in request.series if isinstance(item, SeriesObject)]
    return values or [request.series]


def _echo(values: list[float], request: PredictRequest) -> ForecastObject:
    return ForecastObject(
        id=None,
        frequency=None,
        timestamps=None,
        steps=None,
        point=values[: request.horizon],
        quantiles={},
        intervals={},
        notes=[],
    )

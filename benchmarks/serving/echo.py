"""The framework's own speed: the same request and response models, and nothing in between."""

from typing import Any

from fastapi import FastAPI

from app.predict.schemas import ForecastObject, PredictRequest, PredictResponse
from app.requests.series_schemas import SeriesObject

app = FastAPI()


@app.get("/health/ready")
async def ready() -> None: ...


@app.post("/predict")
async def predict(asked: PredictRequest) -> PredictResponse:
    """The first values of each series, as many as the horizon asks for."""
    return PredictResponse(
        model="echo", version=1, forecasts=[_echo(values, asked) for values in _all_values(asked)]
    )


def _all_values(asked: PredictRequest) -> list[Any]:
    if isinstance(asked.series, SeriesObject):
        return [asked.series.values]
    many = [one.values for one in asked.series if isinstance(one, SeriesObject)]
    return many or [asked.series]


def _echo(values: list[float], asked: PredictRequest) -> ForecastObject:
    return ForecastObject(
        id=None,
        frequency=None,
        timestamps=None,
        point=values[: asked.horizon],
        quantiles={},
        intervals={},
        notes=[],
    )

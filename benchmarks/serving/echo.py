"""A server that shows the framework's speed: plain FastAPI, lists of numbers in, lists out."""

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class OneSeries(BaseModel):
    """One raw series."""

    series: list[float]
    horizon: int = 12


class Values(BaseModel):
    """The values of one of many series."""

    values: list[float]


class ManySeries(BaseModel):
    """Many series."""

    series: list[Values]
    horizon: int = 12


@app.get("/health/ready")
async def ready() -> None:
    """Answer that the server is ready."""


@app.post("/one")
async def echo_one(request: OneSeries) -> list[float]:
    """Return the first values of a series, as many as the horizon."""
    return request.series[: request.horizon]


@app.post("/many")
async def echo_many(request: ManySeries) -> list[list[float]]:
    """Return the first values of each series, as many as the horizon."""
    return [item.values[: request.horizon] for item in request.series]

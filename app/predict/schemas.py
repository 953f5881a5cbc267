"""`POST /predict`."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.requests.options import ForecastOptions, Level
from app.requests.problem import Fault
from app.requests.scores import MethodsScores
from app.requests.series_schemas import BoundedSeriesInput

Probability = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]


class PredictOptions(ForecastOptions):
    """All of a request but its series."""

    model_config = ConfigDict(extra="forbid", strict=True)

    horizon: int | None = Field(
        None, ge=1, description="Steps to forecast; default: what the model was trained for."
    )
    levels: list[Level] | None = Field(
        None,
        max_length=20,
        fail_fast=True,
        description="Central intervals, in percent; default: 80, where the model predicts "
        "quantiles. An empty list asks for none.",
    )
    quantiles: list[Probability] = Field(
        [], max_length=99, fail_fast=True, description="Quantiles, each above 0 and below 1."
    )
    scores: bool = Field(
        False,
        description="Whether to add the scores of a quick backtest of each series: its last three "
        "windows of the horizon's length, or as many as fit. Not with tables for an answer.",
    )
    season_length: int | None = Field(
        None,
        ge=1,
        le=10_000,
        description="Steps a season, for a model that takes seasons out, such as `zero-shot`; "
        "default: from the frequency, else detected. Models trained on one season keep to it.",
    )
    calibrate: bool = Field(
        False,
        description="Make intervals wider or narrower by how forecasts of the latest past of each "
        "series went; a note says from how many windows.",
    )


class PredictRequest(PredictOptions):
    series: BoundedSeriesInput


class Interval(BaseModel):
    lower: list[float]
    upper: list[float]


class NoteObject(BaseModel):
    code: str = Field(description="Stable, for programs.")
    message: str
    count: int = Field(description="Values that it is about.")


class ForecastObject(BaseModel):
    id: str | None
    frequency: str | None
    timestamps: list[str] | None = Field(description="Where the series came with dates.")
    point: list[float] = Field(description="One value a step: the median, or the mean forecast.")
    quantiles: dict[str, list[float]]
    intervals: dict[str, Interval] = Field(description="By level, in percent.")
    notes: list[NoteObject]
    scores: MethodsScores | None = Field(
        None, description="Where they were asked for and a window fits into the series."
    )


class FailedObject(BaseModel):
    """In the place of a series that could not be forecast, with `"on_error": "partial"`."""

    id: str | None
    error: Fault


class PredictResponse(BaseModel):
    model: str
    version: int
    forecasts: list[ForecastObject | FailedObject] = Field(
        description="One a series, in the order asked."
    )


def decimal(number: float) -> str:
    """A level or a quantile as the answer names it: 80, 99.5, 0.1."""
    return repr(number).removesuffix(".0")

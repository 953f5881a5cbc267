"""`POST /predict`."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from app.schemas.series import SeriesInput
from forecasting.manifest import ModelName
from forecasting.quantiles import interval_quantiles

VersionChoice = Annotated[
    Annotated[int, Field(ge=1, strict=True), Tag("number")] | Annotated[ModelName, Tag("alias")],
    Discriminator(lambda given: "alias" if isinstance(given, str) else "number"),
]
Level = Annotated[float, Field(gt=0, le=99.9999, allow_inf_nan=False)]
Probability = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]


class PredictRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    series: SeriesInput
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
    season_length: int | None = Field(
        None,
        ge=1,
        le=10_000,
        description="Steps a season, for a model that takes seasons out, such as `zero-shot`; "
        "default: from the frequency, else detected. Models trained on one season keep to it.",
    )
    model: ModelName | None = Field(None, description="Default: the service's default model.")
    version: VersionChoice | None = Field(
        None,
        description="A number, an alias or `latest`; default: `production` if the model has one, "
        "else `latest`.",
    )


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


class PredictResponse(BaseModel):
    model: str
    version: int
    forecasts: list[ForecastObject] = Field(description="One a series, in the order asked.")


def interval_bounds(levels: list[float]) -> dict[str, tuple[float, float]]:
    """Level as it is written in the answer → the quantiles that bound it."""
    return {decimal(level): interval_quantiles(level) for level in levels}


def decimal(number: float) -> str:
    """A level or a quantile as the answer names it: 80, 99.5, 0.1."""
    return repr(number).removesuffix(".0")

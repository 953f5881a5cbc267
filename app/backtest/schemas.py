"""`POST /backtest`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from app.predict.schemas import FailedObject, Interval, MethodsScores, NoteObject
from app.requests.options import ForecastOptions, Level
from app.requests.series_schemas import BoundedSeriesInput


class BacktestOptions(ForecastOptions):
    """All of a request but its series."""

    model_config = ConfigDict(extra="forbid", strict=True)

    horizon: int | None = Field(
        None, ge=1, description="Steps of each forecast; default: what the model was trained for."
    )
    windows: int = Field(3, ge=1, description="Forecasts of each series.")
    step: int | None = Field(
        None, ge=1, description="Steps from one cutoff to the next; default: the horizon."
    )
    levels: list[Level] | None = Field(
        None,
        max_length=20,
        fail_fast=True,
        description="Central intervals whose coverage is measured, in percent; default: 80, where "
        "the model predicts quantiles.",
    )
    season_length: int | None = Field(
        None,
        ge=1,
        le=10_000,
        description="Steps a season; default: from the frequency, else the model's own, else "
        "detected in what lies before the cutoffs.",
    )
    forecasts: bool = Field(True, description="Whether the answer holds the windows' forecasts.")
    refit: bool = Field(
        False,
        description="Whether each window is forecast by a version trained anew on what lies before "
        "it, as this one was trained. Runs as a job.",
    )
    job: bool | None = Field(
        None,
        description="Whether it runs as a job: the answer is then 202 and the job, whose result is "
        "at `/jobs/{id}/result`. Default: where it is long, or with `refit`.",
    )


class BacktestRequest(BacktestOptions):
    series: BoundedSeriesInput


class WindowForecast(BaseModel):
    point: list[float]
    intervals: dict[str, Interval] = Field(description="By level, in percent.")


class WindowForecasts(BaseModel):
    model: WindowForecast
    seasonal_naive: WindowForecast
    theta: WindowForecast


class WindowObject(BaseModel):
    cutoff: int = Field(description="How many of the values given were known.")
    cutoff_timestamp: str | None = Field(description="Of the last of them.")
    timestamps: list[str] | None = Field(description="Of what was forecast.")
    actual: list[float | None] = Field(description="What came; null where it is missing.")
    forecasts: WindowForecasts


class BacktestObject(BaseModel):
    id: str | None
    frequency: str | None
    season_length: int = Field(description="The one that MASE and the yardsticks go by.")
    scores: MethodsScores
    windows: list[WindowObject] | None = Field(
        description='In the order of their cutoffs; null with `"forecasts": false`.'
    )
    notes: list[NoteObject]


class BacktestResponse(BaseModel):
    model: str
    version: int
    horizon: int
    windows: int
    step: int
    overall: MethodsScores = Field(description="Over all windows of all series.")
    series: list[BacktestObject | FailedObject] = Field(description="In the order asked.")

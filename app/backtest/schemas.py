"""The request and the answer of `POST /backtest`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from app.predict.notes import NoteObject
from app.predict.schemas import FailedObject, Interval, MethodsScores, TableNotes
from app.requests.effort import EffortOption
from app.requests.options import ForecastOptions, Level
from app.requests.series_schemas import BoundedSeriesInput


class BacktestOptions(ForecastOptions, EffortOption):
    """The request without its series."""

    model_config = ConfigDict(extra="forbid", strict=True)

    horizon: int | None = Field(
        None,
        ge=1,
        description="The number of steps of each forecast. By default, the horizon that the model "
        "was trained for.",
    )
    windows: int = Field(3, ge=1, description="The number of forecasts of each series.")
    step: int | None = Field(
        None,
        ge=1,
        description="The number of steps from one cutoff to the next. By default, the horizon.",
    )
    levels: list[Level] | None = Field(
        None,
        max_length=20,
        fail_fast=True,
        description="The levels, in percent, of the central intervals whose coverage is measured. "
        "By default, 80 if the model predicts quantiles.",
    )
    season_length: int | None = Field(
        None,
        ge=1,
        le=10_000,
        description="The number of steps in a season. By default, it follows from the frequency, "
        "or else from the model, or else it is detected in the values before the cutoffs.",
    )
    forecasts: bool = Field(
        True, description="If true, the answer holds the forecasts of every window."
    )
    refit: bool = Field(
        False,
        description="If true, each window is forecast by a version that is trained on the values "
        "before it, as the version of the request was trained. This runs as a job.",
    )
    job: bool | None = Field(
        None,
        description="If true, the backtest runs as a job: the answer is 202 and the job, whose "
        "result is at `/jobs/{id}/result`. By default, a long backtest and one with `refit` do.",
    )


class BacktestRequest(BacktestOptions):
    """The series to backtest on, and how."""

    series: BoundedSeriesInput


class WindowForecast(BaseModel):
    """One method's forecast of a window."""

    point: list[float]
    intervals: dict[str, Interval] = Field(
        description="For each level in percent, its central interval."
    )


class WindowForecasts(BaseModel):
    """The forecasts of a window by the model and by two baselines."""

    model: WindowForecast
    seasonal_naive: WindowForecast
    theta: WindowForecast


class WindowObject(BaseModel):
    """One window: what was forecast, and what came."""

    cutoff: int = Field(description="The number of values before the window.")
    cutoff_timestamp: str | None = Field(
        description="The time of the last value before the window; null without dates."
    )
    cutoff_step: int | None = Field(
        description="The number of the last value before the window, if whole numbers stand in "
        "place of dates."
    )
    timestamps: list[str] | None = Field(
        description="The time of each step of the window; null without dates."
    )
    steps: list[int] | None = Field(
        description="The number of each step of the window, if whole numbers stand in place of "
        "dates; otherwise null."
    )
    actual: list[float | None] = Field(
        description="The actual values of the window; a missing one is null."
    )
    forecasts: WindowForecasts


class BacktestObject(BaseModel):
    """The backtest of one series."""

    id: str | None
    target: str | None = Field(
        None, description="Which target it is, of a series with several; otherwise left out."
    )
    frequency: str | None
    season_length: int = Field(description="The season length that MASE and the baselines go by.")
    scores: MethodsScores
    windows: list[WindowObject] | None = Field(
        description='The windows in the order of their cutoffs; null with `"forecasts": false`.'
    )
    notes: list[NoteObject]


class BacktestResponse(BaseModel):
    """The scores of a version on the series, beside those of two baselines."""

    model: str
    version: int
    horizon: int
    windows: int
    step: int
    overall: MethodsScores = Field(description="The scores over all windows of all series.")
    series: list[BacktestObject | FailedObject] = Field(
        description="One entry for each series, in the order of the request."
    )
    notes: TableNotes

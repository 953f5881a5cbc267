"""The request and the answer of `POST /predict`, and what other operations share with them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.exception_handlers import ErrorDetail
from app.predict.explanation_schemas import ExplanationObject
from app.predict.notes import NoteObject
from app.requests.effort import EffortOption
from app.requests.options import ForecastOptions, Level
from app.requests.series_schemas import BoundedSeriesInput

Probability = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]


class PredictOptions(ForecastOptions, EffortOption):
    """The request without its series."""

    model_config = ConfigDict(extra="forbid", strict=True)

    horizon: int | None = Field(
        None,
        ge=1,
        description="The number of steps to forecast. By default, the horizon that the model was "
        "trained for.",
    )
    levels: list[Level] | None = Field(
        None,
        max_length=20,
        fail_fast=True,
        description="The levels of the central intervals, in percent. By default, 80 if the model "
        "predicts quantiles. With an empty list, the answer has no intervals.",
    )
    quantiles: list[Probability] = Field(
        default_factory=list,  # a list as the default would be copied deeply for each request
        json_schema_extra={"default": []},
        max_length=99,
        fail_fast=True,
        description="The quantiles to forecast, each above 0 and below 1.",
    )
    scores: bool = Field(
        False,
        description="If true, each forecast comes with the scores of a quick backtest of its "
        "series: over its last three windows of the horizon's length, or as many as fit. Tables "
        "have no room for scores, so that this needs an answer in JSON.",
    )
    season_length: int | None = Field(
        None,
        ge=1,
        le=10_000,
        description="The number of steps in a season, for a model that takes seasons out, such as "
        "`zero-shot`. By default, it follows from the frequency, or else it is detected. A model "
        "that was trained on one season length keeps to that.",
    )
    calibrate: bool = Field(
        False,
        description="If true, the intervals are made wider or narrower by how well the latest past "
        "of each series was forecast. A note says how many windows of the past were used.",
    )
    explain: bool = Field(
        False,
        description="If true, each forecast comes with its explanation: what its level, its "
        "seasons, its covariates and the network add at each step, and which stretches of the past "
        "moved it most. A table has a column for each component, and leaves out the stretches.",
    )

    track: bool = Field(
        False,
        description="If true, the forecasts are kept, so that `/actuals` can say what really "
        "happened. Each comes with its `forecast_id`; a table has a column for it.",
    )


class PredictRequest(PredictOptions):
    """The series to forecast, and how."""

    series: BoundedSeriesInput


class Interval(BaseModel):
    """A central interval: a lower and an upper bound for each step."""

    lower: list[float]
    upper: list[float]


TableNotes = Annotated[
    list[NoteObject],
    Field(
        description="What was assumed to read the table that the series came in. Without a table, "
        "the list is empty."
    ),
]


class ScoresObject(BaseModel):
    """The scores of one method. A score that is not defined is null."""

    mase: float | None = Field(
        description="The mean absolute scaled error: the mean absolute error, divided by that of "
        "seasonal naive on the past of each window."
    )
    smape: float | None = Field(
        description="The symmetric mean absolute percentage error, from 0 to 200."
    )
    rmse: float | None = Field(
        description="The root mean squared error, in the unit of the series."
    )
    wql: float | None = Field(
        description="The weighted quantile loss over the quantiles 0.1 to 0.9."
    )
    coverage: dict[str, float | None] = Field(
        description="For each level, the share of the actual values that lie within the interval."
    )


class MethodsScores(BaseModel):
    """The scores of the model and of two baselines on the same windows."""

    model: ScoresObject
    seasonal_naive: ScoresObject
    theta: ScoresObject


class ForecastObject(BaseModel):
    """The forecast of one series, or of one of its targets."""

    id: str | None
    target: str | None = Field(
        None, description="Which target it is, of a series with several; otherwise left out."
    )
    forecast_id: str | None = Field(
        None, description="What `/actuals` knows the forecast by, if it is kept; or else left out."
    )
    frequency: str | None
    timestamps: list[str] | None = Field(
        description="The time of each step; null if the series came without dates."
    )
    steps: list[int] | None = Field(
        description="The number of each step, if the series came in a table with whole numbers in "
        "place of dates: they go on. Otherwise null."
    )
    point: list[float] = Field(
        description="The forecast of each step: the median, or the mean if the model predicts no "
        "quantiles."
    )
    quantiles: dict[str, list[float]] = Field(
        description="For each quantile, its forecast at each step."
    )
    intervals: dict[str, Interval] = Field(
        description="For each level in percent, its central interval."
    )
    notes: list[NoteObject]
    scores: MethodsScores | None = Field(
        None,
        description="The scores of a quick backtest; null if they were not requested, or if no "
        "window fits into the series.",
    )
    explanation: ExplanationObject | None = Field(
        None, description="Why the point forecast is what it is; null if that was not requested."
    )


class FailedObject(BaseModel):
    """The entry of a series that could not be forecast, with `"on_error": "partial"`."""

    id: str | None
    target: str | None = Field(
        None, description="Which target it is, of a series with several; otherwise left out."
    )
    error: ErrorDetail


class PredictResponse(BaseModel):
    """The forecasts, and the version that made them."""

    model: str
    version: int
    forecasts: list[ForecastObject | FailedObject] = Field(
        description="One entry for each series, and for each target if a series has several, in "
        "the order of the request."
    )
    notes: TableNotes

"""The requests and the answers about what really happened."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from app.predict.schemas import TableNotes
from app.requests.series_schemas import Values
from app.tracking.performance import Period
from forecasting.store.manifest import ModelName


class ActualsObject(BaseModel):
    """What really happened of one series, or of what one forecast was about."""

    model_config = ConfigDict(extra="forbid")

    values: Annotated[
        Values,
        Field(description="What happened. Null is not known yet, and leaves what is known."),
    ]
    forecast_id: str | None = Field(
        None,
        max_length=64,
        description="The forecast that the values belong to. Without dates or steps, the first "
        "value is that of its first step, and so on.",
    )
    id: str | None = Field(
        None,
        max_length=256,
        description="In place of `forecast_id`: the id of the series, as it was sent to "
        "`/predict`. The values belong to all forecasts of it that have a step at their times.",
    )
    target: str | None = Field(
        None, max_length=256, description="Which target it is, of a series with several."
    )
    timestamps: list[Annotated[str, Field(max_length=64)]] | None = Field(
        None, fail_fast=True, description="The time of each value in ISO 8601."
    )
    start: str | None = Field(
        None,
        max_length=64,
        description="In place of `timestamps`: the time of the first value. It needs `frequency`.",
    )
    frequency: str | None = Field(
        None, max_length=32, description='How often values come, as a pandas alias such as "D".'
    )
    steps: list[Annotated[int, Field(strict=True, ge=-(2**63), lt=2**63)]] | None = Field(
        None,
        fail_fast=True,
        description="In place of `timestamps`: the number of each value, for a series that came in "
        "a table with whole numbers in place of dates.",
    )
    timezone: str | None = Field(
        None,
        max_length=64,
        description="The time zone of times without an offset, by its IANA name. By default, that "
        "of the forecast.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.forecast_id is None) == (self.id is None):
            raise ValueError("give forecast_id, or the id of the series, and not both")
        if self.forecast_id is not None and self.target is not None:
            raise ValueError("target goes with the id of a series; a forecast_id has one target")
        given = [self.timestamps is not None, self.start is not None, self.steps is not None]
        if sum(given) > 1:
            raise ValueError("give one of timestamps, start and steps")
        if self.id is not None and not any(given):
            raise ValueError("the id of a series needs timestamps, start and frequency, or steps")
        if (self.start is None) != (self.frequency is None):
            raise ValueError('start and frequency, such as "D" for days, go together')
        if self.timezone is not None and self.timestamps is None and self.start is None:
            raise ValueError("timezone needs timestamps or a start")
        return self


class ActualsOptions(BaseModel):
    """The options beside a table of what really happened."""

    model_config = ConfigDict(extra="forbid", strict=True)

    model: ModelName | None = Field(
        None,
        description="The model whose forecasts the values belong to. By default, those of all "
        "models that you see.",
    )
    by: Literal["series", "forecast"] = Field(
        "series",
        description="What the ids of a table are: `series`, those that were sent to `/predict`, or "
        "`forecast`, those of forecasts, in the column `forecast_id` unless `id_col` names "
        "another.",
    )


class ActualsRequest(BaseModel):
    """What really happened, of one series or of many."""

    model_config = ConfigDict(extra="forbid", strict=True)

    model: ModelName | None = Field(
        None,
        description="The model whose forecasts the values belong to. By default, those of all "
        "models that you see.",
    )
    series: Annotated[
        Annotated[ActualsObject, Tag("object")]
        | Annotated[list[ActualsObject], Tag("list"), Field(fail_fast=True, min_length=1)],
        Discriminator(lambda given: "list" if isinstance(given, list) else "object"),
    ] = Field(description="The values of one series, or an array of those of several.")


class UnmatchedObject(BaseModel):
    """Values that belong to no forecast that is kept."""

    id: str | None
    target: str | None
    forecast_id: str | None
    code: str = Field(
        description="`forecast_not_tracked`, `series_not_tracked` or `time_not_forecast`."
    )
    message: str
    count: int = Field(description="The number of values.")


class ActualsResponse(BaseModel):
    """What became of the values."""

    values: int = Field(description="The values that were given, without nulls.")
    matched: int = Field(description="Those that belong to at least one forecast that is kept.")
    forecasts: int = Field(description="The forecasts that they belong to.")
    replaced: int = Field(
        description="How often a value took the place of another one that was known before."
    )
    unmatched: list[UnmatchedObject] = Field(
        description="The others: an entry for each series that has some."
    )
    notes: TableNotes


class LiveScoresObject(BaseModel):
    """The scores of one method. A score that is not defined is null."""

    mase: float | None = Field(
        description="The mean absolute error, divided by that of seasonal naive on the past from "
        "which each forecast was made."
    )
    bias: float | None = Field(
        description="The mean of forecast minus actual, divided by the same: above 0 if forecasts "
        "are too high."
    )
    coverage: dict[str, float | None] = Field(
        description="For each level, the share of the actual values that lie within the interval. "
        "Seasonal naive is kept without intervals."
    )


class LiveGroup(BaseModel):
    """The scores on some of the points."""

    values: int = Field(description="How many actual values there are.")
    model: LiveScoresObject
    seasonal_naive: LiveScoresObject


class LivePeriod(LiveGroup):
    """The scores of a period."""

    start: str = Field(description="When the period begins, in ISO 8601.")


class LiveSeries(LiveGroup):
    """The scores of a series."""

    id: str | None
    target: str | None


class DriftObject(BaseModel):
    """What the test for drift says."""

    drifting: bool
    since: str | None = Field(
        description="The last date in the round that made it so, in ISO 8601; null without drift, "
        "or without dates."
    )
    rounds: int = Field(description="Rounds of the test so far.")
    evidence: float = Field(
        description="The capital of the bets against the version, which began at 1."
    )
    threshold: float = Field(
        description="The version is drifting once the evidence has reached this."
    )
    misses: float = Field(description="The part of the evidence from values outside intervals.")
    errors: float = Field(description="The part of the evidence from growing errors.")
    false_alarm_rate: float = Field(
        description="The largest probability that a version which does not drift is ever called so."
    )


class PerformanceResponse(BaseModel):
    """How a version does by what really happened."""

    model: str
    version: int
    forecasts: int = Field(description="The forecasts of it that are kept and that you see.")
    evaluated: int = Field(description="Those of them of which actual values are known.")
    drifting: bool
    drift: DriftObject
    overall: LiveGroup
    period: Period = Field(
        description="The length of the periods in `over_time`: the shortest that makes few."
    )
    over_time: list[LivePeriod] = Field(
        description="By the time of each value, or that of its forecast if there are no dates."
    )
    by_series: list[LiveSeries] = Field(description="The largest MASE first.")
    series: int = Field(description="How many series there are, also those that are left out.")

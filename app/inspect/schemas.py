"""What `POST /inspect` takes and answers."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.exception_handlers import ErrorDetail
from app.predict.notes import NoteObject
from app.predict.schemas import PredictOptions, TableNotes
from app.requests.options import VersionChoice
from app.requests.series_schemas import BoundedSeriesInput
from forecasting.store.manifest import ModelName

_WITHOUT_EFFECT = ("on_error", "levels", "quantiles", "scores", "calibrate", "effort", "explain")


def _say_what_has_no_effect(schema: dict[str, Any]) -> None:
    for name in _WITHOUT_EFFECT:
        schema["properties"][name]["description"] = "As for `/predict`. It has no effect here."


class InspectOptions(PredictOptions):
    """All options of a request, which are those of `/predict` and one more."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra=_say_what_has_no_effect
    )

    horizon: int | None = Field(
        None,
        ge=1,
        description="The number of steps that a model would be trained to forecast; by default, "
        "one season. If it is given, covariates that are given for steps ahead have to be for so "
        "many, as `/predict` wants it.",
    )
    season_length: int | None = Field(
        None,
        ge=1,
        le=10_000,
        description="The number of steps in a season, for a forecast and for a model that would be "
        "trained. By default, it follows from the frequency.",
    )
    model: ModelName | None = Field(
        None,
        description="The model that would forecast the series. By default, it is the service's "
        "default model.",
    )
    version: VersionChoice | None = Field(
        None, description="The version of the model, as for `/predict`."
    )
    max_series: int = Field(
        100, ge=0, le=10_000, description="The answer describes this many series at most."
    )
    values: bool = Field(
        False,
        description="If true, each series comes with its `history`: the values that a forecast "
        "would start from, on their regular steps.",
    )


class InspectRequest(InspectOptions):
    """A request as JSON."""

    series: BoundedSeriesInput


class SeasonObject(BaseModel):
    """A season that a series shows."""

    length: int = Field(description="The number of steps in a season.")
    strength: float = Field(description="From 0, no season, to 1, nothing but trend and season.")


class CovariateObject(BaseModel):
    """A covariate of a series, or one of its categories."""

    name: str = Field(description="Its name; that of a category is `name=category`.")
    known_ahead: bool = Field(description="Whether its values at the steps ahead may be given.")
    missing: int = Field(description="The number of its values that are missing.")


class History(BaseModel):
    """The values of a series on its regular steps, as they were read and repaired."""

    timestamps: list[str] | None = Field(
        description="The time of each value; null if the series has no dates."
    )
    steps: list[int] | None = Field(
        description="The number of each value, if whole numbers stand in place of dates; otherwise "
        "null."
    )
    values: list[float | None] = Field(description="The values; a missing one is null.")
    covariates: dict[str, list[float | None]] = Field(
        description="The covariates beside the values, by name, and after them as far as they are "
        "known ahead; of a category, 1 where it holds and 0 elsewhere."
    )


class InspectedSeries(BaseModel):
    """One series, as it was understood."""

    id: str | None
    target: str | None = Field(
        None, description="Which target it is, of a series with several; otherwise left out."
    )
    observed: int = Field(description="The number of values that were observed.")
    missing: int = Field(
        description="The number of values that are missing between the first and the last step."
    )
    lowest: float
    highest: float
    start: str | None = Field(description="The first timestamp; null if the series has no dates.")
    end: str | None = Field(description="The last timestamp; null if the series has no dates.")
    frequency: str | None
    seasons: list[SeasonObject] = Field(description="The seasons it shows, the strongest first.")
    covariates: list[CovariateObject] = Field(
        description="Its covariates, among them the days of the `calendar`."
    )
    non_negative: bool = Field(description="Whether its forecasts are kept at 0 or above.")
    fallback: NoteObject | None = Field(
        description="Why a fallback would forecast it in place of the model; null if the model "
        "would."
    )
    notes: list[NoteObject] = Field(
        description="What was done to read it, and whether it would be forecast by increments."
    )
    history: History | None = Field(
        None, description='Its values, with `"values": true`; otherwise null.'
    )


class UnreadableSeries(BaseModel):
    """One series that cannot be forecast as it is."""

    id: str | None
    target: str | None = Field(
        None, description="Which target it is, of a series with several; otherwise left out."
    )
    error: ErrorDetail
    repairs: list[NoteObject] | None = Field(
        description="What `repair` would do to it, if that makes it readable."
    )


class TrainingAdvice(BaseModel):
    """Whether training a model on the series makes sense."""

    makes_sense: bool
    windows: int = Field(description="The windows that the default recipe would be trained on.")
    detail: str


class InspectResponse(BaseModel):
    """What was understood of a request, without a forecast."""

    table: dict[str, Any] | None = Field(
        description="How the file is written, and what each of its columns was taken for; null if "
        "the series came as JSON."
    )
    error: ErrorDetail | None = Field(
        description="Why no series can be read from a file that could be opened, and what to do; "
        "null if series were found."
    )
    notes: TableNotes
    model: str
    version: int
    count: int = Field(description="The number of series.")
    unreadable: int = Field(description="The number of series that cannot be forecast as they are.")
    frequencies: dict[str, int] = Field(
        description="How many of the readable series have each frequency; `none` counts those "
        "without dates."
    )
    training: TrainingAdvice
    series: list[InspectedSeries | UnreadableSeries] = Field(
        description="The first `max_series` series, in the order of the request."
    )

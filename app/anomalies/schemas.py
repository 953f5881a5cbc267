"""The request and the answer of `POST /anomalies`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from app.predict.notes import NoteObject
from app.predict.schemas import FailedObject, TableNotes
from app.requests.options import ForecastOptions, Level
from app.requests.series_schemas import BoundedSeriesInput


class AnomaliesOptions(ForecastOptions):
    """The request without its series."""

    model_config = ConfigDict(extra="forbid", strict=True)

    level: Level = Field(
        99.0,
        description="The percentage of values that the band is meant to hold if nothing is wrong.",
    )
    warm_up: int | None = Field(
        None,
        ge=1,
        description="The number of values at the start that are not scored, since too little lies "
        "before them. By default, two seasons if their length is known, and at least 10.",
    )
    last: int | None = Field(
        None,
        ge=1,
        description="If given, only that many values at the end are scored. Use it to send a "
        "series again as its values come in.",
    )
    season_length: int | None = Field(
        None, ge=1, le=10_000, description="The number of steps in a season, as for `/predict`."
    )


class AnomaliesRequest(AnomaliesOptions):
    """The series whose values are scored, and how."""

    series: BoundedSeriesInput


class AnomaliesObject(BaseModel):
    """The scored values of one series. Every list but `anomalies` has an entry for each of them."""

    id: str | None
    target: str | None = Field(
        None, description="Which target it is, of a series with several; otherwise left out."
    )
    frequency: str | None
    anomalies: list[int] = Field(
        description="The positions in the series, from 0, of the values outside their band."
    )
    index: list[int] = Field(
        description="The positions in the series, from 0, of the scored values."
    )
    timestamps: list[str] | None = Field(
        description="The times of the scored values; null if the series came without dates."
    )
    steps: list[int] | None = Field(
        description="The numbers of the scored values, if the series came in a table with whole "
        "numbers in place of dates; otherwise null."
    )
    actual: list[float | None] = Field(
        description="The scored values as they were given; a missing one is null."
    )
    expected: list[float] = Field(
        description="The median forecast of each value from the values before it."
    )
    lower: list[float] = Field(description="The lower edge of each value's band.")
    upper: list[float] = Field(description="The upper edge of each value's band.")
    outside: list[bool] = Field(description="Whether each value lies outside its band.")
    score: list[float | None] = Field(
        description="The distance of each value from `expected`: 1 at the upper edge of the band, "
        "-1 at the lower edge. It is null if the value is missing or the band has no width."
    )
    notes: list[NoteObject]


class AnomaliesResponse(BaseModel):
    """The scored values, and the version that expected others."""

    model: str
    version: int
    level: float
    series: list[AnomaliesObject | FailedObject] = Field(
        description="One entry for each series, in the order of the request."
    )
    notes: TableNotes

"""`POST /anomalies`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from app.predict.schemas import FailedObject, NoteObject
from app.requests.options import ForecastOptions, Level
from app.requests.series_schemas import BoundedSeriesInput


class AnomaliesOptions(ForecastOptions):
    """All of a request but its series."""

    model_config = ConfigDict(extra="forbid", strict=True)

    level: Level = Field(
        99.0, description="Percent of the values that the band should hold where nothing is wrong."
    )
    warm_up: int | None = Field(
        None,
        ge=1,
        description="Values at the start that are not judged; default: two seasons, where their "
        "length is known, and 10 at least.",
    )
    last: int | None = Field(
        None, ge=1, description="Judge the last so many values alone, as they come in."
    )
    season_length: int | None = Field(None, ge=1, le=10_000, description="As for `/predict`.")


class AnomaliesRequest(AnomaliesOptions):
    series: BoundedSeriesInput


class AnomaliesObject(BaseModel):
    """Lists have an entry for each value judged."""

    id: str | None
    frequency: str | None
    anomalies: list[int] = Field(description="The indices of the values outside their band.")
    index: list[int] = Field(description="Places among the values given, from 0.")
    timestamps: list[str] | None = Field(description="Where the series came with dates.")
    actual: list[float | None] = Field(description="null where a value is missing.")
    expected: list[float] = Field(description="The median forecast from the values before alone.")
    lower: list[float]
    upper: list[float]
    outside: list[bool]
    score: list[float | None] = Field(
        description="Distance from `expected`: 1 is the band's upper edge, -1 its lower. null "
        "where the value is missing, or the band has no width."
    )
    notes: list[NoteObject]


class AnomaliesResponse(BaseModel):
    model: str
    version: int
    level: float
    series: list[AnomaliesObject | FailedObject] = Field(description="In the order asked.")

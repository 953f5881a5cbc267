"""Series as a request holds them: raw values, one object, or a list of objects."""

from __future__ import annotations

from typing import Annotated, Any, Self, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from app.requests.options import BoundsInput
from forecasting.errors import SeriesError
from forecasting.prediction.bounds import Bounds
from forecasting.series.calendar import Calendar
from forecasting.series.series import Series
from forecasting.series.time_zones import parse_zone
from forecasting.series.timestamps import parse_times

Value = Annotated[float, Field(strict=True, allow_inf_nan=False)] | None
Values = Annotated[
    list[Value],
    Field(
        fail_fast=True,
        description="Observations, oldest first, evenly spaced; null where one is missing.",
    ),
]


class SeriesObject(BaseModel):
    """One series with what is known about it."""

    model_config = ConfigDict(extra="forbid")

    values: Values
    id: str | None = Field(None, max_length=256, description="Comes back in the answer.")
    start: str | None = Field(
        None, max_length=64, description="ISO 8601 time of the first value; needs `frequency`."
    )
    frequency: str | None = Field(
        None, max_length=32, description='pandas alias: "MS", "QS", "W-MON", "D", "h", "30min".'
    )
    timestamps: list[Annotated[str, Field(max_length=64)]] | None = Field(
        None, fail_fast=True, description="ISO 8601 time of every value, instead of `start`."
    )
    timezone: str | None = Field(
        None,
        max_length=64,
        description="IANA name of the zone of the dates: those without an offset are its local "
        "time, and so are those of the answer.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.timestamps is not None and self.start is not None:
            raise ValueError("give either timestamps or start, not both")
        if self.start is not None and self.frequency is None:
            raise ValueError('start needs a frequency, such as "MS" for months')
        if self.frequency is not None and self.start is None and self.timestamps is None:
            raise ValueError("frequency needs a start or timestamps")
        if self.timezone is not None and not self.dated:
            raise ValueError("timezone needs a start or timestamps")
        return self

    @property
    def dated(self) -> bool:
        return self.frequency is not None or self.timestamps is not None

    def bounds(self, otherwise: Bounds) -> Bounds:
        return otherwise

    def to_series(self, *, repair: bool) -> Series:
        """Raises SeriesError, its path within this object."""
        zone = None if self.timezone is None else parse_zone(self.timezone)
        if self.timestamps is not None:
            try:
                times = parse_times(self.timestamps).in_zone(zone)
            except SeriesError as error:
                raise error.under("timestamps") from error
            return Series.from_dates(
                self.values, times, id=self.id, frequency=self.frequency, repair=repair
            )
        calendar = None
        if self.start is not None and self.frequency is not None:
            calendar = Calendar.from_start(self.start, self.frequency, zone)
        try:
            return Series.from_values(self.values, id=self.id, calendar=calendar)
        except SeriesError as error:
            raise error.under("values") from error


class BoundedSeriesObject(BoundsInput, SeriesObject):
    """One series to forecast."""


def _shape(given: Any) -> str:
    if isinstance(given, dict | SeriesObject):
        return "object"
    first = given[0] if isinstance(given, list) and given else None
    return "list" if isinstance(first, dict | SeriesObject) else "values"


_DESCRIPTION = "One raw series, one series object, or a list of them, of any lengths."
SeriesInput = Annotated[
    Annotated[Values, Tag("values")]
    | Annotated[SeriesObject, Tag("object")]
    | Annotated[list[SeriesObject], Tag("list"), Field(fail_fast=True)],
    Discriminator(_shape),
    Field(description=_DESCRIPTION),
]
BoundedSeriesInput = Annotated[
    Annotated[Values, Tag("values")]
    | Annotated[BoundedSeriesObject, Tag("object")]
    | Annotated[list[BoundedSeriesObject], Tag("list"), Field(fail_fast=True)],
    Discriminator(_shape),
    Field(description=_DESCRIPTION),
]


def objects_of(given: BoundedSeriesInput | SeriesInput) -> list[SeriesObject]:
    """The series objects that were given; none for raw values.

    Only the first is looked at: it decides how the rest are read.
    """
    if isinstance(given, SeriesObject):
        return [given]
    first = given[0] if given else None
    return cast("list[SeriesObject]", given) if isinstance(first, SeriesObject) else []


def is_dated(given: BoundedSeriesInput) -> bool:
    return any(one.dated for one in objects_of(given))

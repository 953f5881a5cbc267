"""Series as a request holds them: raw values, one object, or a list of objects."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from forecasting.calendar import Calendar
from forecasting.errors import ForecastingError, SeriesError
from forecasting.series import Series, whole_values

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

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.timestamps is not None and self.start is not None:
            raise ValueError("give either timestamps or start, not both")
        if self.start is not None and self.frequency is None:
            raise ValueError('start needs a frequency, such as "MS" for months')
        if self.frequency is not None and self.start is None and self.timestamps is None:
            raise ValueError("frequency needs a start or timestamps")
        return self

    @property
    def dated(self) -> bool:
        return self.frequency is not None or self.timestamps is not None

    def to_series(self) -> Series:
        """Raises SeriesError, its path within this object."""
        calendar = None
        if self.timestamps is not None:
            calendar = Calendar.from_timestamps(self.timestamps, len(self.values), self.frequency)
        elif self.start is not None and self.frequency is not None:
            calendar = Calendar.from_start(self.start, self.frequency)
        return _checked(self.values, "values", id=self.id, calendar=calendar)


def _shape(given: Any) -> str:
    if isinstance(given, dict | SeriesObject):
        return "object"
    first = given[0] if isinstance(given, list) and given else None
    return "list" if isinstance(first, dict | SeriesObject) else "values"


SeriesInput = Annotated[
    Annotated[Values, Tag("values")]
    | Annotated[SeriesObject, Tag("object")]
    | Annotated[list[SeriesObject], Tag("list"), Field(fail_fast=True)],
    Discriminator(_shape),
    Field(description="One raw series, one series object, or a list of them, of any lengths."),
]


def is_dated(given: SeriesInput) -> bool:
    if isinstance(given, SeriesObject):
        return given.dated
    return any(isinstance(item, SeriesObject) and item.dated for item in given)


def to_series(given: SeriesInput, limit: int, setting: str) -> list[Series]:
    """At least one checked series, `limit` at most, as `setting` says.

    Raises SeriesError, its path within the request body.
    """
    if isinstance(given, SeriesObject):
        return [_placed(given, "series")]
    if not given or not isinstance(given[0], SeriesObject):
        return [_checked(given, "series")]
    if len(given) > limit:
        raise SeriesError(
            f"the request holds {len(given)} series; {limit} is the most ({setting}).",
            code="too_many_series",
            path=("series",),
        )
    if any(item.dated for item in given):
        return [_placed(item, "series", place) for place, item in enumerate(given)]
    return [
        _placed(item, "series", place) if values is None else Series(values, item.id)
        for place, (item, values) in enumerate(
            zip(given, whole_values([item.values for item in given]), strict=True)
        )
    ]


def _placed(item: SeriesObject, *place: str | int) -> Series:
    try:
        return item.to_series()
    except ForecastingError as error:
        raise error.under(*place) from error


def _checked(values: Any, name: str, **known: Any) -> Series:
    try:
        return Series.from_values(values, **known)
    except ForecastingError as error:
        raise error.under(name) from error

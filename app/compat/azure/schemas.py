"""What Azure's clients send and read, with the names and meanings of its API, version 1.1."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AliasGenerator, BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

Granularity = Literal[
    "yearly", "monthly", "weekly", "daily", "hourly", "minutely", "secondly", "microsecond", "none"
]
ImputeMode = Literal["auto", "previous", "linear", "fixed", "zero", "notFill"]
FEWEST_POINTS = 12

_ANSWER = ConfigDict(alias_generator=AliasGenerator(serialization_alias=to_camel))
_CAMEL = ConfigDict(alias_generator=to_camel, extra="forbid", strict=True)


class Point(BaseModel):
    """A value, and its time unless the points are evenly spaced."""

    model_config = _CAMEL

    timestamp: str | None = Field(None, max_length=64)
    value: Annotated[float, Field(allow_inf_nan=False)]


class PointsRequest(BaseModel):
    """One series."""

    model_config = _CAMEL

    series: list[Point]
    granularity: Granularity | None = None
    custom_interval: int | None = Field(None, ge=1, le=9_999)
    period: int | None = Field(None, ge=0, le=10_000)

    @property
    def is_dated(self) -> bool:
        """Whether the times of the points matter."""
        return self.granularity not in {None, "none"}

    @field_validator("series")
    @classmethod
    def _check_count(cls, points: list[Point]) -> list[Point]:
        if len(points) < FEWEST_POINTS:
            raise ValueError(f"there are {len(points)} points, and it takes {FEWEST_POINTS}")
        return points

    @model_validator(mode="after")
    def _check_interval(self) -> Self:
        if self.custom_interval is not None and not self.is_dated:
            raise _missing("granularity")
        return self


class DetectRequest(PointsRequest):
    """One series in which anomalies are looked for."""

    sensitivity: int | None = Field(None, ge=0, le=99)
    max_anomaly_ratio: float | None = Field(None, gt=0, lt=0.5)
    impute_mode: ImputeMode | None = None
    impute_fixed_value: float | None = Field(None, allow_inf_nan=False)

    @model_validator(mode="after")
    def _check_fixed_value(self) -> Self:
        if self.impute_mode == "fixed" and self.impute_fixed_value is None:
            raise _missing("imputeFixedValue")
        return self


class ChangePointRequest(PointsRequest):
    """One series in which change points are looked for."""

    granularity: Granularity
    stable_trend_window: int | None = Field(None, ge=1, le=1_000)
    threshold: float | None = Field(None, ge=0, le=1)


class EntireAnswer(BaseModel):
    """What was found; each list has an entry for each point."""

    model_config = _ANSWER

    period: int
    expected_values: list[float]
    upper_margins: list[float]
    lower_margins: list[float]
    is_anomaly: list[bool]
    is_negative_anomaly: list[bool]
    is_positive_anomaly: list[bool]
    severity: list[float]


class LastAnswer(BaseModel):
    """What the latest point was found to be."""

    model_config = _ANSWER

    period: int
    suggested_window: int
    expected_value: float
    upper_margin: float
    lower_margin: float
    is_anomaly: bool
    is_negative_anomaly: bool
    is_positive_anomaly: bool
    severity: float


class ChangePointAnswer(BaseModel):
    """Where the series changes; each list has an entry for each point."""

    model_config = _ANSWER

    period: int
    is_change_point: list[bool]
    confidence_scores: list[float]


def _missing(field: str) -> PydanticCustomError:
    """Return the error that a field is missing, which another one needs."""
    return PydanticCustomError("missing", "is missing", {"field": field})

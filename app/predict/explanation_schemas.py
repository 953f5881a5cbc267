"""The explanation of a forecast in the answer to `POST /predict`."""

from __future__ import annotations

from pydantic import BaseModel, Field

from forecasting.prediction.explanation.forms import Form, Kind


class ComponentObject(BaseModel):
    """A part of the point forecast."""

    kind: Kind = Field(
        description="What it is: the `level` from which the forecast starts, a `season`, a "
        "`covariate`, what the `bounds` changed, or the `remainder`, which is what the network "
        "adds of its own."
    )
    name: str = Field(
        description="The name of the season (`day`, `week`, `year`, `special_days`, "
        "`trading_days`, or its length in steps) or of the covariate; for other components, their "
        "kind."
    )
    values: list[float] = Field(
        description="For each step, what it adds in the units of the series, or its factor."
    )


class StretchObject(BaseModel):
    """A stretch of the past, and how much it moved the forecast."""

    start: int = Field(
        description="The position of its first value in the series, counted from 0, with dates "
        "that were left out and missing values."
    )
    end: int = Field(description="The position of its last value.")
    start_timestamp: str | None = Field(
        description="The time of its first value; null if the series came without dates."
    )
    end_timestamp: str | None = Field(description="The time of its last value.")
    effect: float | None = Field(
        description="By how much the point forecast changes if the stretch is missing, as the mean "
        "of the absolute changes of its steps; null if the rest is too short for the model."
    )


class ExplanationObject(BaseModel):
    """What a point forecast consists of, and which stretches of the past moved it."""

    form: Form = Field(
        description="Whether the components are added up to make the point forecast, or multiplied."
    )
    components: list[ComponentObject] = Field(
        description="The level comes first and the remainder last."
    )
    stretches: list[StretchObject] = Field(
        description="Equal stretches of the past that the network sees, at most 12, the earliest "
        "first."
    )

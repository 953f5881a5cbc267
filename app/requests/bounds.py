"""What a request says about the values that are possible."""

from __future__ import annotations

from pydantic import BaseModel, Field

from forecasting.prediction.bounds import ANY, Bounds


class BoundsInput(BaseModel):
    lower: float | None = Field(
        None, strict=True, allow_inf_nan=False, description="Forecasts are never below it."
    )
    upper: float | None = Field(
        None, strict=True, allow_inf_nan=False, description="Forecasts are never above it."
    )
    integer: bool | None = Field(None, strict=True, description="Forecasts are whole numbers.")
    non_negative: bool | None = Field(
        None,
        strict=True,
        description="Whether forecasts stay at 0 or above; default: where there are at least 10 "
        "values, none of them negative, and no `lower`.",
    )

    def bounds(self, otherwise: Bounds = ANY) -> Bounds:
        """`otherwise` holds where a field is left out."""
        if (
            self.lower is None
            and self.upper is None
            and self.integer is None
            and self.non_negative is None
        ):
            return otherwise
        return Bounds(
            otherwise.lower if self.lower is None else self.lower,
            otherwise.upper if self.upper is None else self.upper,
            otherwise.integer if self.integer is None else self.integer,
            otherwise.non_negative if self.non_negative is None else self.non_negative,
        )

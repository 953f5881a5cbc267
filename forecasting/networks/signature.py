"""What a network takes and gives."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Signature(BaseModel):
    """`quantiles` is None for a network that predicts a single forecast.

    `season_length` is that of the series it was trained on; 1 where they had none or many.

    Inputs: `value`; `observed`, 0 where a short series was padded; `season`, for a network whose
    values come without their season, measured on the last `history_length` values of a series.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    context_length: int = Field(ge=1)
    horizon: int = Field(ge=1)
    season_length: int = Field(1, ge=1)
    inputs: (
        tuple[Literal["value"]]
        | tuple[Literal["value"], Literal["observed"]]
        | tuple[Literal["value"], Literal["observed"], Literal["season"]]
    )
    quantiles: tuple[Annotated[float, Field(gt=0, lt=1)], ...] | None
    history_length: int = Field(1, ge=1, description="Values that the season is measured on.")
    default_horizon: int | None = Field(
        None, ge=1, description="Steps forecast when nobody says how many; default: `horizon`."
    )
    shortest_context: int = Field(ge=1, description="Fewest values of a series that is served.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.quantiles is not None and (
            list(self.quantiles) != sorted(set(self.quantiles)) or 0.5 not in self.quantiles
        ):
            raise ValueError("quantiles must rise, without repeats, 0.5 among them")
        return self

    @property
    def channels(self) -> int:
        return len(self.inputs)

    @property
    def takes_season_out(self) -> bool:
        return "season" in self.inputs

    @property
    def outputs(self) -> int:
        return 1 if self.quantiles is None else len(self.quantiles)

    @property
    def usual_horizon(self) -> int:
        return self.default_horizon or self.horizon

    @property
    def point_index(self) -> int:
        return 0 if self.quantiles is None else self.quantiles.index(0.5)

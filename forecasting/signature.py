"""What a network takes and gives."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Signature(BaseModel):
    """`quantiles` is None for a network that predicts a single forecast.

    Inputs: `value` alone, or `value` and `observed`, 0 where a short series was padded.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    context_length: int = Field(ge=1)
    horizon: int = Field(ge=1)
    season_length: int = Field(1, ge=1)
    inputs: tuple[Literal["value"]] | tuple[Literal["value"], Literal["observed"]]
    quantiles: tuple[Annotated[float, Field(gt=0, lt=1)], ...] | None
    shortest_context: int = Field(ge=1, description="Fewest values of a series that is served.")

    @property
    def channels(self) -> int:
        return len(self.inputs)

    @property
    def outputs(self) -> int:
        return 1 if self.quantiles is None else len(self.quantiles)

    @property
    def point_index(self) -> int:
        return 0 if self.quantiles is None else self.quantiles.index(0.5)

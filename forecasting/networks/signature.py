"""What a network takes and what it returns."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

Quantile = Annotated[float, Field(gt=0, lt=1)]
"""The probability that a quantile belongs to."""


class Signature(BaseModel):
    """The shapes of a network's inputs and outputs, and the series that it is meant for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    context_length: int = Field(ge=1)
    """Time steps of an input."""
    horizon: int = Field(ge=1)
    """Time steps of an output."""
    season_length: int = Field(1, ge=1)
    """The season length of the series that it was trained on; 1 if they had none, or several."""
    inputs: Annotated[
        tuple[Literal["value"]]
        | tuple[Literal["value"], Literal["observed"]]
        | tuple[Literal["value"], Literal["observed"], Literal["season"]],
        WithJsonSchema(
            {"type": "array", "items": {"type": "string", "enum": ["value", "observed", "season"]}}
        ),
    ]
    """The channels of an input: the value; whether it was observed, which a padded one was not;
    and the season, for a network whose values come without their season."""
    quantiles: tuple[Quantile, ...] | None
    """The quantiles of an output, rising; None for a network that predicts a single forecast."""
    history_length: int = Field(1, ge=1, description="Values that the season is measured on.")
    default_horizon: int | None = Field(
        None,
        ge=1,
        description="Steps forecast if a request does not say how many; default: `horizon`.",
    )
    shortest_context: int = Field(
        ge=1, description="The fewest values that a series must have to be served."
    )

    @model_validator(mode="after")
    def _check_quantiles(self) -> Self:
        if self.quantiles is not None and (
            list(self.quantiles) != sorted(set(self.quantiles)) or 0.5 not in self.quantiles
        ):
            raise ValueError("The quantiles must rise without repeats, and 0.5 must be among them.")
        return self

    @property
    def channels(self) -> int:
        """The number of channels of an input."""
        return len(self.inputs)

    @property
    def takes_season_out(self) -> bool:
        """Whether the network takes values without their season, and the season beside them."""
        return "season" in self.inputs

    @property
    def serves_any_series(self) -> bool:
        """Whether the network was trained to forecast any series, not those of one owner alone."""
        return self.takes_season_out and self.season_length <= 1 and self.quantiles is not None

    @property
    def outputs(self) -> int:
        """The number of values that an output has for each time step."""
        return 1 if self.quantiles is None else len(self.quantiles)

    @property
    def usual_horizon(self) -> int:
        """The number of steps to forecast if a request does not say how many."""
        return self.default_horizon or self.horizon

    @property
    def point_index(self) -> int:
        """The position of the point forecast, which is the median, among the outputs of a step."""
        return 0 if self.quantiles is None else self.quantiles.index(0.5)

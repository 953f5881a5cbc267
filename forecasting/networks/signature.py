"""What a network takes and what it returns."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

Quantile = Annotated[float, Field(gt=0, lt=1)]
"""The probability that a quantile belongs to."""
Phase = Literal["day", "week", "year"]
WAVES: dict[Phase, int] = {"day": 3, "week": 3, "year": 2}
"""How many waves tell the phase of a day, of a week and of a year, the longest of all of it."""


class CovariateInput(BaseModel):
    """A covariate that a network was trained with, and that every series has to bring."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    role: Literal["past", "future", "static"] = Field(
        description="Whether it is observed with the values (`past`), known ahead of them "
        "(`future`), or holds for a whole series (`static`)."
    )
    type: Literal["number", "boolean", "category", "calendar", "target"] = Field(
        description="A `boolean` is a number that was 0 or 1, or false or true, wherever it was "
        "trained on. Days of the `calendar` need not be sent: they are found by the name. The past "
        "of each `target` is known to all, if there are several."
    )
    categories: tuple[str, ...] = Field(
        (), description="The categories that were trained on, sorted; empty for other types."
    )


class Signature(BaseModel):
    """The shapes of a network's inputs and outputs, and the series that it is meant for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    context_length: int = Field(ge=1)
    """Time steps of an input, of the longest if there are several lengths."""
    input_lengths: tuple[int, ...] = Field(
        (),
        description="The time steps that an input may have, rising; the last is `context_length`. "
        "Empty if every input has that. A series is given the shortest that holds it.",
    )
    coarseness: tuple[int, ...] = Field(
        (1,),
        description="How many values one time step of an input stands for, by their mean: first in "
        "its latest part, last in its earliest. The parts of the longest input are equally long.",
    )
    horizon: int = Field(ge=1)
    """Time steps of an output."""
    season_length: int = Field(1, ge=1)
    """The season length of the series that it was trained on; 1 if they had none, or several."""
    inputs: Annotated[
        tuple[Literal["value"]]
        | tuple[Literal["value"], Literal["observed"]]
        | tuple[Literal["value"], Literal["observed"], Literal["season"]]
        | tuple[
            Literal["value"],
            Literal["observed"],
            Literal["season"],
            Literal["coarseness"],
            Literal["season_length"],
        ],
        WithJsonSchema(
            {
                "type": "array",
                "items": {
                    "type": "string",
                    "enum": ["value", "observed", "season", "coarseness", "season_length"],
                },
            }
        ),
    ]
    """The channels of an input: the value; the share of it that was observed, which is 0 for a
    padded one; the season, for a network whose values come without their season; the coarseness of
    the time step; and the season length."""
    quantiles: tuple[Quantile, ...] | None
    """The quantiles of an output, rising; None for a network that predicts a single forecast."""
    history_length: int = Field(
        1,
        ge=1,
        description="Values that the season is measured on; with covariates, those that the "
        "network is given, lags included.",
    )
    default_horizon: int | None = Field(
        None,
        ge=1,
        description="Steps forecast if a request does not say how many; default: `horizon`.",
    )
    shortest_context: int = Field(
        ge=1, description="The fewest values that a series must have to be served."
    )
    covariates: tuple[CovariateInput, ...] = Field(
        (),
        description="The covariates that the network takes, which every series has to bring. Empty "
        "for a network that sees values alone.",
    )
    lags: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        (),
        description="A network with covariates sees of each step, also of those ahead, what was so "
        "many steps before it, or a multiple of that if this was not known yet.",
    )
    phases: tuple[Phase, ...] = Field(
        (), description="The phases of the calendar that a network with covariates sees."
    )

    @model_validator(mode="after")
    def _check_quantiles(self) -> Self:
        if self.quantiles is not None and (
            list(self.quantiles) != sorted(set(self.quantiles)) or 0.5 not in self.quantiles
        ):
            raise ValueError("The quantiles must rise without repeats, and 0.5 must be among them.")
        return self

    @model_validator(mode="after")
    def _check_lengths(self) -> Self:
        lengths = self.input_lengths
        if lengths and (
            list(lengths) != sorted(set(lengths)) or lengths[-1] != self.context_length
        ):
            raise ValueError("The input_lengths must rise to the context_length.")
        if self.context_length % len(self.coarseness):
            raise ValueError("The parts of different coarseness must be equally long.")
        longest = self.context_length + max(self.lags, default=0)
        if self.covariates and self.history_length < longest:
            raise ValueError("The history_length must hold the context_length and the lags.")
        return self

    @cached_property
    def spans(self) -> dict[int, int]:
        """How many values of a series each length of an input stands for, by length, rising."""
        lengths = self.input_lengths or (self.context_length,)
        return {
            length: sum(factor * steps for factor, steps in self.parts(length))
            for length in lengths
        }

    def parts(self, length: int) -> list[tuple[int, int]]:
        """Return the coarseness and the time steps of each part of an input, the latest first."""
        whole = self.context_length // len(self.coarseness)
        starts = range(0, length, whole)
        return [
            (factor, min(whole, length - start))
            for factor, start in zip(self.coarseness, starts, strict=False)
        ]

    def trained_further(self, horizon: int, season_length: int) -> Signature:
        """Return the signature of a version that is trained further on the series of one owner."""
        changes = {"horizon": horizon, "season_length": season_length, "default_horizon": None}
        return self.model_copy(update=changes)

    @property
    def channels(self) -> int:
        """The number of channels of an input.

        With covariates, these are the value and whether it was observed, its lags, what is beside
        it (`columns_beside`), and the lags of those covariates that change with time.
        """
        lagged = len(self.lags) * len(self.changing)
        return len(self.inputs) + len(self.lags) + self.columns_beside + lagged

    @property
    def input_steps(self) -> int:
        """The time steps of the longest input: with covariates, those ahead come after the past."""
        return self.context_length + (self.horizon if self.covariates else 0)

    @property
    def changing(self) -> tuple[CovariateInput, ...]:
        """The covariates that change with time."""
        return tuple(item for item in self.covariates if item.role != "static")

    @property
    def columns_beside(self) -> int:
        """The number of columns beside the values: waves of the phases, and covariates."""
        return sum(2 * WAVES[phase] for phase in self.phases) + len(self.covariates)

    @property
    def takes_season_out(self) -> bool:
        """Whether the network takes values without their season, and the season beside them."""
        return "season" in self.inputs

    @property
    def serves_any_series(self) -> bool:
        """Whether the network was trained to forecast any series, perhaps more on some of them."""
        return self.takes_season_out and self.quantiles is not None

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

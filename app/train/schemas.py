"""What `POST /train` takes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag

from app.requests.options import RepairOption
from app.requests.series_schemas import SeriesInput
from forecasting.networks.recipe import Recipe
from forecasting.store.manifest import ModelName, PromotePolicy


class TrainOptions(RepairOption):
    """All of a request but its series."""

    model_config = ConfigDict(extra="forbid")

    model: ModelName = Field(description="The model that gets a new version; made if it is new.")
    horizon: int | None = Field(
        None,
        ge=1,
        le=1_000,
        strict=True,
        description="Steps to forecast at once; default: the recipe's, else one season.",
    )
    season_length: int | None = Field(
        None, ge=1, le=10_000, strict=True, description="Default: from the frequency."
    )
    base: str | None = Field(
        None,
        max_length=80,
        description="Version to go on training on these series, such as `zero-shot` or `sales/3`, "
        "in place of a recipe.",
    )
    recipe: (
        Annotated[
            Annotated[Literal["lstm", "gru", "simple-rnn", "fine-tune"], Tag("name")]
            | Annotated[Recipe, Tag("fields")],
            Discriminator(lambda given: "name" if isinstance(given, str) else "fields"),
        ]
        | None
    ) = Field(
        None,
        description="A name, or the fields of a recipe; those left out are `lstm`'s, which is the "
        "default.",
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, strict=True)
    promote: PromotePolicy = Field(
        PromotePolicy.IF_BETTER,
        description="Whether the version takes the alias `production`: `if_better` on the "
        "held-out tail than the version that has it, `always`, `never`.",
    )


class TrainRequest(TrainOptions):
    series: SeriesInput

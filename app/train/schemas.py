"""The request that `POST /train` takes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag
from typing_extensions import TypeAliasType

from app.requests.options import CalendarOption, DateOptions
from app.requests.series_schemas import SeriesInput
from forecasting.jobs.tuning_options import TuningOptions
from forecasting.networks.recipe import BASE, Recipe
from forecasting.store.manifest import ModelName, PromotePolicy

RecipeName = TypeAliasType(
    "RecipeName", Literal["auto", "lstm", "gru", "covariates", "simple-rnn", "fine-tune"]
)


class TrainOptions(DateOptions, CalendarOption):
    """Everything in a request for a training except the series."""

    model_config = ConfigDict(extra="forbid")

    model: ModelName = Field(
        description="The model that gets a new version. A new name makes a new model."
    )
    horizon: int | None = Field(
        None,
        ge=1,
        le=1_000,
        strict=True,
        description="Steps to forecast at once. Default: the recipe's horizon, or else one season.",
    )
    season_length: int | None = Field(
        None,
        ge=1,
        le=10_000,
        strict=True,
        description="Steps in a season. Default: the season length that the frequency implies.",
    )
    base: str | None = Field(
        None,
        max_length=80,
        pattern=BASE,
        description="The version to go on training on these series, such as `zero-shot` or "
        "`sales/3`. Give a base or a recipe, not both.",
    )
    recipe: (
        Annotated[
            Annotated[RecipeName, Tag("name")] | Annotated[Recipe, Tag("fields")],
            Discriminator(lambda recipe: "name" if isinstance(recipe, str) else "fields"),
        ]
        | None
    ) = Field(
        None,
        description="The name of a recipe, or its fields. The default is `auto`, which tries "
        "several candidates and keeps the best. Fields that are left out are those of `lstm`.",
    )
    tune: TuningOptions | None = Field(
        None,
        description="Try recipes like the one that is asked for, `lstm` by default, and keep the "
        "best on the validation part. What has come of each is in the job's `candidates`.",
    )
    seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        strict=True,
        description="The same seed and series give the same version on the same machine.",
    )
    promote: PromotePolicy = Field(
        PromotePolicy.IF_BETTER,
        description="Whether the version takes the alias `production`: `if_better` (than the "
        "version that has it and than `zero-shot`, on the held-out tail), `always` or `never`.",
    )


class TrainRequest(TrainOptions):
    """A request for a training."""

    series: SeriesInput

"""`POST /train` and the jobs that it starts."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from app.schemas.series import SeriesInput
from forecasting.manifest import Evaluation, ModelName, PromotePolicy, Promotion
from forecasting.recipe import Recipe


class TrainRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    model: ModelName = Field(description="The model that gets a new version; made if it is new.")
    series: SeriesInput
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
    recipe: Annotated[
        Annotated[Literal["lstm", "gru", "simple-rnn"], Tag("name")]
        | Annotated[Recipe, Tag("fields")],
        Discriminator(lambda given: "name" if isinstance(given, str) else "fields"),
    ] = Field("lstm", description="A name, or the fields of a recipe; those left out are `lstm`'s.")
    seed: int = Field(0, ge=0, le=2**31 - 1, strict=True)
    promote: PromotePolicy = Field(
        PromotePolicy.IF_BETTER,
        description="Whether the version takes the alias `production`: `if_better` on the "
        "held-out tail than the version that has it, `always`, `never`.",
    )


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class JobProgress(BaseModel):
    epoch: int
    epochs: int = Field(description="At most; early stopping may end sooner.")
    loss: float | None
    val_loss: float | None
    seconds_left: float = Field(description="If every epoch is run.")


class JobError(BaseModel):
    code: str
    detail: str


class Job(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: str
    state: JobState
    model: str
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    progress: JobProgress | None = None
    version: int | None = Field(None, description="What was published, once it succeeded.")
    evaluation: Evaluation | None = None
    promotion: Promotion | None = Field(
        None, description="Whether the version took the alias `production`, and why."
    )
    error: JobError | None = None


class JobList(BaseModel):
    jobs: list[Job] = Field(description="The newest first.")

"""What the service answers about jobs."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from app.predict.notes import NoteObject
from forecasting.store.manifest import Candidate, Evaluation, Promotion


class JobKind(StrEnum):
    """What a job does."""

    TRAINING = "training"
    BACKTEST = "backtest"
    BULK = "bulk"


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_end(self) -> bool:
        """Whether a job in this state never changes again."""
        return self not in {JobState.QUEUED, JobState.RUNNING}


class Ending(StrEnum):
    """How an attempt ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"
    INTERRUPTED = "interrupted"


class EpochProgress(BaseModel):
    """How far a training has come."""

    epoch: int
    epochs: int = Field(description="The most epochs; early stopping may end the training sooner.")
    loss: float | None
    val_loss: float | None
    seconds_left: float | None = Field(
        description="Until the last epoch ends, if all are run; null in the first report, when "
        "nothing is known about it."
    )


class TrialProgress(EpochProgress):
    """How far a tuning has come: the training of one of its trials."""

    trial: int = Field(description="The trial that is being trained, from 1 on.")
    trials: int
    trials_done: int = Field(
        description="Trials that are over, those on other nodes of a Ray cluster among them."
    )


class WindowProgress(BaseModel):
    """How far a backtest has come."""

    window: int = Field(description="Windows that are done, counted over all series.")
    windows: int = Field(description="All windows: the number of series × windows.")
    seconds_left: float | None = Field(
        description="Until the last window is done; null in the first report, when nothing is "
        "known about it."
    )


class SeriesProgress(BaseModel):
    """How far a bulk job has come."""

    series_done: int
    series: int | None = Field(
        description="All series of the table; null if there are too many to tell."
    )
    rows_done: int
    rows: int = Field(description="All rows of the table.")
    seconds_left: float | None = Field(
        description="Until the last series is done; null in the first report."
    )


JobProgress = TrialProgress | EpochProgress | WindowProgress | SeriesProgress


class JobError(BaseModel):
    """Why a job has failed."""

    code: str
    detail: str


class Attempt(BaseModel):
    """One start of a job's process."""

    model_config = ConfigDict(frozen=True)

    id: str
    started_at: datetime
    ended_at: datetime | None = None
    ending: Ending | None = Field(
        None,
        description="`lost`: its process died, or the worker around it did; `interrupted`: the "
        "worker was stopped.",
    )


class Job(BaseModel):
    """A training, a backtest or a bulk job that runs in the background."""

    model_config = ConfigDict(frozen=True)

    id: str
    kind: JobKind = JobKind.TRAINING
    state: JobState
    model: str
    owner: str | None = Field(
        None, description="Whose key asked for the job; null if no keys are asked for."
    )
    created_at: datetime
    notes: list[NoteObject] = Field(
        [],
        description="What was assumed to read the table that the series came in, and, for a "
        "training, what was done to the series, counted over all of them. While no worker is "
        "alive to run the job, `no_worker` says so.",
    )
    started_at: datetime | None = None
    ended_at: datetime | None = None
    cancel_requested_at: datetime | None = Field(
        None, description="A running job is `cancelled` as soon as its process is gone."
    )
    attempts: list[Attempt] = Field([], description="The last one is the current one.")
    progress: JobProgress | None = None
    version: int | None = Field(
        None,
        description="The version that a training has published, once it has succeeded, or the "
        "version that a backtest tests or a bulk job forecasts with. Their results are at "
        "`/jobs/{id}/result`.",
    )
    evaluation: Evaluation | None = None
    promotion: Promotion | None = Field(
        None, description="Whether the version took the alias `production`, and why."
    )
    candidates: tuple[Candidate, ...] | None = Field(
        None, description="What the recipe `auto`, or a tuning, has tried; one was chosen."
    )
    error: JobError | None = None


class JobList(BaseModel):
    """All jobs."""

    jobs: list[Job] = Field(description="The newest first.")


class JobEvent(BaseModel):
    """Something that happened to a job.

    `data` is JSON text that depends on the kind: {state, attempt} for `state`, the job's progress
    for `epoch`, `window` and `series`, {line} for `log`, and the job for `end`.
    """

    id: int
    kind: str
    data: str

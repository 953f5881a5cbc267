"""Jobs, and what happens to them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from app.predict.schemas import NoteObject
from forecasting.store.manifest import Evaluation, Promotion


class JobKind(StrEnum):
    TRAINING = "training"
    BACKTEST = "backtest"


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_end(self) -> bool:
        return self not in {JobState.QUEUED, JobState.RUNNING}


class Ending(StrEnum):
    """How an attempt ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"
    INTERRUPTED = "interrupted"


class EpochProgress(BaseModel):
    """Of a training."""

    epoch: int
    epochs: int = Field(description="At most; early stopping may end sooner.")
    loss: float | None
    val_loss: float | None
    seconds_left: float | None = Field(
        description="If every epoch is run; null in the first report, when nothing says."
    )


class WindowProgress(BaseModel):
    """Of a backtest."""

    window: int = Field(description="Windows that are done, of all series.")
    windows: int = Field(description="Series × windows.")
    seconds_left: float | None = Field(
        description="Until the last is done; null in the first report, when nothing says."
    )


JobProgress = EpochProgress | WindowProgress


class JobError(BaseModel):
    code: str
    detail: str


class Attempt(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: str
    started_at: datetime
    ended_at: datetime | None = None
    ending: Ending | None = Field(
        None,
        description="`lost`: its process died, or whoever watched it did; `interrupted`: the "
        "service was stopped.",
    )


class Job(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: str
    kind: JobKind = JobKind.TRAINING
    state: JobState
    model: str
    created_at: datetime
    notes: list[NoteObject] = Field([], description="What was done to all its series together.")
    started_at: datetime | None = None
    ended_at: datetime | None = None
    cancel_requested_at: datetime | None = Field(
        None, description="A running job is `cancelled` as soon as its process is gone."
    )
    attempts: list[Attempt] = Field([], description="The last is the current one.")
    progress: JobProgress | None = None
    version: int | None = Field(
        None,
        description="Of a training: what was published, once it succeeded. Of a backtest: what is "
        "tested; its result is at `/jobs/{id}/result`.",
    )
    evaluation: Evaluation | None = None
    promotion: Promotion | None = Field(
        None, description="Whether the version took the alias `production`, and why."
    )
    error: JobError | None = None


class JobList(BaseModel):
    jobs: list[Job] = Field(description="The newest first.")


class JobEvent(BaseModel):
    """`kind` and `data`: `state` {state, attempt}, `epoch` or `window` as `progress` of the job,
    `log` {line}, `end` the job."""

    id: int
    kind: str
    data: str

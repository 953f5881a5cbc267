"""The answers of `/health` and below."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

WorkerStatus = Literal["alive", "starting", "missing", "unknown"]


class LoadedVersion(BaseModel):
    """A version in memory."""

    model: str
    version: int


class StoreProblem(BaseModel):
    """A version, or the aliases of a model, that the service does not use, and the reason; or the
    default model, if it is missing."""

    model: str
    version: int | None = Field(
        description="Null if the model's aliases are at fault, or it has no version."
    )
    reason: str


class Limits(BaseModel):
    """What a request may hold and ask for, by the settings of the same names.

    Clients that cut large requests into parts go by it."""

    model_config = ConfigDict(from_attributes=True)

    max_body_bytes: int
    max_table_bytes: int
    max_series: int
    max_horizon: int
    max_forecast_values: int
    max_windows: int
    max_training_series: int
    max_training_observations: int


class WorkerHealth(BaseModel):
    """The worker, which runs the jobs."""

    status: WorkerStatus = Field(
        description="`missing` means that no worker is alive, so that jobs wait; `unknown` that "
        "the jobs folder, or the database of the jobs, cannot be read."
    )
    last_seen: datetime | None = Field(description="Null if there has never been a worker.")


class Health(BaseModel):
    """What is loaded and what is wrong."""

    status: Literal["ok", "degraded", "starting", "unavailable"] = Field(
        description="`degraded` means that the service forecasts, but has problems; `unavailable` "
        "that the default model is not served."
    )
    service_version: str
    default_model: str
    loaded: list[LoadedVersion]
    problems: list[StoreProblem] = Field(description="What the service does not serve, and why.")
    store_problem: str | None = Field(
        description="Why the model store cannot be reached, if it is an object store; null if it "
        "can. What was there when it was last reached goes on being served."
    )
    tracking_problem: str | None = Field(
        description="Why the forecasts that are kept cannot be read or written; null if they can."
    )
    limits: Limits
    worker: WorkerHealth


class Liveness(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"

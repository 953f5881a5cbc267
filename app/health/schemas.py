"""The answers of `/health` and below."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class LoadedVersion(BaseModel):
    """A version in memory."""

    model: str
    version: int


class StoreProblem(BaseModel):
    """A version, or the aliases of a model, that the service does not use, and the reason."""

    model: str
    version: int | None = Field(description="Null if the model's aliases are at fault.")
    reason: str


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


class Liveness(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"

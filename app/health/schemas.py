"""`GET /health`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class LoadedVersion(BaseModel):
    model: str
    version: int


class StoreProblem(BaseModel):
    model: str
    version: int | None = Field(description="Null where the model's aliases are at fault.")
    reason: str


class Health(BaseModel):
    status: Literal["ok", "degraded", "starting", "unavailable"] = Field(
        description="`degraded`: serving, with problems; `unavailable`: the default model is not "
        "served."
    )
    service_version: str
    default_model: str
    loaded: list[LoadedVersion]
    problems: list[StoreProblem] = Field(description="What the service refuses to serve.")


class Liveness(BaseModel):
    status: Literal["ok"] = "ok"

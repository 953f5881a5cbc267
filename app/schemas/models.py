"""`GET /models` and below."""

from __future__ import annotations

from pydantic import BaseModel, Field


class ModelSummary(BaseModel):
    model: str
    versions: list[int]
    aliases: dict[str, int]
    default: bool = Field(description="Answers where a request names no model.")


class ModelList(BaseModel):
    models: list[ModelSummary]

"""`GET /models` and below."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from forecasting.store.aliases import AliasMove


class ModelSummary(BaseModel):
    model: str
    versions: list[int]
    aliases: dict[str, int]
    default: bool = Field(description="Answers where a request names no model.")


class ModelList(BaseModel):
    models: list[ModelSummary]


class AliasObject(BaseModel):
    model: str
    alias: str
    version: int | None = Field(description="Null for an alias that was removed.")
    history: list[AliasMove] = Field(description="The newest move first.")


class AliasList(BaseModel):
    aliases: list[AliasObject] = Field(description="By name, removed ones too.")


Reason = Field(None, max_length=500, description="Why; it is kept in the history.")


class AliasRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=1, strict=True, description="What the alias is to name.")
    reason: str | None = Reason


class RollbackRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str | None = Reason


ALIAS_EXAMPLES: dict[str, Any] = {
    "move": {
        "summary": "To version 1, and why",
        "value": {"version": 1, "reason": "checked by hand"},
    },
}

ROLLBACK_EXAMPLES: dict[str, Any] = {
    "why": {"summary": "With a reason", "value": {"reason": "too high on Mondays"}},
}

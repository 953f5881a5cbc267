"""The bodies of requests and answers under `/models`."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from forecasting.store.aliases import Alias, AliasMove


class ModelSummary(BaseModel):
    """A model, its versions and the version that each alias names."""

    model: str
    versions: list[int]
    aliases: dict[str, int]
    default: bool = Field(description="Whether it answers if a request names no model.")


class ModelList(BaseModel):
    """The models in the store."""

    models: list[ModelSummary]


class AliasObject(BaseModel):
    """An alias, the version that it names, and how it moved."""

    model: str
    alias: str
    version: int | None = Field(description="Null for an alias that was removed.")
    history: list[AliasMove] = Field(description="The newest move first.")

    @classmethod
    def of(cls, model: str, alias: Alias) -> Self:
        """Return the body for an alias of the model."""
        history = list(alias.history[::-1])
        return cls(model=model, alias=alias.name, version=alias.version, history=history)


class AliasList(BaseModel):
    """All aliases of a model."""

    aliases: list[AliasObject] = Field(description="Sorted by name, removed aliases included.")


Reason = Field(None, max_length=500, description="The reason, which the history keeps.")


class AliasRequest(BaseModel):
    """The version that an alias is to name, and the reason."""

    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=1, strict=True, description="The version that the alias is to name.")
    reason: str | None = Reason


class RollbackRequest(BaseModel):
    """The reason for a rollback."""

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

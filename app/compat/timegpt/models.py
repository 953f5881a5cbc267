"""The models that TimeGPT's clients name, and those that they list."""

from __future__ import annotations

from app.compat.timegpt.schemas import Payload

_TIMEGPT = ("timegpt", "azureai")
"""What the names of TimeGPT's own models begin with."""


def model_of(payload: Payload) -> str | None:
    """Return the model that a request wants; None for the service's default model."""
    return payload.finetuned_model_id or named_model(payload.model)


def named_model(name: str | None) -> str | None:
    """Return the model of that name; None, the default model, if it is one of TimeGPT's own."""
    return None if name is None or name.startswith(_TIMEGPT) else name

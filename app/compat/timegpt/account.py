"""What TimeGPT's clients ask before they forecast: whether the key is valid, and about models."""

from __future__ import annotations

import asyncio
from typing import Any

from app.compat.routing import protocol_router
from app.compat.timegpt.models import named_model
from app.dependencies import RegistryPart, SettingsPart
from app.models.service import summarize_models
from forecasting.store.manifest import ModelName

_ALL_OF_THE_PAST = 10_000_000
"""How many values of a series the client sends at most. It leaves out those before."""

router = protocol_router()


@router.get("/validate_api_key")
async def timegpt_validate_api_key() -> dict[str, Any]:
    """Say that the key is valid, for with another nobody gets here."""
    return {"detail": "The key is valid, or none is asked for."}


@router.get("/usage")
async def timegpt_usage(
    settings: SettingsPart,
) -> dict[str, Any]:
    """Say how many requests a minute are allowed; what was used is in the header `RateLimit`."""
    minute = {"limit": settings.rate_limit} if settings.rate_limit else {}
    return {"minute": minute, "month": {}}


@router.get("/v2/models")
async def timegpt_models(registry: RegistryPart) -> dict[str, Any]:
    """List the models that the caller sees."""
    found = await asyncio.to_thread(summarize_models, registry)
    return {"models": [{"name": summary.model} for summary in found.models]}


@router.get("/model_params")
async def timegpt_model_params(
    registry: RegistryPart, model: ModelName | None = None
) -> dict[str, Any]:
    """Say how long a past a model reads, and how far it forecasts in one go."""
    version = await registry.get(named_model(model), None)
    horizon = version.forecaster.signature.horizon
    return {"detail": {"input_size": _ALL_OF_THE_PAST, "horizon": horizon}}

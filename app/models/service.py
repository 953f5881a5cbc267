"""Summaries of the models in the store."""

from __future__ import annotations

from app.access.caller import current
from app.models.schemas import ModelList, ModelSummary
from app.serving.registry import Registry
from forecasting.errors import BrokenVersionError


def summarize_models(registry: Registry) -> ModelList:
    """Return a summary of each model in the registry's store that the caller sees."""
    models = filter(current.get().sees, registry.store.models())
    return ModelList(models=[summarize_model(registry, model) for model in models])


def summarize_model(registry: Registry, model: str) -> ModelSummary:
    """Return a model's versions and aliases; damaged aliases, which /health reports, are left out.

    Raises:
        NotFoundError: if there is no such model.
    """
    store = registry.store
    versions = store.versions(model)
    if not versions:
        raise store.unknown(model)
    try:
        aliases = store.aliases(model)
    except BrokenVersionError:
        aliases = {}
    return ModelSummary(
        model=model, versions=versions, aliases=aliases, default=model == registry.default_model
    )

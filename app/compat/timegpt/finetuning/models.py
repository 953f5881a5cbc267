"""Models of the store that were trained further from others, as TimeGPT describes its own."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from app.access.caller import current
from forecasting.errors import BrokenVersionError, NotFoundError
from forecasting.networks.recipe import ZERO_SHOT
from forecasting.store import lifecycle
from forecasting.store.manifest import Manifest
from forecasting.store.store import ModelStore

_WHOLE_NETWORK = 5
"""The depth at which all of a network is trained, as is always done here."""


def finetuned_models(store: ModelStore) -> list[dict[str, Any]]:
    """Describe all such models that the caller sees; damaged ones, which /health names, do not."""
    found = []
    for model in filter(current.get().sees, store.models()):
        with suppress(NotFoundError, BrokenVersionError):
            found.append(finetuned_model(store, model))
    return found


def finetuned_model(store: ModelStore, model: str) -> dict[str, Any]:
    """Describe one such model, by its newest version.

    Raises NotFoundError if the caller sees no such model, and BrokenVersionError if it is damaged.
    """
    manifest = _manifest(store, model)
    parent, recipe, data = manifest.parent, manifest.recipe or {}, manifest.data
    assert parent is not None
    return {
        "id": model,
        "created_at": manifest.created_at.isoformat(),
        "created_by": manifest.publisher,
        "base_model_id": "None" if parent.model == ZERO_SHOT else parent.model,
        "steps": recipe.get("epochs", 0),
        "depth": _WHOLE_NETWORK,
        "loss": "default",
        "model": f"{parent.model}/{parent.version}",
        "freq": (None if data is None else data.frequency) or "",
    }


def delete_finetuned_model(store: ModelStore, model: str) -> list[int]:
    """Delete all versions of such a model, and return their numbers.

    Raises NotFoundError or BrokenVersionError as `finetuned_model` does, ModelForbiddenError if the
    model is not the caller's, and StoreError if the store cannot be written.
    """
    _manifest(store, model)
    caller = current.get()
    caller.check_owns(model)
    reason = "delete_finetuned_model"
    for alias in store.aliases(model):
        lifecycle.remove_alias(store, model, alias, by=caller.by, reason=reason)
    versions = store.versions(model)
    for version in versions:
        lifecycle.delete_version(
            store, model, version, by=caller.by, reason=reason, even_if_served=True
        )
    return versions


def _manifest(store: ModelStore, model: str) -> Manifest:
    """Return the manifest of the newest version of a model that was trained further."""
    current.get().check_sees(model, store)
    versions = store.versions(model)
    manifest = store.manifest(model, versions[-1]) if versions else None
    if manifest is None or manifest.parent is None:
        raise NotFoundError(f"there is no fine-tuned model {model!r}.", code="model_not_found")
    return manifest

"""The version that a fine-tuned one goes on from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forecasting.networks.recipe import ResolvedRecipe
from forecasting.networks.runtime import load_keras
from forecasting.networks.scalers import Scaler
from forecasting.networks.signature import Signature
from forecasting.store.manifest import NETWORK, SCALER, Parent
from forecasting.store.scaler_pickle import load_scaler
from forecasting.store.store import ModelStore


@dataclass(frozen=True, slots=True)
class BaseVersion:
    parent: Parent
    signature: Signature
    scaler: Scaler
    _network: Path

    def network_for(self, horizon: int) -> Any:
        """Its network, cut to the first `horizon` steps."""
        import keras

        whole = load_keras(self._network)
        if horizon == self.signature.horizon:
            return whole
        contexts = keras.Input(whole.input_shape[1:], name="context")
        return keras.Model(contexts, whole(contexts)[:, :horizon])

    def signature_for(self, recipe: ResolvedRecipe) -> Signature:
        changes = {
            "horizon": recipe.horizon,
            "season_length": recipe.season_length,
            "default_horizon": None,
        }
        return self.signature.model_copy(update=changes)


def read_base_version(store: ModelStore, name: str) -> BaseVersion:
    """Raises RecipeError as `find_base` does, BrokenVersionError for a version that is damaged."""
    parent = store.find_base(name)
    manifest = store.manifest(parent.model, parent.version)
    folder = store.folder(parent.model, parent.version)
    scaler = load_scaler((folder / SCALER).read_bytes())
    return BaseVersion(parent, manifest.signature, scaler, folder / NETWORK)

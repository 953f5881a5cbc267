"""The version whose training a fine-tuned version continues."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from forecasting.networks.runtime import load_keras
from forecasting.networks.scalers import Scaler
from forecasting.networks.signature import Signature
from forecasting.store.manifest import NETWORK, SCALER, Parent
from forecasting.store.scaler_pickle import load_scaler
from forecasting.store.store import ModelStore


@dataclass(frozen=True, slots=True)
class BaseVersion:
    """A published version, with the parts of it that a fine-tuned version starts from."""

    parent: Parent
    """Its model and number, as the new version's manifest names them."""
    signature: Signature
    scaler: Scaler
    _store: ModelStore

    def load_network(self, horizon: int) -> Any:
        """Load its Keras network, cut to the first `horizon` steps of the forecast.

        Raises BrokenVersionError if the file cannot be loaded.
        """
        import keras

        with self._store.opened(self.parent.model, self.parent.version) as folder:
            network = load_keras(folder / NETWORK)
        if horizon == self.signature.horizon or self.signature.covariates:
            return network  # With covariates, it forecasts as many steps as its input has ahead.
        contexts = keras.Input(network.input_shape[1:], name="context")
        return keras.Model(contexts, network(contexts)[:, :horizon])


def read_base_version(store: ModelStore, name: str) -> BaseVersion:
    """Read the version that `name` means: `model/3`, or `model` for the one it serves by default.

    Raises RecipeError if there is no such version, and BrokenVersionError if it is damaged.
    """
    parent = store.find_base(name)
    manifest = store.manifest(parent.model, parent.version)
    scaler = load_scaler(store.read_file(parent.model, parent.version, SCALER))
    return BaseVersion(parent, manifest.signature, scaler, store)

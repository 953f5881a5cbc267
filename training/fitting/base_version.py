"""The version whose training another one continues."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from forecasting.jobs.fit_options import FitOptions, find_base
from forecasting.networks.runtime import load_keras
from forecasting.networks.scalers import Scaler
from forecasting.networks.signature import Signature
from forecasting.networks.zero_shot import ZeroShotArchitecture, build_zero_shot_network
from forecasting.store.manifest import NETWORK, SCALER, Parent
from forecasting.store.scaler_pickle import load_scaler
from forecasting.store.store import ModelStore


@dataclass(frozen=True, slots=True)
class BaseVersion:
    """A published version, with the parts of it that a new version starts from."""

    parent: Parent
    """Its model and number, as the new version's manifest names them."""
    signature: Signature
    scaler: Scaler
    _pretrained: ZeroShotArchitecture | None
    """The sizes of its network if a pretraining has made it."""
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
        if self._pretrained is not None:
            return _with_outputs_for(horizon, network, self._pretrained)
        contexts = keras.Input(network.input_shape[1:], name="context")
        return keras.Model(contexts, network(contexts)[:, :horizon])


def read_base_version(store: ModelStore, name: str) -> BaseVersion:
    """Read the version that `name` means: `model/3`, or `model` for the one it serves by default.

    Raises RecipeError if there is no such version, and BrokenVersionError if it is damaged.
    """
    parent = store.find_base(name)
    manifest = store.manifest(parent.model, parent.version)
    scaler = load_scaler(store.read_file(parent.model, parent.version, SCALER))
    sizes = (manifest.recipe or {}).get("network")
    pretrained = None if sizes is None else ZeroShotArchitecture.model_validate(sizes)
    return BaseVersion(parent, manifest.signature, scaler, pretrained, store)


def find_pretrained(store: ModelStore, options: FitOptions) -> BaseVersion | None:
    """Return the version that a search starts from; None if it does without (see `find_base`).

    Raises BrokenVersionError if it is damaged.
    """
    found = find_base(options, store)
    return None if found is None else read_base_version(store, f"{found.model}/{found.version}")


def _with_outputs_for(horizon: int, network: Any, sizes: ZeroShotArchitecture) -> Any:
    """Return a pretrained network with output layers for the first `horizon` steps only."""
    shorter = build_zero_shot_network(sizes.model_copy(update={"horizon": horizon}))
    weights = network.get_weights()
    outputs = horizon * len(sizes.quantiles)
    weights[-2:] = weights[-2][:, :outputs], weights[-1][:outputs]
    shorter.set_weights(weights)
    return shorter

"""The pretrained version that a search starts from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from forecasting.jobs.fit_options import FitOptions, find_base
from forecasting.networks.runtime import load_keras
from forecasting.networks.scalers import Scaler
from forecasting.networks.signature import Signature
from forecasting.networks.zero_shot import ZeroShotArchitecture, build_zero_shot_network
from forecasting.store.loader import errors_as_broken_version, load_version
from forecasting.store.manifest import NETWORK, Parent
from forecasting.store.store import ModelStore


@dataclass(frozen=True, slots=True)
class PretrainedVersion:
    """A version for any series that was made by a pretraining."""

    parent: Parent
    signature: Signature
    scaler: Scaler
    sizes: ZeroShotArchitecture
    _store: ModelStore

    def build(self, horizon: int) -> Any:
        """Return its Keras network with output layers for the first `horizon` steps only.

        Raises BrokenVersionError if the file cannot be loaded.
        """
        with self._store.opened(self.parent.model, self.parent.version) as folder:
            whole = load_keras(folder / NETWORK)
        network = build_zero_shot_network(self.sizes.model_copy(update={"horizon": horizon}))
        weights = whole.get_weights()
        outputs = horizon * len(self.sizes.quantiles)
        weights[-2:] = weights[-2][:, :outputs], weights[-1][:outputs]
        network.set_weights(weights)
        return network


def find_pretrained(store: ModelStore, options: FitOptions) -> PretrainedVersion | None:
    """Return the version that a search starts from; None if it does without (see `find_base`)."""
    manifest = find_base(options, store)
    if manifest is None or manifest.recipe is None:
        return None
    parent = Parent(model=manifest.model, version=manifest.version)
    with errors_as_broken_version(store, parent.model, parent.version):
        forecaster = load_version(store, parent.model, parent.version).forecaster
    return PretrainedVersion(
        parent,
        forecaster.signature,
        forecaster.scaler,
        ZeroShotArchitecture.model_validate(manifest.recipe["network"]),
        store,
    )

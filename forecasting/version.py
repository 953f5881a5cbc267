"""A version loaded from the store, ready to forecast."""

from __future__ import annotations

from dataclasses import dataclass

from forecasting.forecaster import Forecaster
from forecasting.manifest import Manifest
from forecasting.runtime import KerasRuntime, load_keras
from forecasting.scaler_pickle import check_scaler, load_scaler
from forecasting.store import ModelStore


@dataclass(frozen=True, slots=True)
class ModelVersion:
    manifest: Manifest
    forecaster: Forecaster


def load_version(store: ModelStore, model: str, version: int) -> ModelVersion:
    """Check every digest, load scaler and network, and run the network once.

    Raises NotFoundError, or BrokenVersionError for a folder that must not be served.
    """
    manifest = store.manifest(model, version)
    folder = store.folder(model, version)
    scaler = load_scaler((folder / "scaler.pkl").read_bytes())
    runtime = KerasRuntime(load_keras(folder / "model.keras"))
    forecaster = Forecaster(manifest.signature, scaler, runtime)
    forecaster.warm_up()
    return ModelVersion(manifest, forecaster)


def check_version(store: ModelStore, model: str, version: int) -> None:
    """What can be checked without loading: manifest, digests, what the pickle names.

    Raises NotFoundError or BrokenVersionError.
    """
    store.manifest(model, version)
    check_scaler((store.folder(model, version) / "scaler.pkl").read_bytes())

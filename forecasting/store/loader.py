"""A version loaded from the store, ready to forecast."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from forecasting.errors import BrokenVersionError, ForecastingError, NotFoundError
from forecasting.networks.runtime import KerasRuntime, OnnxRuntime, Runtime, load_keras
from forecasting.prediction.calibration import read_calibration
from forecasting.prediction.forecaster import Forecaster
from forecasting.store.manifest import CALIBRATION, COMPILED, NETWORK, SCALER, Manifest
from forecasting.store.scaler_pickle import check_scaler, load_scaler
from forecasting.store.store import ModelStore
from forecasting.types import Floats


@dataclass(frozen=True, slots=True)
class ModelVersion:
    manifest: Manifest
    forecaster: Forecaster


def load_version(store: ModelStore, model: str, version: int) -> ModelVersion:
    """Check every digest, load scaler and network, and run the network once.

    The compiled network runs where there is one, else Keras itself.

    Raises NotFoundError, or BrokenVersionError for a folder that must not be served.
    """
    manifest = _complete_manifest(store, model, version)
    folder = store.folder(model, version)
    scaler = load_scaler((folder / SCALER).read_bytes())
    forecaster = Forecaster(
        manifest.signature, scaler, _load_runtime(folder, manifest), _read_widths(folder, manifest)
    )
    forecaster.warm_up()
    return ModelVersion(manifest, forecaster)


def _complete_manifest(store: ModelStore, model: str, version: int) -> Manifest:
    manifest = store.manifest(model, version)
    for name in (NETWORK, SCALER):
        if name not in manifest.files:
            raise BrokenVersionError(f"the manifest does not list {name}.")
    return manifest


def _load_runtime(folder: Path, manifest: Manifest) -> Runtime:
    if COMPILED in manifest.files:
        return OnnxRuntime(folder / COMPILED)
    return KerasRuntime(load_keras(folder / NETWORK))


def _read_widths(folder: Path, manifest: Manifest) -> Floats | None:
    if CALIBRATION not in manifest.files:
        return None
    return read_calibration(folder / CALIBRATION, manifest.signature).array()


def check_version(store: ModelStore, model: str, version: int) -> None:
    """What can be checked without loading: manifest, digests, calibration, what the pickle names.

    Raises NotFoundError or BrokenVersionError.
    """
    manifest = _complete_manifest(store, model, version)
    _read_widths(store.folder(model, version), manifest)
    check_scaler((store.folder(model, version) / SCALER).read_bytes())


@contextmanager
def errors_as_broken_version(store: ModelStore, model: str, version: int) -> Iterator[None]:
    """A version folder may hold anything: whatever it makes fail is a BrokenVersionError.

    Where it was deleted meanwhile, it is a NotFoundError.
    """
    try:
        yield
    except NotFoundError:
        raise
    except Exception as error:
        store.folder(model, version)
        known = isinstance(error, ForecastingError)
        reason = str(error) if known else f"{type(error).__name__}: {error}"
        raise BrokenVersionError(reason) from error

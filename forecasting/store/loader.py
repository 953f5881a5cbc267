"""Loading a version from the store, so that it is ready to forecast."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from forecasting.errors import (
    BrokenVersionError,
    ForecastingError,
    NotFoundError,
    StoreError,
    StoreUnreachableError,
    VersionUnavailableError,
)
from forecasting.networks.runtime import KerasRuntime, OnnxRuntime, Runtime, load_keras
from forecasting.prediction.calibration import read_calibration
from forecasting.prediction.forecaster import Forecaster
from forecasting.store.manifest import (
    CALIBRATION,
    COMPILED,
    LARGER,
    NETWORK,
    SCALER,
    Manifest,
    read_version_file,
)
from forecasting.store.scaler_pickle import check_scaler, load_scaler
from forecasting.store.store import ModelStore
from forecasting.types import Floats


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A version that is ready to forecast."""

    manifest: Manifest
    forecaster: Forecaster


def load_version(store: ModelStore, model: str, version: int) -> ModelVersion:
    """Check every digest, load the scaler and the network, and run the network once.

    ONNX Runtime runs the compiled network; if the version has none, Keras runs the original. A
    larger network is loaded when its forecaster is asked for, or at once from an object store;
    `load_larger` raises what `errors_as_broken_version` does.

    Raises:
        NotFoundError: if there is no such version.
        BrokenVersionError: if the folder must not be served.
    """
    with store.opened(model, version) as folder:
        manifest = _read_complete_manifest(store, model, version)
        scaler = load_scaler(read_version_file(folder / SCALER))
        runtime = _load_runtime(folder, manifest)
        widths = _read_widths(folder, manifest)

    @cache
    def load_larger() -> Forecaster:
        with (
            errors_as_broken_version(store, model, version),
            store.opened(model, version) as folder,
        ):
            manifest.files[LARGER].check(LARGER, read_version_file(folder / LARGER))
            runtime = OnnxRuntime(folder / LARGER)
            larger = Forecaster(manifest.signature, scaler, runtime, widths)
            larger.warm_up()
        return larger

    has_larger = LARGER in manifest.files
    if has_larger and store.storage.is_remote:
        load_larger()  # while the store can be reached
    forecaster = Forecaster(
        manifest.signature, scaler, runtime, widths, load_larger if has_larger else None
    )
    forecaster.warm_up()
    return ModelVersion(manifest, forecaster)


def check_version(store: ModelStore, model: str, version: int) -> None:
    """Check a version without loading it: its manifest, digests, calibration and scaler's names.

    Raises:
        NotFoundError: if there is no such version.
        BrokenVersionError: if the folder must not be served.
    """
    with store.opened(model, version) as folder:
        manifest = _read_complete_manifest(store, model, version)
        _read_widths(folder, manifest)
        check_scaler(read_version_file(folder / SCALER))


@contextmanager
def errors_as_broken_version(store: ModelStore, model: str, version: int) -> Iterator[None]:
    """Turn whatever a version's folder makes fail inside the block into an error of the version.

    Its files may hold anything, so anything can be raised while it is checked or loaded.

    Raises:
        NotFoundError: if the version was deleted meanwhile.
        VersionUnavailableError: if the machine was at fault (memory, the disk, open files, an
            object store) rather than the files, so that a later try may succeed.
        BrokenVersionError: for any other exception.
    """
    try:
        yield
    except NotFoundError:
        raise
    except Exception as error:
        with suppress(OSError, BrokenVersionError, StoreError):
            store.check_there(model, version)
        has_message = isinstance(error, ForecastingError)
        reason = str(error) if has_message else f"{type(error).__name__}: {error}"
        if _is_passing(error):
            raise VersionUnavailableError(reason) from error
        raise BrokenVersionError(reason) from error


def _is_passing(error: BaseException | None, *, wrapped: bool = False) -> bool:
    """Return whether the machine made a load fail, and not what is in the version's files.

    The causes of an error count, too. The libraries whose errors are wrapped raise an OSError for
    content that they cannot read, but then without an error number.
    """
    match error:
        case None | FileNotFoundError():
            return False
        case MemoryError() | VersionUnavailableError() | StoreUnreachableError():
            return True
        case OSError():
            return not wrapped or error.errno is not None
    return _is_passing(error.__cause__, wrapped=True)


def _read_complete_manifest(store: ModelStore, model: str, version: int) -> Manifest:
    """Return a version's manifest after checking that it lists a network and a scaler."""
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
    """Return the corrections of the intervals, or None for a version without a calibration."""
    if CALIBRATION not in manifest.files:
        return None
    return read_calibration(folder / CALIBRATION, manifest.signature).array()

import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

from forecasting.errors import BrokenVersionError
from forecasting.store.draft import publishing
from forecasting.store.loader import load_version
from forecasting.store.manifest import COMPILED, LARGER, manifest_in
from forecasting.store.store import ModelStore


def test_a_version_forecasts_in_the_units_of_the_series(
    trained_store: Path, passengers: np.ndarray
) -> None:
    forecaster = load_version(ModelStore(trained_store), "tiny", 1).forecaster
    small = forecaster.forecast([passengers], 4, (0.1, 0.9))
    large = forecaster.forecast([passengers * 1000 + 5], 4, (0.1, 0.9))
    np.testing.assert_allclose(large.quantiles, small.quantiles * 1000 + 5, rtol=1e-4)
    assert 50 < small.point.mean() < 400


def test_a_padded_short_series_is_served(trained_store: Path) -> None:
    forecaster = load_version(ModelStore(trained_store), "tiny", 1).forecaster
    forecast = forecaster.forecast([np.array([1.0, 2.0])], 9)
    assert np.isfinite(forecast.point).all()


def test_a_network_that_brings_code_along_is_refused(trained_store: Path, tmp_path: Path) -> None:
    store = ModelStore(shutil.copytree(trained_store, tmp_path / "store"))
    inputs = keras.Input((None, 2))
    unsafe = keras.Model(inputs, keras.layers.Lambda(lambda x: x[:, :4, 0])(inputs))
    draft = load_version(store, "tiny", 1).manifest
    with publishing(store, "unsafe") as folder:
        unsafe.save(folder.folder / "model.keras")
        shutil.copy(Path(store.location, "tiny", "1") / "scaler.pkl", folder.folder)
        folder.publish(
            lambda version, files: draft.model_copy(
                update={"model": "unsafe", "version": version, "files": files}
            )
        )
    with pytest.raises(BrokenVersionError, match=r"model\.keras cannot be loaded"):
        load_version(store, "unsafe", 1)


@pytest.mark.parametrize("published", [b"no network", None])
def test_a_damaged_larger_network_is_a_broken_version(
    trained_store: Path, tmp_path: Path, published: bytes | None
) -> None:
    """Be it that it was published so, or that another file is in its place since it was loaded."""
    store = ModelStore(tmp_path / "store")
    of = trained_store / "tiny" / "1"
    with publishing(store, "m") as draft:
        for name in manifest_in(of).files:
            shutil.copy(of / name, draft.folder)
        (draft.folder / LARGER).write_bytes(published or (of / COMPILED).read_bytes())
        draft.publish(
            lambda version, files: manifest_in(of).model_copy(
                update={"model": "m", "version": version, "files": files, "promotion": None}
            )
        )
    load_larger = load_version(store, "m", 1).forecaster.load_larger
    assert load_larger is not None
    if published is None:
        other = (trained_store / "tiny" / "2" / COMPILED).read_bytes()
        (tmp_path / "store" / "m" / "1" / LARGER).write_bytes(other)
    with pytest.raises(BrokenVersionError, match=r"larger\.onnx"):
        load_larger()

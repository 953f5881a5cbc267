import pickle
from pathlib import Path

import keras
import numpy as np
import pytest
from sklearn.preprocessing import MinMaxScaler

from forecasting.errors import BrokenVersionError, ForecastingError, RequestError
from forecasting.store.loader import load_version
from forecasting.store.manifest import PromotePolicy
from forecasting.store.store import ModelStore
from training.fitting.fit import FittedNetwork
from training.importer import import_network, trial_inputs
from training.promotion import decide_without_scores
from training.publish import Provenance, publish


def save_notebook_network(folder: Path, *output: int, steps: int | None = 6) -> tuple[Path, Path]:
    keras.utils.set_random_seed(0)
    inputs = keras.Input((steps, 1))
    hidden = keras.layers.LSTM(4)(inputs)
    dense = keras.layers.Dense(int(np.prod(output)))(hidden)
    keras.Model(inputs, keras.layers.Reshape(output)(dense)).save(folder / "n.keras")
    scaler = MinMaxScaler().fit(np.array([[100.0], [400.0]]))
    (folder / "s.pkl").write_bytes(pickle.dumps(scaler))
    return folder / "n.keras", folder / "s.pkl"


def import_files(
    paths: tuple[Path, Path],
    *,
    quantiles: tuple[float, ...] | None = None,
    context_length: int | None = None,
) -> FittedNetwork:
    return import_network(
        *paths, quantiles=quantiles, context_length=context_length, season_length=1
    )


def test_an_imported_network_is_served_like_any_other(
    tmp_path: Path, passengers: np.ndarray
) -> None:
    fitted = import_files(save_notebook_network(tmp_path, 3))
    store = ModelStore(tmp_path / "store")
    publish(
        store,
        "notebook",
        fitted,
        provenance=Provenance(),
        real_inputs=trial_inputs(fitted),
        decide=lambda: decide_without_scores(store, "notebook", PromotePolicy.IF_BETTER),
    )
    version = load_version(store, "notebook", 1)
    assert version.manifest.recipe is None
    assert (version.manifest.signature.context_length, version.manifest.signature.horizon) == (6, 3)
    scaled = fitted.scaler.transform(passengers[-6:, None])
    raw = np.asarray(fitted.network(scaled[None].astype(np.float32)))
    expected = fitted.scaler.inverse_transform(raw.reshape(-1, 1)).ravel()
    got = version.forecaster.forecast([passengers], 3).point[0]
    np.testing.assert_allclose(got, expected, rtol=1e-5)


def test_quantiles_are_named_by_whoever_imports(tmp_path: Path) -> None:
    fitted = import_files(save_notebook_network(tmp_path, 2, 3), quantiles=(0.1, 0.5, 0.9))
    forecast = fitted.forecaster.forecast([np.arange(100.0, 110.0)], 2, (0.1, 0.9))
    assert (np.diff(forecast.quantiles, axis=-1) >= 0).all()


@pytest.mark.parametrize(
    ("output", "steps", "options", "error"),
    [
        ((3,), None, {}, RequestError),
        ((3,), 6, {"context_length": 7}, RequestError),
        ((2, 3), 6, {}, BrokenVersionError),
        ((3,), 6, {"quantiles": (0.1, 0.5, 0.9)}, BrokenVersionError),
        ((2, 3), 6, {"quantiles": (0.1, 0.9)}, RequestError),
        ((2, 3), 6, {"quantiles": (0.9, 0.5, 0.1)}, RequestError),
        ((2, 3), 6, {"quantiles": (0.5, 0.5, 0.9)}, RequestError),
        ((2, 3), 6, {"quantiles": (0.5, 0.9, 1.5)}, RequestError),
        ((2, 3), 6, {"quantiles": (0.1, 0.2, 0.9)}, RequestError),
    ],
)
def test_refuses_a_network_whose_shapes_do_not_fit(
    tmp_path: Path,
    output: tuple[int, ...],
    steps: int | None,
    options: dict[str, tuple[float, ...]],
    error: type[ForecastingError],
) -> None:
    paths = save_notebook_network(tmp_path, *output, steps=steps)
    with pytest.raises(error):
        import_files(paths, **options)  # type: ignore[arg-type]  # a table of options


def test_refuses_what_is_no_network(tmp_path: Path) -> None:
    network, scaler = save_notebook_network(tmp_path, 3)
    network.write_bytes(network.read_bytes()[:500])
    with pytest.raises(BrokenVersionError, match="cannot be loaded"):
        import_files((network, scaler))
    with pytest.raises(BrokenVersionError, match="no such file"):
        import_files((tmp_path / "none.keras", scaler))

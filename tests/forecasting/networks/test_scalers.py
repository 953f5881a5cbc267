import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from sklearn.base import clone

from forecasting.networks.scalers import (
    ScalerName,
    WindowScaler,
    make_scaler,
    measure,
    transform,
    unscale,
)
from forecasting.types import Floats

NAMES: list[ScalerName] = ["window", "change", "min_max", "standard", "robust"]
SANE = st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-3)
WINDOWS = arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=8), elements=SANE)


@pytest.mark.parametrize("name", NAMES)
@given(windows=WINDOWS)
def test_unscale_undoes_scale(name: ScalerName, windows: Floats) -> None:
    scaler = make_scaler(name).fit(windows.reshape(-1, 1))
    state = measure(scaler, windows)
    scaled = transform(state, windows)
    assert scaled.shape == windows.shape
    close = 1e-9 * max(1.0, np.abs(windows).max())
    np.testing.assert_allclose(unscale(state, scaled), windows, rtol=1e-9, atol=close)


@given(windows=WINDOWS, factor=st.floats(1e-3, 1e3), shift=st.floats(-1e3, 1e3))
def test_a_window_scaler_gives_the_same_whatever_the_units(
    windows: Floats, factor: float, shift: float
) -> None:
    spread = np.abs(windows - windows.mean(axis=1, keepdims=True)).mean(axis=1)
    windows = windows[spread > 1e-3 * (1 + np.abs(windows).max(axis=1))]
    if len(windows):
        scaled = WindowScaler().fit_transform(windows)
        again = WindowScaler().fit_transform(windows * factor + shift)
        np.testing.assert_allclose(again, scaled, rtol=1e-3, atol=1e-3)


def test_a_window_scaler_leaves_padding_out() -> None:
    padded = np.array([[np.nan, np.nan, 1.0, 3.0]])
    state = measure(WindowScaler(), padded)
    scaled = transform(state, padded)
    assert np.isnan(scaled[0, :2]).all()
    assert scaled[0, 2:].tolist() == [-1.0, 1.0]
    assert unscale(state, np.array([[[0.0, 2.0]]])).tolist() == [[[2.0, 4.0]]]


def test_a_window_scaler_gives_a_flat_window_a_spread() -> None:
    scaled = WindowScaler().fit_transform(np.array([[7.0, 7.0], [0.0, 0.0]]))
    assert scaled.tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_a_window_scaler_can_be_cloned_as_scikit_learn_does() -> None:
    assert isinstance(clone(WindowScaler()), WindowScaler)

"""A network that also looks from one step earlier averages what two runs of it return."""

from dataclasses import replace

import numpy as np
import pytest

from forecasting.networks.lagged_average import lagged_average
from forecasting.networks.runtime import KerasRuntime
from forecasting.networks.scalers import ChangeScaler
from forecasting.networks.zero_shot import ZeroShotArchitecture, build_zero_shot_network
from forecasting.prediction.forecaster import Forecaster
from forecasting.types import Floats
from training.pretraining.config import CONFIGS

SIGNATURE = CONFIGS["tiny"].signature
QUANTILES = SIGNATURE.quantiles or ()
CONTEXT_LENGTH, HORIZON = SIGNATURE.context_length, SIGNATURE.horizon


@pytest.fixture(scope="module")
def forecasters() -> tuple[Forecaster, Forecaster]:
    """Two forecasters: the second adds a quarter of the forecast made one step earlier."""
    import keras

    keras.utils.set_random_seed(0)
    network = build_zero_shot_network(CONFIGS["tiny"].network)
    plain = Forecaster(SIGNATURE, ChangeScaler(), KerasRuntime(network))
    return plain, replace(plain, runtime=KerasRuntime(lagged_average(network, 0.25)))


def quantiles_of(forecaster: Forecaster, series: list[Floats]) -> Floats:
    """Return quantiles (n, horizon, quantiles), with no season taken out."""
    return forecaster.forecast(series, HORIZON, QUANTILES, [1] * len(series)).quantiles


def test_it_is_the_mean_of_both_forecasts(forecasters: tuple[Forecaster, Forecaster]) -> None:
    plain, lagged = forecasters
    rng = np.random.default_rng(0)
    series = [1e3 + 10 * rng.normal(size=length).cumsum() for length in (3, 9, 40, 64, 200)]
    series += [1e6 + np.arange(30.0), np.repeat([0.0, 5.0, 2.0], 12)]
    known_before = [values[-CONTEXT_LENGTH:-1] for values in series]
    now, before = quantiles_of(plain, series), quantiles_of(plain, known_before)
    expected = 0.75 * now[:, :-1] + 0.25 * before[:, 1:]
    scale = np.abs(expected - [[[values[-1]]] for values in series]).max(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(
        (quantiles_of(lagged, series)[:, :-1] - expected) / scale,
        np.zeros_like(expected),
        atol=1e-5,
    )


def test_its_last_step_goes_on_as_the_forecast_of_now_does(
    forecasters: tuple[Forecaster, Forecaster],
) -> None:
    plain, lagged = forecasters
    series = [np.random.default_rng(1).normal(size=40).cumsum()]
    now, mean = quantiles_of(plain, series), quantiles_of(lagged, series)
    np.testing.assert_allclose(mean[:, -1] - mean[:, -2], now[:, -1] - now[:, -2], atol=1e-4)


def test_a_step_after_a_constant_is_forecast(forecasters: tuple[Forecaster, Forecaster]) -> None:
    _, lagged = forecasters
    constant_then = np.r_[np.full(50, 7.0), 1e6]
    found = quantiles_of(lagged, [constant_then])
    assert np.isfinite(found).all()
    assert (np.diff(found, axis=-1) >= 0).all()
    assert 7 < found[0, 0, 1] < 2e6


def test_without_weight_it_is_the_network_itself() -> None:
    network = build_zero_shot_network(ZeroShotArchitecture(horizon=4, quantiles=(0.1, 0.5, 0.9)))
    inputs = np.random.default_rng(0).normal(size=(5, 256, 3)).astype(np.float32)
    inputs[:, :, 1] = 1
    np.testing.assert_allclose(
        KerasRuntime(lagged_average(network, 0)).run(inputs),
        KerasRuntime(network).run(inputs),
        atol=1e-5,
    )

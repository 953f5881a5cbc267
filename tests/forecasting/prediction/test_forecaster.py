from dataclasses import replace

import numpy as np
import pytest

from forecasting.errors import (
    BrokenVersionError,
    NetworkOutputError,
    RequestError,
)
from forecasting.networks.scalers import WindowScaler, make_scaler
from forecasting.networks.signature import Signature
from forecasting.prediction.forecaster import Forecaster
from forecasting.types import NetworkFloats

MEAN = Signature(context_length=3, horizon=1, inputs=("value",), quantiles=None, shortest_context=3)
QUANTILES = Signature(
    context_length=3,
    horizon=2,
    inputs=("value", "observed"),
    quantiles=(0.1, 0.5, 0.9),
    shortest_context=2,
)


class NextInteger:
    """A network whose forecast is its last input and one more."""

    def run(self, inputs: NetworkFloats) -> NetworkFloats:
        return inputs[:, -1, :1] + 1


class Spread:
    """A network that predicts its last input, one spread either side."""

    def run(self, inputs: NetworkFloats) -> NetworkFloats:
        last = np.repeat(inputs[:, -1:, :1], 2, axis=1)
        return np.concatenate([last - 1, last, last + 1], axis=2)


class Broken:
    def run(self, inputs: NetworkFloats) -> NetworkFloats:
        return np.full((len(inputs), 1), np.nan, np.float32)


def identity() -> Forecaster:
    scaler = make_scaler("min_max").fit(np.array([[0.0], [1.0]]))
    return Forecaster(MEAN, scaler, NextInteger())


def test_a_one_step_network_feeds_its_forecasts_back() -> None:
    series = [np.array([1.0, 2.0, 3.0]), np.array([5.0, 6.0, 7.0, 8.0])]
    forecast = identity().forecast(series, 4)
    assert forecast.point.tolist() == [[4, 5, 6, 7], [9, 10, 11, 12]]


def test_a_horizon_shorter_than_the_networks_is_cut() -> None:
    forecaster = Forecaster(QUANTILES, WindowScaler(), Spread())
    assert forecaster.forecast([np.array([1.0, 3.0])], 1, (0.1, 0.9)).quantiles.shape == (1, 1, 2)


def test_intervals_widen_in_quadrature_past_the_networks_horizon() -> None:
    forecaster = Forecaster(
        QUANTILES, make_scaler("min_max").fit(np.array([[0.0], [1.0]])), Spread()
    )
    forecast = forecaster.forecast([np.array([1.0, 2.0, 3.0])], 6, (0.1, 0.5, 0.9))
    assert forecast.point.tolist() == [[3.0] * 6]
    upper = forecast.quantiles[0, :, 2] - 3
    np.testing.assert_allclose(upper, np.sqrt([1, 1, 2, 2, 3, 3]), rtol=1e-6)


def test_a_batch_of_any_lengths_is_each_series_alone() -> None:
    forecaster = Forecaster(QUANTILES, WindowScaler(), Spread())
    series = [np.array([1.0, 3.0]), np.arange(9.0) ** 2, np.array([5.0, 1.0, 2.0])]
    together = forecaster.forecast(series, 5, (0.05, 0.5))
    for place, one in enumerate(series):
        alone = forecaster.forecast([one], 5, (0.05, 0.5))
        np.testing.assert_allclose(together.quantiles[place], alone.quantiles[0], rtol=1e-6)


def test_not_a_digit_of_a_forecast_changes_with_the_rest_of_its_batch() -> None:
    signature = QUANTILES.model_copy(
        update={"inputs": ("value", "observed", "season"), "history_length": 2048}
    )
    forecaster = Forecaster(signature, make_scaler("change"), Spread())
    rng = np.random.default_rng(0)
    series = [rng.lognormal(0, 1, size).cumsum() for size in (5, 21, 40, 41, 130, 400, 1500)]
    series[3][7] = series[4][-3:] = np.nan
    for season_length in (0, 7, 12):
        lengths = [season_length] * len(series)
        together = forecaster.predict(series, np.arange(1, 8), lengths)
        for row, values in enumerate(series):
            alone = forecaster.predict([values], np.array([row + 1]), [season_length])
            assert np.array_equal(together[row, : row + 1], alone[0, : row + 1])


def test_values_far_outside_the_scale_still_give_finite_forecasts() -> None:
    forecast = identity().forecast([np.array([-1e150, 0.0, 1e150])], 3)
    assert np.isfinite(forecast.point).all()


def test_refuses_quantiles_of_a_single_forecast() -> None:
    with pytest.raises(RequestError) as refused:
        identity().forecast([np.array([1.0, 2.0, 3.0])], 1, (0.5,))
    assert refused.value.code == "quantiles_not_available"


def test_a_network_that_answers_nan_is_an_error() -> None:
    broken = replace(identity(), runtime=Broken())
    with pytest.raises(NetworkOutputError):
        broken.forecast([np.array([1.0, 2.0, 3.0])], 1)
    with pytest.raises(BrokenVersionError):
        broken.warm_up()

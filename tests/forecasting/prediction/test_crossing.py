"""Quantiles never cross, whatever a network says, whichever are asked for, however calibrated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.networks.scalers import ChangeScaler, WindowScaler
from forecasting.networks.signature import Signature
from forecasting.prediction.calibration import recent_windows
from forecasting.prediction.conformal import NARROWEST, WIDEST, stretch
from forecasting.prediction.forecaster import Forecast, Forecaster, read_forecast
from forecasting.series.series import Series
from forecasting.types import Floats, NetworkFloats

KNOWN = [(0.5,), (0.1, 0.5, 0.9), (0.2, 0.5, 0.6, 0.99), (0.025, 0.1, 0.3, 0.5, 0.7, 0.9, 0.975)]
HORIZON = 3


@dataclass
class Anything:
    """A network that says what it likes, in no order."""

    seed: int
    outputs: int

    def run(self, inputs: NetworkFloats) -> NetworkFloats:
        random = np.random.default_rng(self.seed)
        said = random.standard_cauchy((len(inputs), HORIZON, self.outputs))
        return np.asarray(said * random.integers(0, 2, said.shape), np.float32)


@st.composite
def forecasters(draw: st.DrawFn) -> Forecaster:
    known = draw(st.sampled_from(KNOWN))
    seed = draw(st.integers(0, 1_000))
    signature = Signature(
        context_length=8,
        horizon=HORIZON,
        inputs=draw(st.sampled_from([("value", "observed"), ("value", "observed", "season")])),
        quantiles=known,
        history_length=40,
        shortest_context=2,
    )
    random = np.random.default_rng(seed)
    widths = random.uniform(NARROWEST, WIDEST, (HORIZON, len(known)))
    return Forecaster(
        signature,
        draw(st.sampled_from([WindowScaler(), ChangeScaler()])),
        Anything(seed, len(known)),
        draw(st.sampled_from([None, widths])),
    )


values = st.floats(-1e9, 1e9).map(lambda value: round(value, 3))
many_series = st.lists(
    st.lists(values, min_size=2, max_size=40)
    .filter(lambda one: max(one) - min(one) > 1e-6)
    .map(np.array),
    min_size=1,
    max_size=4,
)
asked = st.lists(st.floats(1e-6, 1 - 1e-6), min_size=1, max_size=9, unique=True).map(sorted)


def assert_sound(forecast: Forecast, quantiles: list[float]) -> None:
    assert np.isfinite(forecast.point).all()
    assert np.isfinite(forecast.quantiles).all()
    assert (np.diff(forecast.quantiles, axis=-1) >= 0).all()
    for place, quantile in enumerate(quantiles):
        found = forecast.quantiles[..., place]
        room = 1e-9 * np.abs(forecast.point)
        if quantile <= 0.5:
            assert (found <= forecast.point + room).all()
        if quantile >= 0.5:
            assert (found >= forecast.point - room).all()


@settings(max_examples=150)
@given(forecasters(), many_series, st.integers(1, 8), asked)
def test_of_a_version(
    forecaster: Forecaster, series: list[Floats], horizon: int, quantiles: list[float]
) -> None:
    assert_sound(forecaster.forecast(series, horizon, quantiles), quantiles)


@settings(max_examples=150)
@given(forecasters(), many_series, st.integers(1, 8), asked)
def test_of_series_calibrated_on_their_own_past(
    forecaster: Forecaster, series: list[Floats], horizon: int, quantiles: list[float]
) -> None:
    signature = forecaster.signature
    assert signature.quantiles is not None
    windows = recent_windows(
        [Series.from_values(values) for values in series], horizon, signature.shortest_context
    )
    predicted = forecaster.predict(series, np.full(len(series), horizon))[:, :horizon]
    before = read_forecast(forecaster.signature, predicted, horizon, quantiles)
    if windows.pasts:
        tried = forecaster.predict(
            [past.values for past in windows.pasts], np.full(len(windows.pasts), horizon)
        )
        widths = windows.fit_widths(tried, signature.quantiles)
        predicted = stretch(predicted, widths, signature.point_index)
    after = read_forecast(forecaster.signature, predicted, horizon, quantiles)
    assert_sound(after, quantiles)
    np.testing.assert_array_equal(after.point, before.point)

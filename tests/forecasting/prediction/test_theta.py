import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.prediction.theta import theta_forecast

SERIES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60).map(np.array)


def test_without_a_season_it_gives_what_statsforecast_gives(airline: list[float]) -> None:
    """statsforecast 2.0.3: auto_theta(y, 1, "STM"), forecast 12 steps."""
    y = np.array(airline)
    pasts = [y[:60], y[:96], y[:132]]
    forecast = theta_forecast(pasts, [1, 1, 1], 12)
    assert forecast.point[:, [0, 1, 11]].round(1).tolist() == [
        [201.8, 202.9, 213.2],
        [306.8, 308.0, 319.7],
        [405.9, 407.2, 420.0],
    ]


def test_a_season_is_taken_out_and_put_back(airline: list[float]) -> None:
    y = np.array(airline)
    flat = theta_forecast([y[:132]], [1], 12).point
    seasonal = theta_forecast([y[:132]], [12], 12).point
    assert np.abs(seasonal - y[132:]).mean() < 0.5 * np.abs(flat - y[132:]).mean()


def test_two_values_by_hand() -> None:
    """The slope is 1. Every weight makes the same error, so the smallest is taken, 0.01, and the
    level comes to 1.01."""
    forecast = theta_forecast([np.array([1.0, 2.0])], [1], 3)
    settled = (1 - 0.99**2) / 0.01
    assert forecast.point[0] == pytest.approx(1.01 + (np.arange(3) + settled) / 2)


def test_one_value_goes_on() -> None:
    forecast = theta_forecast([np.array([5.0])], [12], 2, (0.1, 0.9))
    assert forecast.point.tolist() == [[5, 5]]
    assert forecast.quantiles.tolist() == [[[5, 5], [5, 5]]]


@given(st.lists(st.tuples(SERIES, st.sampled_from([1, 4, 12])), min_size=1, max_size=4))
def test_a_batch_gives_what_each_series_gives_alone(given: list[tuple[np.ndarray, int]]) -> None:
    pasts, seasons = zip(*given, strict=True)
    together = theta_forecast(pasts, seasons, 3, (0.1, 0.9))
    for row, (past, season) in enumerate(given):
        alone = theta_forecast([past], [season], 3, (0.1, 0.9))
        scale = np.abs(past).max() + 1
        assert together.point[row] / scale == pytest.approx(alone.point[0] / scale, abs=1e-6)
        assert np.isfinite(together.quantiles).all()
        assert (together.quantiles[row, :, 0] <= together.quantiles[row, :, 1]).all()

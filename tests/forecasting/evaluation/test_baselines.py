import numpy as np
import pytest

from forecasting.evaluation.baselines import seasonal_naive_forecast
from forecasting.prediction.quantiles import normal_scores


def test_the_last_season_over_again_and_wider_each_season() -> None:
    past = np.array([1.0, 10.0, 2.0, 14.0])
    forecast = seasonal_naive_forecast([past], [2], 3, (0.1, 0.5, 0.9))
    assert forecast.point.tolist() == [[2, 14, 2]]
    deviation = np.sqrt((1**2 + 4**2) / 2)
    upper = forecast.quantiles[0, :, 2] - forecast.point[0]
    expected = deviation * normal_scores([0.9])[0] * np.sqrt([1, 1, 2])
    assert upper == pytest.approx(expected)
    assert forecast.quantiles[0, :, 1].tolist() == [2, 14, 2]


def test_naive_where_there_is_no_whole_season() -> None:
    pasts = [np.array([1.0, 3.0]), np.array([7.0])]
    forecast = seasonal_naive_forecast(pasts, [12, 12], 2, (0.9,))
    assert forecast.point.tolist() == [[3, 3], [7, 7]]
    assert forecast.quantiles[1].tolist() == [[7], [7]]

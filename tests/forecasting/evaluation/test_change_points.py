"""Change points: what counts as one, where it is placed, and how often chance makes one."""

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from forecasting.evaluation.change_points import ChangePoints, find_change_points
from forecasting.prediction.forecaster import Forecast
from forecasting.types import Floats

LEVEL = 95.0
EDGE = 1.959964
STEPS = 5


def find(values: Floats, known: int = 4, width: float = EDGE) -> ChangePoints:
    """Look for changes beside forecasts of the median of the latest values, with a band."""
    actual = sliding_window_view(values, STEPS)[known:]
    pasts = sliding_window_view(values, known)[: len(actual)]
    point = np.repeat(np.nanmedian(pasts, axis=1)[:, None], STEPS, axis=1)
    forecast = Forecast(point, np.stack([point - width, point + width], axis=2))
    return find_change_points(actual, forecast, LEVEL, false_alarm_rate=0.01)


def places(found: ChangePoints, known: int = 4) -> list[int]:
    return [int(place) + known for place in np.flatnonzero(found.found)]


@pytest.mark.parametrize("rise", [5.0, -5.0])
def test_a_change_of_level_is_placed_at_its_first_value(rise: float) -> None:
    values = np.zeros(60)
    values[30:] = rise
    found = find(values)
    assert places(found) == [30]
    assert found.confidence[26] > 0.999
    assert found.confidence[:20].max() == 0


def test_outliers_are_no_changes() -> None:
    values = np.zeros(60)
    values[[20, 40]] = 30.0
    assert places(find(values)) == []


def test_without_a_width_any_lasting_change_is_certain() -> None:
    values = np.zeros(60)
    values[30:] = 1.0
    found = find(values, width=0.0)
    assert places(found) == [30]
    assert found.confidence[26] == 1


def test_missing_values_speak_for_no_change() -> None:
    values = np.zeros(60)
    values[30:] = 5.0
    values[31:34] = np.nan
    found = find(values)
    assert found.confidence[26] == 0
    assert 30 not in places(found)


def test_confidence_is_one_less_four_times_the_tail_beyond_half_of_the_steps() -> None:
    forecast = Forecast(np.zeros((1, 5)), np.tile([-EDGE, EDGE], (1, 5, 1)))
    actual = np.array([[3.0, 0.1, 2.5, -1.0, 4.0]])  # half of the steps lie at 2.5 or farther
    found = find_change_points(actual, forecast, LEVEL, false_alarm_rate=0.05)
    assert found.confidence[0] == pytest.approx(1 - 4 * 0.0062097, abs=1e-6)
    assert found.found.all()


@pytest.mark.parametrize("correlation", [0.0, 0.9, 1.0])
def test_chance_makes_no_more_changes_than_it_may(correlation: float) -> None:
    """However the errors of the steps depend on each other."""
    random = np.random.default_rng(1)
    common, own = random.normal(size=(20_000, 1)), random.normal(size=(20_000, STEPS))
    actual = correlation * common + np.sqrt(1 - correlation**2) * own
    forecast = Forecast(np.zeros_like(actual), np.tile([-EDGE, EDGE], (20_000, STEPS, 1)))
    found = find_change_points(actual, forecast, LEVEL, false_alarm_rate=0.05)
    assert (found.confidence > 0.95).mean() <= 0.05

"""Running totals are forecast through their increments, and high levels through their distances."""

from collections.abc import Sequence

import numpy as np
import pytest

from forecasting.networks.scalers import make_scaler
from forecasting.prediction.forecaster import Forecast, Forecaster
from forecasting.prediction.pipeline import ForecastPlan, finish, prepare, run_network
from forecasting.prediction.totals import add_up, find_increments
from forecasting.series.series import Series
from forecasting.types import Floats, NetworkFloats
from tests.support.signatures import any_series_signature

SIGNATURE = any_series_signature(context_length=64, horizon=7)
WEEK = np.array([10.0, 11, 12, 11, 10, 4, 3])
rng = np.random.default_rng(0)


class LastLevel:
    """A network that predicts the last value without its season, two steps' change either side."""

    def run(self, inputs: NetworkFloats) -> NetworkFloats:
        around = np.array([-2, 0, 2], np.float32) + inputs[:, -1:, :1]
        return np.repeat(around, 7, axis=1)


def forecast(values: Sequence[float | None] | Floats) -> tuple[ForecastPlan, Forecast]:
    series = [Series.from_values(values)]
    plan = prepare(series, SIGNATURE, horizon=14, quantiles=(0.1, 0.9), season_lengths=[7])
    forecaster = Forecaster(SIGNATURE, make_scaler("change"), LastLevel())
    return plan, finish(plan, run_network(plan, forecaster)).forecast


def codes(plan: ForecastPlan) -> list[str]:
    return [note.code for note in plan.series[0].notes]


def noisy(increments: Floats) -> Floats:
    return np.asarray(increments * rng.normal(1, 0.02, increments.size))


def test_a_total_goes_on_at_its_latest_rate_and_with_its_week() -> None:
    increments = noisy(np.tile(WEEK, 20))
    increments[-28:] *= 2
    values = 5000 + increments.cumsum()
    plan, found = forecast(values)
    assert codes(plan) == ["forecast_by_increments"]
    grown = np.diff(found.point[0], prepend=values[-1])
    assert grown == pytest.approx(np.tile(2 * WEEK, 2), rel=0.25)
    assert (found.quantiles[0, :, 0] >= values[-1]).all()
    assert (np.diff(found.quantiles[0, :, 1] - found.quantiles[0, :, 0]) > 0).all()


def test_a_reset_is_not_an_increment() -> None:
    increments = noisy(np.tile(WEEK, 20))
    values = increments.cumsum()
    values[100:] -= values[99]
    plan, found = forecast(values)
    assert codes(plan) == ["forecast_by_increments"]
    assert np.diff(found.point[0], prepend=values[-1]) == pytest.approx(np.tile(WEEK, 2), rel=0.15)


def test_a_total_that_was_just_reset_goes_on_from_there() -> None:
    values = noisy(np.tile(WEEK, 20)).cumsum()
    values[-1] = 3
    plan, found = forecast(values)
    assert codes(plan) == ["forecast_by_increments"]
    assert np.diff(found.point[0], prepend=3) == pytest.approx(np.tile(WEEK, 2), rel=0.15)


def test_missing_values_leave_out_the_increments_around_them() -> None:
    values: list[float | None] = noisy(np.tile(WEEK, 20)).cumsum().tolist()
    values[50] = values[51] = values[1] = None
    plan, found = forecast(values)
    assert np.isnan(plan.contexts[0]).sum() == 3
    assert plan.contexts[0].size == 137
    assert np.diff(found.point[0]) == pytest.approx(np.tile(WEEK, 2)[1:], rel=0.15)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (np.tile(WEEK, 4).cumsum(), True),
        (np.tile(WEEK, 4).cumsum()[:19], False),
        (np.tile(WEEK, 4), False),
        (np.arange(50.0), False),
        (np.where(np.arange(50) % 3, 0.0, 1.0).cumsum(), False),
        (np.tile(np.arange(1.0, 11), 10), False),
        (rng.normal(0.5, 1, 200).cumsum(), False),
        (np.r_[np.tile(WEEK, 4), -2.0, np.tile(WEEK, 4)].cumsum(), True),
        (np.r_[np.tile(WEEK, 4), -200.0, np.tile(WEEK, 4)].cumsum(), False),
        (np.r_[np.tile(WEEK, 4).cumsum(), np.nan], False),
        (np.linspace(20, 30, 50), False),
        (np.r_[np.tile(WEEK, 4).cumsum(), 3.0], True),
        (np.r_[np.tile(WEEK, 4).cumsum(), WEEK.cumsum()], True),
        (np.tile(np.r_[WEEK, WEEK].cumsum(), 2), False),
        (np.where(np.arange(28) % 2, np.tile(WEEK, 4).cumsum(), np.nan)[1:], False),
    ],
)
def test_which_series_are_totals(values: Floats, found: bool) -> None:
    filled = Series.from_values(values).values
    assert (find_increments(filled, values) is not None) == found


def test_independent_errors_and_shared_ones_are_added_up_half_and_half() -> None:
    increments = np.tile([8.0, 10.0, 12.0], (1, 4, 1))
    found = add_up(increments, (0.1, 0.5, 0.9), 1)[0]
    steps = np.arange(1, 5)
    spread = 2 * np.sqrt((steps + steps**2) / 2)
    assert found[:, 1] == pytest.approx(10 * steps)
    assert found[:, 2] == pytest.approx(10 * steps + spread)
    assert found[:, 0] == pytest.approx(10 * steps - spread)


@pytest.mark.parametrize("level", [1e6, 1e9, 1e12, -1e15])
def test_no_digit_of_small_steps_at_a_high_level_is_lost(level: float) -> None:
    steps = np.round(np.tile(8 * (WEEK - 9), 12) + rng.normal(0, 5, 84))
    plan, high = forecast(level + steps)
    _, low = forecast(steps)
    assert codes(plan) == []
    assert high.point - level == pytest.approx(low.point, abs=0.3)
    assert high.quantiles - level == pytest.approx(low.quantiles, abs=0.3)

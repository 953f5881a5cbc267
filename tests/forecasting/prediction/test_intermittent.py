"""Series that are one value most of the time are forecast by the distribution of their past."""

import numpy as np
import pytest

from forecasting.prediction.intermittent import find_intermittent, intermittent_forecast
from forecasting.series.calendar import Calendar
from forecasting.series.series import Series
from forecasting.types import Floats
from tests.support.signatures import any_series_signature

SIGNATURE = any_series_signature(context_length=256, horizon=16)
QUANTILES = (0.1, 0.5, 0.8, 0.9, 0.975)
rng = np.random.default_rng(0)


def is_intermittent(values: object, season_length: int = 0, calendar: str | None = None) -> bool:
    series = Series.from_values(
        np.asarray(values, float),
        calendar=None if calendar is None else Calendar.from_start("2018-01-01", calendar),
    )
    return 0 in find_intermittent([series], [season_length], SIGNATURE)


def quantiles(values: object, horizon: int = 4) -> Floats:
    series = Series.from_values(np.asarray(values, float))
    return np.asarray(intermittent_forecast([series], horizon, QUANTILES).quantiles[0])


SEASON_GOODS = [307, 9, 0, 0, 0, 0, 0, 0, 0, 0, 86, 487, 511, 30, 0, 0, 0, 0, 0, 0, 0, 0, 131, 814]


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([0] * 300 + [10], True),
        ([5] * 300 + [15], True),
        (rng.poisson(0.3, 60), True),
        ([0] * 300 + [10] * 30, False),
        ([0] * 60 + list(range(1, 50)), False),
        (rng.normal(0, 1, 60), False),
        ([1, 2] * 20, False),
        (np.where(np.arange(61) % 2, np.random.default_rng(1).normal(0, 1, 61), 0), True),
        ([0, 0, None, 0, 3, None, 0, 0], True),
        ([0] * 100 + [20, 21, 19], False),
        ([0] * 100 + [20, None, None], True),
        ([10] * 40 + [12] * 15, False),
        ([10] * 40 + [8] * 5 + [10] * 20 + [8] * 5, True),
        ([10] * 40 + [8] * 5 + [10] * 20 + [12] * 6, False),
    ],
)
def test_a_series_is_intermittent_if_it_is_one_value_most_of_the_time(
    values: object, found: bool
) -> None:
    assert is_intermittent(values) == found


def test_what_was_unusual_too_long_ago_to_count_is_not_expected_again() -> None:
    assert (quantiles([7, 8] + [0] * 300) == 0).all()


def test_what_comes_with_the_season_is_not_intermittent() -> None:
    assert not is_intermittent(SEASON_GOODS * 2, 12, "MS")
    sun = np.maximum(np.sin(2 * np.pi * np.arange(240) / 24) - 0.1, 0)
    assert not is_intermittent(sun, 24)
    assert not is_intermittent(sun)
    assert is_intermittent(rng.permutation(sun), 24)


def test_a_season_shows_whatever_the_usual_value_is() -> None:
    weeks = np.tile([8.0, 0, 0, 0, 0, 0, 0], 20)
    by_chance = np.random.default_rng(1).permutation(weeks)
    for usual in (0, 5, 100, -100, 1e6):
        assert not is_intermittent(usual + weeks, 7)
        assert not is_intermittent(usual - weeks)
        assert is_intermittent(usual + by_chance, 7)


def test_one_spike_after_zeros_is_in_the_upper_tail_alone() -> None:
    found = quantiles([0] * 300 + [10])
    assert (found[:, :4] == 0).all()
    assert (found[:, 4] == 10).all()


def test_quantiles_are_those_of_the_past_if_nothing_follows_on_anything() -> None:
    values = np.where(rng.random(5000) < 0.3, rng.integers(1, 10, 5000), 0)
    found = quantiles(values, 30).mean(axis=0)
    assert found == pytest.approx(np.quantile(values, QUANTILES), abs=1.2)


def test_quantiles_rise_and_lie_on_both_sides_of_the_usual_value() -> None:
    values = np.where(rng.random(200) < 0.4, rng.normal(20, 5, 200), 20.0)
    found = quantiles(values, 10)
    assert (np.diff(found, axis=1) >= 0).all()
    assert (found[:, 0] < 20).all()
    assert (found[:, 1] == 20).all()
    assert (found[:, 4] > 20).all()


def test_what_has_come_in_runs_goes_on_for_a_while() -> None:
    runs = ([0] * 12 + [4] * 8) * 8
    found = intermittent_forecast([Series.from_values(runs)], 40, ())
    assert found.point[0, 0] == 4
    assert found.point[0, -1] == 0


def test_recent_values_count_more() -> None:
    grown = np.where(np.arange(200) % 4 == 3, np.where(np.arange(200) < 100, 1, 9), 0)
    assert quantiles(grown)[0, 3] == 9


def test_series_of_many_lengths_are_forecast_as_each_is_alone() -> None:
    series = [
        Series.from_values(rng.poisson(0.4, size).astype(np.float64)) for size in (20, 77, 500)
    ]
    together = intermittent_forecast(series, 6, QUANTILES)
    assert list(find_intermittent(series, [0, 7, 12], SIGNATURE)) == [0, 1, 2]
    for row, one in enumerate(series):
        alone = intermittent_forecast([one], 6, QUANTILES)
        assert np.array_equal(alone.quantiles[0], together.quantiles[row])
        assert np.array_equal(alone.point[0], together.point[row])

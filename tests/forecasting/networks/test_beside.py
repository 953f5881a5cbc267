from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from forecasting.covariates.inputs import covariate_inputs
from forecasting.errors import SeriesError
from forecasting.networks.beside import Beside, number_columns, stack_beside
from forecasting.networks.features import inputs_with_covariates
from forecasting.networks.scalers import CovariateScaler, WindowScaler
from forecasting.networks.signature import Phase, Signature
from forecasting.networks.time_inputs import usual_lags, usual_phases
from forecasting.series.calendar import Calendar
from forecasting.series.covariates import Column, Covariates
from forecasting.series.series import Series
from forecasting.series.time_zones import parse_zone

NAN = np.nan


def series(past: dict[str, Column], ahead: dict[str, Column], **fields: Any) -> Series:
    values = Series.from_values(np.arange(float(len(next(iter(past.values()))))))
    return replace(values, covariates=Covariates.from_columns(past, ahead), **fields)


def signature(item: Series, *, phases: tuple[Phase, ...] = (), **fields: Any) -> Signature:
    shape = {"context_length": 2, "horizon": 2, "lags": (2,), "history_length": 4} | fields
    return Signature(
        inputs=("value", "observed"),
        quantiles=(0.1, 0.5, 0.9),
        shortest_context=2,
        covariates=covariate_inputs([item]),
        phases=phases,
        **shape,
    )


SHOP = series(
    {
        "price": [1, None, 3, 4, None],
        "visits": [1, 2, 3, None, 5],
        "weather": ["b", "a", None, "b", "b"],
    },
    {"price": [None, 7], "weather": ["a", None]},
    static={"size": 7, "region": "north"},
)


def test_what_is_missing_is_filled_and_what_is_not_known_keeps_its_latest_value() -> None:
    found = Beside.of(SHOP, signature(SHOP), ahead=2)
    assert found.window(5, 5, 2).T.tolist() == [
        [1, 2, 3, 4, 5, 6, 7],  # the price lies on straight lines
        [1, 2, 3, 4, 5, 5, 5],  # the visits are not known ahead
        [2, 1, 1, 2, 2, 1, 1],  # the weather keeps its category
        [7] * 7,
        [1] * 7,
    ]


def test_a_past_covariate_that_is_missing_at_the_cutoff_is_not_told_by_what_came_later() -> None:
    window = Beside.of(SHOP, signature(SHOP)).window(4, 2, 1)
    assert window[:, 1].tolist() == [3, 3, 3]


def test_before_the_first_known_value_nothing_is_known() -> None:
    late = series({"visits": [None, None, 3.0, 4.0]}, {})
    found = Beside.of(late, signature(late))
    np.testing.assert_array_equal(found.window(2, 2, 1), [[NAN], [NAN], [NAN]])
    np.testing.assert_array_equal(found.window(3, 2, 1), [[3], [3], [3]])


def test_the_latest_values_are_those_of_the_whole_series() -> None:
    whole = Beside.of(SHOP, signature(SHOP), ahead=2).window(5, 3, 2)
    latest = Beside.of(SHOP, signature(SHOP), ahead=2, latest=3).window(3, 3, 2)
    np.testing.assert_array_equal(whole, latest)
    late = series({"visits": [1.0, 2.0, None, None, None]}, {})
    latest = Beside.of(late, signature(late), latest=2).window(2, 2, 1)
    np.testing.assert_array_equal(latest, [[2], [2], [2]])


def test_a_category_that_was_not_trained_on_is_none_of_them() -> None:
    known = signature(SHOP)
    other = series(
        {"price": [1, 2], "visits": [1, 2], "weather": ["snow", "a"]},
        {"price": [], "weather": []},
        static={"size": 7, "region": "west"},
    )
    assert Beside.of(other, known).window(2, 2, 0)[:, 2:].tolist() == [[0, 7, 0], [1, 7, 0]]


def test_a_series_that_lacks_a_covariate_or_dates_is_refused() -> None:
    plain = Series.from_values([1.0, 2.0, 3.0])
    with pytest.raises(SeriesError, match="future covariate 'price'") as error:
        Beside.of(plain, signature(SHOP))
    assert error.value.code == "covariate_missing"
    with pytest.raises(SeriesError, match="trained on series with dates") as error:
        Beside.of(SHOP, signature(SHOP, phases=("week",)))
    assert error.value.code == "calendar_without_dates"


def test_phases_follow_the_clock_on_the_wall() -> None:
    # On 31 March 2024, clocks in Berlin went from 02:00 to 03:00; it was a Sunday.
    calendar = Calendar.from_start("2024-03-31T01:00", "h", parse_zone("Europe/Berlin"))
    item = series({"visits": [1, 2, 3]}, {}, calendar=calendar)
    waves = Beside.of(item, signature(item, phases=("day", "week"))).columns
    hours = np.arctan2(waves[:, 0], waves[:, 1]) * 24 / (2 * np.pi)
    assert hours.round(9).tolist() == [1, 3, 4]
    assert waves[:, 6:8].tolist() == [[0, 1]] * 3


def test_inputs_hold_the_past_and_what_is_known_ahead() -> None:
    item = series({"visits": [2, 4, 6, 8, 10], "price": [1, 2, 3, 4, 5]}, {"price": [6, 7, 8]})
    takes = signature(item, horizon=3)
    found = Beside.of(item, takes, ahead=3)
    scaler = CovariateScaler(WindowScaler(), number_columns(takes)).fit_beside(
        np.array([[0.0, 0.0], [2.0, 4.0]])
    )
    inputs, state = inputs_with_covariates(
        takes, scaler, np.array([[10.0, 20.0, 30.0, 40.0]]), found.window(5, 4, 3)[None]
    )
    assert inputs.shape == (1, takes.input_steps, takes.channels)
    value, observed, lag, visits, price, visits_lag, price_lag = inputs[0].T.tolist()
    assert value == [0.5, 1.5, 0, 0, 0]
    assert observed == [1, 1, 0, 0, 0]
    assert lag == [-1.5, -0.5, 0.5, 1.5, 0.5]  # three steps ahead, it is that of four steps before
    assert visits == [7, 9, 9, 9, 9]
    assert price == [1, 1.5, 2, 2.5, 3]
    assert visits_lag == [3, 5, 7, 9, 7]
    assert price_lag == [0, 0.5, 1, 1.5, 1]
    assert state.inverse_transform(np.array([[1.0]])).tolist() == [[35.0]]


def test_scales_ignore_what_is_missing_and_what_is_far_out() -> None:
    scaler = CovariateScaler(WindowScaler(), np.array([0, 1, 2]))
    scaler.fit_beside(np.array([[0.0, 5.0, NAN, 1.0], [2.0, 5.0, NAN, 2.0], [NAN, 5.0, NAN, 3.0]]))
    assert scaler.transform_beside(
        np.array([[3.0, 6.0, 4.0, 3.0], [1e9, NAN, NAN, NAN]])
    ).tolist() == [
        [2, 1, 4, 3],
        [10, 0, 0, 0],
    ]


def test_windows_of_different_lengths_are_stacked() -> None:
    stacked = stack_beside([np.array([[1.0], [2.0]]), np.array([[3.0]])], 3)
    assert stacked[:, :, 0].tolist() == [[1, 2, 2], [3, 3, 3]]


@pytest.mark.parametrize(
    ("frequency", "season", "count", "lags", "phases"),
    [
        ("30min", 48, 1000, (48, 336), ("day", "week")),
        ("30min", 48, 300, (48,), ("day", "week")),
        ("D", 7, 1000, (7,), ("week", "year")),
        ("MS", 12, 36, (12,), ("year",)),
        ("MS", 12, 20, (1,), ()),
    ],
)
def test_lags_and_phases_follow_from_the_frequency(
    frequency: str, season: int, count: int, lags: tuple[int, ...], phases: tuple[str, ...]
) -> None:
    calendar = Calendar.from_start("2024-01-01", frequency)
    item = Series.from_values(np.arange(float(count)), calendar=calendar)
    assert usual_lags([item], season) == lags
    assert usual_phases([item], [count]) == phases
    assert usual_phases([Series.from_values([1.0, 2.0])], [2]) == ()

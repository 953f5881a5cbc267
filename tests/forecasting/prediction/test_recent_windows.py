import numpy as np
import pytest

from forecasting.prediction.calibration import (
    FEWEST_WINDOWS,
    MOST_WINDOWS,
    RecentWindows,
    recent_windows,
)
from forecasting.series.series import Series
from forecasting.types import Floats


def windows_of(series: list[Floats], horizon: int, shortest_context: int) -> RecentWindows:
    return recent_windows(list(map(Series.from_values, series)), horizon, shortest_context)


def test_a_window_sees_nothing_after_its_cutoff() -> None:
    series = [np.arange(30.0), np.arange(1000.0, 1200.0)]
    windows = windows_of(series, 7, 3)
    for row, context in enumerate(past.values for past in windows.pasts):
        place, number = windows.series[row], windows.numbers[row]
        target = windows.targets[place, number]
        known = target[~np.isnan(target)]
        np.testing.assert_array_equal(
            np.concatenate([context, known]), series[place][: context.size + known.size]
        )
        assert context.size >= series[place].size / 2
        assert known.size == min(7, series[place].size - context.size)


def test_the_latest_windows_of_a_long_series_lie_apart() -> None:
    windows = windows_of([np.arange(500.0)], 7, 3)
    cutoffs = [past.values.size for past in windows.pasts]
    assert len(cutoffs) == MOST_WINDOWS
    assert set(-np.diff(cutoffs)) == {7}


@pytest.mark.parametrize("length", [1, 2, 5, 9])
def test_a_short_series_has_none(length: int) -> None:
    windows = windows_of([np.arange(float(length)), np.arange(40.0)], 4, 3)
    assert windows.counts[0] == 0
    assert windows.counts[1] >= FEWEST_WINDOWS
    assert np.isnan(windows.targets[0]).all()


def test_what_comes_before_a_cutoff_varies() -> None:
    still_at_first = np.concatenate([np.ones(30), np.arange(10.0)])
    windows = windows_of([still_at_first], 4, 3)
    assert windows.pasts
    assert all(np.ptp(past.values) > 0 for past in windows.pasts)
    assert not windows_of([np.ones(40)], 4, 3).pasts


def test_a_gap_is_neither_filled_from_what_came_after_nor_taken_for_what_came() -> None:
    values = np.arange(40.0)
    values[29:33] = np.nan
    windows = recent_windows([Series.from_values(values)], 4, 3)
    (row,) = (row for row, past in enumerate(windows.pasts) if past.values.size == 31)
    assert windows.pasts[row].values[-3:].tolist() == [28.0, 28.0, 28.0]
    target = windows.targets[0, windows.numbers[row]]
    np.testing.assert_array_equal(target, [np.nan, np.nan, 33.0, 34.0])


def test_a_series_that_the_forecasts_overshoot_is_given_wider_intervals() -> None:
    random = np.random.default_rng(0)
    calm, wild = random.normal(size=60), 100 * random.normal(size=60)
    windows = windows_of([calm, wild, calm[:3]], 4, 3)
    predicted = np.tile([-10.0, 0.0, 10.0], (len(windows.pasts), 6, 1))
    widths = windows.fit_widths(predicted, (0.1, 0.5, 0.9))
    assert widths.shape == (3, 4, 3)
    assert (widths[0, :, 0] < 1).all()
    assert (widths[1, :, 0] > 1).all()
    assert (widths[2] == 1).all()

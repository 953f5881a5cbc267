"""Which windows are drawn to train on."""

from collections import Counter

import numpy as np
import pytest

from forecasting.networks.windows import Windows
from forecasting.series.series import Series
from training.fitting.window_pool import WindowPool


def pool(*counts: int) -> WindowPool:
    """Return a pool of series that have so many windows."""
    series = [Series(np.arange(count + 20.0)) for count in counts]
    cutoffs = {number: range(10, 10 + count) for number, count in enumerate(counts)}
    return WindowPool.of(series, cutoffs, context_length=8, horizon=2)


def draw(found: WindowPool, count: int, seed: int = 0) -> Windows:
    return found.draw(count, np.random.default_rng(seed))


def places(windows: Windows) -> Counter[tuple[int, int]]:
    return Counter(zip(windows.series.tolist(), windows.cutoffs.tolist(), strict=True))


@pytest.mark.parametrize("seed", range(5))
def test_of_series_of_one_length_every_window_comes_once(seed: int) -> None:
    drawn = places(draw(pool(30, 30, 30), 90, seed))
    assert drawn == {(number, 10 + at): 1 for number in range(3) for at in range(30)}


def test_a_long_series_does_not_drown_short_ones() -> None:
    drawn = draw(pool(10_000, 100, 100), 1_200)
    shares = np.bincount(drawn.series)
    np.testing.assert_allclose(shares, [1_000, 100, 100], atol=1)
    proportional = 1_200 * 10_000 / 10_200
    assert shares[0] < 0.86 * proportional


def test_windows_of_a_short_series_come_equally_often_and_those_of_a_long_one_once() -> None:
    drawn = places(draw(pool(10_000, 16), 1_040))
    assert max(number for (series, _), number in drawn.items() if series == 0) == 1
    assert {number for (series, _), number in drawn.items() if series == 1} <= {2, 3}
    assert sum(series == 1 for series, _ in drawn) == 16


def test_all_windows_lie_in_the_part_and_others_come_in_the_next_epoch() -> None:
    found = pool(1_000, 7, 50)
    first, again, other = (draw(found, 200, seed) for seed in (1, 1, 2))
    for windows in (first, other):
        assert (windows.cutoffs >= 10).all()
        assert (windows.cutoffs < 10 + found.counts[windows.series]).all()
    np.testing.assert_array_equal(first.cutoffs, again.cutoffs)
    assert places(first) != places(other)
    assert (np.diff(first.series) < 0).any(), "they are not in random order"


def test_fewer_windows_than_series_come_from_some_of_them() -> None:
    seen = [set(draw(pool(*[5] * 50), 20, seed).series.tolist()) for seed in range(4)]
    assert all(len(series) == 20 for series in seen)
    assert len(set.union(*seen)) > 20


def test_spread_windows_come_once_and_are_all_if_there_are_no_more() -> None:
    found = pool(1_000, 5, 100)
    assert places(found.spread(2_000)) == {
        (number, 10 + at): 1 for number, count in enumerate((1_000, 5, 100)) for at in range(count)
    }
    some = places(found.spread(200))
    assert set(some.values()) == {1}
    assert len(some) <= 200
    assert {series for series, _ in some} == {0, 1, 2}
    assert len(found.spread(1)) == 1

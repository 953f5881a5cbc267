import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from forecasting.networks.windows import Windows
from forecasting.series.series import Series


def cut(series: Series, cutoffs: list[int], context_length: int, horizon: int) -> Windows:
    """Cut windows of the second of two series."""
    places = np.ones(len(cutoffs), np.int64)
    other = Series(np.full(50, -1.0))
    return Windows([other, series], places, np.array(cutoffs), context_length, horizon)


@given(
    length=st.integers(2, 30),
    context_length=st.integers(1, 12),
    horizon=st.integers(1, 5),
    first_cutoff=st.integers(1, 10),
)
def test_every_window_is_the_series_around_its_cutoff(
    length: int, context_length: int, horizon: int, first_cutoff: int
) -> None:
    values = np.arange(length, dtype=np.float64)
    cutoffs = list(range(first_cutoff, length - horizon + 1))
    windows = cut(Series(values), cutoffs, context_length, horizon)
    contexts, targets = windows.contexts, windows.targets
    for context, target, cutoff in zip(contexts, targets, cutoffs, strict=True):
        seen = context[~np.isnan(context)]
        assert seen.tolist() == values[max(0, cutoff - context_length) : cutoff].tolist()
        assert target.tolist() == values[cutoff : cutoff + horizon].tolist()


def test_a_gap_is_filled_as_it_was_known_before_a_cutoff_and_never_a_target() -> None:
    series = Series.from_values([1.0, 2.0, None, None, 5.0, 6.0])
    windows = cut(series, [2, 3, 4], 3, 2)
    np.testing.assert_array_equal(windows.contexts, [[np.nan, 1, 2], [1, 2, 2], [2, 2, 2]])
    np.testing.assert_array_equal(windows.targets, [[np.nan, np.nan], [np.nan, 5], [5, 6]])


def test_windows_are_thinned_evenly_and_only_if_there_are_more() -> None:
    windows = cut(Series(np.arange(100.0)), list(range(10, 31)), 5, 2)
    assert windows.thinned(5).cutoffs.tolist() == [10, 15, 20, 25, 30]
    assert windows.thinned(21) is windows

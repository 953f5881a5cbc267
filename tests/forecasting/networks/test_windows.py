import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from forecasting.networks.windows import slide
from forecasting.series.series import Series


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
    windows = slide(Series(values), context_length, horizon, first_cutoff=first_cutoff, end=length)
    assert len(windows) == max(0, length - horizon - first_cutoff + 1)
    for context, target, cutoff in zip(
        windows.contexts, windows.targets, windows.cutoffs, strict=True
    ):
        seen = context[~np.isnan(context)]
        assert seen.tolist() == values[max(0, cutoff - context_length) : cutoff].tolist()
        assert target.tolist() == values[cutoff : cutoff + horizon].tolist()


def test_a_gap_is_filled_as_it_was_known_before_a_cutoff_and_never_a_target() -> None:
    series = Series.from_values([1.0, 2.0, None, None, 5.0, 6.0])
    windows = slide(series, 3, 2, first_cutoff=2, end=6)
    np.testing.assert_array_equal(windows.contexts, [[np.nan, 1, 2], [1, 2, 2], [2, 2, 2]])
    np.testing.assert_array_equal(windows.targets, [[np.nan, np.nan], [np.nan, 5], [5, 6]])

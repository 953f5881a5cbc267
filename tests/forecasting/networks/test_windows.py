import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from forecasting.networks.windows import slide


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
    windows = slide(values, context_length, horizon, first_cutoff=first_cutoff, end=length)
    assert len(windows) == max(0, length - horizon - first_cutoff + 1)
    for context, target, cutoff in zip(
        windows.contexts, windows.targets, windows.cutoffs, strict=True
    ):
        seen = context[~np.isnan(context)]
        assert seen.tolist() == values[max(0, cutoff - context_length) : cutoff].tolist()
        assert target.tolist() == values[cutoff : cutoff + horizon].tolist()

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.errors import SeriesError
from forecasting.series.series import Series


def repaired(steps: list[int]) -> Series:
    values = np.arange(len(steps), dtype=np.float64)
    return Series.from_steps(values, np.array(steps, dtype=np.int64), repair=True)


def test_steps_are_sorted_the_last_of_repeated_ones_kept_and_gaps_filled() -> None:
    found = repaired([20, 0, 10, 10, 40, 50])
    assert found.values.tolist() == [1, 3, 0, 2, 4, 5]
    assert [(note.code, note.count) for note in found.notes] == [
        ("timestamps_sorted", 3),
        ("timestamps_repeated_dropped", 1),
        ("missing_dates_added", 1),
        ("missing_values_filled", 1),
    ]
    assert found.observed()[3] != found.observed()[3]


@pytest.mark.parametrize(
    ("steps", "code", "place"),
    [
        ([0, 10, 20, 31, 30, 40], "steps_irregular", 3),
        ([2, 1, 0, 1_000], "gap_too_long", 3),
        ([-(2**63), 2**63 - 1, 0], "steps_irregular", 2),
    ],
)
def test_steps_that_cannot_be_repaired(steps: list[int], code: str, place: int) -> None:
    with pytest.raises(SeriesError) as refusal:
        repaired(steps)
    assert (refusal.value.code, refusal.value.path) == (code, ("timestamps", place))


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=8))
def test_any_whole_numbers_are_repaired_or_refused(steps: list[int]) -> None:
    try:
        found = repaired(steps)
    except SeriesError:
        return
    assert np.isfinite(found.values).all()
    assert found.values.size >= len(set(steps))


@given(st.permutations(range(12)), st.sets(st.integers(1, 10), max_size=3), st.integers(1, 9))
def test_an_even_grid_is_found_again(order: list[int], left_out: set[int], rise: int) -> None:
    kept = [place for place in order if place not in left_out]
    values = np.array(kept, dtype=np.float64)
    steps = np.array(kept, dtype=np.int64) * rise - 5
    found = Series.from_steps(values, steps, repair=True)
    assert found.values == pytest.approx(np.arange(12))

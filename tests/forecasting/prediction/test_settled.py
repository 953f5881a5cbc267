"""What is left out of the past of a series that has settled."""

import numpy as np
import pytest

from forecasting.prediction.settled import leave_out_wild_past
from forecasting.types import Floats


def kept(values: Floats) -> int:
    """Return how many of the latest values of one series are kept."""
    found = leave_out_wild_past(values[None])[0]
    count = int(np.isfinite(found).sum())
    assert (found[values.size - count :] == values[values.size - count :]).all()
    assert np.isnan(found[: values.size - count]).all()
    return count


def test_what_cools_down_is_seen_on_the_scale_of_its_latest_steps() -> None:
    assert kept(20 + 60 * 0.8 ** np.arange(64.0)) == 8
    rng = np.random.default_rng(0)
    wild, calm = rng.normal(0, 50, 60).cumsum(), rng.normal(0, 1, 68)
    assert kept(np.r_[wild, calm]) == 64


@pytest.mark.parametrize(
    "values",
    [
        np.random.default_rng(1).normal(0, 1, 200),
        np.random.default_rng(2).normal(0, 1, 200).cumsum(),
        np.arange(50.0),
        1.1 ** np.arange(60.0),
        np.array([9.0, 1.0, 1.1, 1.0]),
        np.array([9.0, 1.0]),
        np.array([9.0]),
    ],
    ids=["noise", "walk", "line", "growth", "short", "two", "one"],
)
def test_other_series_keep_their_past(values: Floats) -> None:
    assert kept(values) == values.size


def test_a_row_does_not_depend_on_others_nor_on_its_padding() -> None:
    rng = np.random.default_rng(3)
    rows = [rng.normal(0, rng.choice([1, 30]), 60).cumsum() for _ in range(40)]
    rows += [np.r_[rng.normal(0, 30, 40), rng.normal(0, scale, 50)] for scale in (1, 9, 10, 11)]
    width = 100
    stacked = np.array([np.r_[np.full(width - row.size, np.nan), row] for row in rows])
    together = leave_out_wild_past(stacked)
    for row, found in zip(rows, together, strict=True):
        alone = leave_out_wild_past(row[None])[0]
        np.testing.assert_array_equal(found[width - row.size :], alone)

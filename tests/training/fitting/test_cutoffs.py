"""Where windows are cut: spread over the series, and prepared a few at a time."""

import numpy as np

from training.fitting.cutoffs import Cutoffs, spread_cutoffs


def test_cutoffs_are_spread_so_that_long_series_do_not_drown_short_ones() -> None:
    ranges = {0: range(10, 1_010), 1: range(10, 15), 2: range(5, 5)}
    for seed in (None, 3):
        places = spread_cutoffs(ranges, 20, seed)
        counts = np.bincount(places.series, minlength=3)
        assert counts.tolist() == [10, 5, 0]
        assert all(
            cutoff in ranges[n]
            for n, cutoff in zip(*map(list, (places.series, places.cutoffs)), strict=True)
        )
    many = {n: range(3, 9) for n in range(50)}
    assert len(spread_cutoffs(many, 20)) == 20


def test_pasts_are_cut_a_few_at_a_time_by_how_long_they_are() -> None:
    short = Cutoffs(np.zeros(600, np.int64), np.full(600, 50))
    assert list(short.parts()) == [slice(0, 256), slice(256, 512), slice(512, 600)]
    long = Cutoffs(np.zeros(5, np.int64), np.array([9_000_000, 3_000_000, 1_000_000, 50, 50]))
    assert list(long.parts()) == [slice(0, 1), slice(1, 3), slice(3, 5)]
    assert not list(long[:0].parts())

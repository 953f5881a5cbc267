import math

import numpy as np

from forecasting.evaluation.metrics import coverage, mase, seasonal_naive_scale, smape, wql


def test_seasonal_naive_scale_is_its_in_sample_error() -> None:
    past = np.array([1.0, 10.0, 2.0, 12.0])
    assert seasonal_naive_scale(past, 1) == (9 + 8 + 10) / 3
    assert seasonal_naive_scale(past, 2) == 1.5


def test_seasonal_naive_scale_is_nan_where_there_is_none() -> None:
    assert math.isnan(seasonal_naive_scale(np.array([1.0, 2.0]), 2))
    assert math.isnan(seasonal_naive_scale(np.array([1.0, 2.0, 1.0, 2.0]), 2))


def test_mase_scales_each_series_by_its_own_and_leaves_out_those_without() -> None:
    y, point = np.array([[1.0, 2.0], [10.0, 20.0], [5.0, 5.0]]), np.zeros((3, 2))
    assert mase(y, point, np.array([1.0, 10.0, np.nan])) == 1.5


def test_smape_counts_nothing_over_nothing_as_no_error() -> None:
    assert smape(np.array([[0.0, 1.0]]), np.array([[0.0, 3.0]])) == 50.0


def test_wql_of_the_median_is_the_absolute_error_over_the_sum() -> None:
    y = np.array([[1.0, 3.0]])
    assert wql(y, np.array([[[2.0], [2.0]]]), [0.5]) == 0.5


def test_wql_weighs_each_side_by_its_quantile() -> None:
    y = np.array([[10.0]])
    assert wql(y, np.array([[[8.0]]]), [0.9]) == 2 * 0.9 * 2 / 10
    assert math.isclose(wql(y, np.array([[[12.0]]]), [0.9]), 2 * 0.1 * 2 / 10)


def test_coverage_is_the_share_inside() -> None:
    y = np.array([[1.0, 2.0, 3.0, 4.0]])
    assert coverage(y, np.full((1, 4), 2.0), np.full((1, 4), 3.0)) == 0.5

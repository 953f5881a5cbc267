"""Covariates beside a series: what is known of them, and when."""

from dataclasses import replace

import numpy as np
import pytest

from forecasting.series.covariates import Covariates
from forecasting.series.series import Series


@pytest.fixture
def covariates() -> Covariates:
    return Covariates.from_columns(
        {
            "price": [1.0, 2.0, None, 4.0, 5.0],
            "visits": [10.0, 20.0, 30.0, 40.0, 50.0],
            "weather": ["rain", "sun", None, "sun", "rain"],
        },
        {"price": [6.0, 7.0], "weather": ["sun", "snow"]},
    )


def test_categories_become_indicators(covariates: Covariates) -> None:
    assert covariates.names == ("price", "visits", "weather=rain", "weather=sun")
    assert covariates.known_ahead.tolist() == [True, False, True, True]
    assert covariates.past[:, 2] == pytest.approx([1, 0, np.nan, 0, 1], nan_ok=True)
    assert covariates.past[:, 3] == pytest.approx([0, 1, np.nan, 1, 0], nan_ok=True)
    assert covariates.ahead == pytest.approx(
        np.array([[6, np.nan, 0, 1], [7, np.nan, 0, 0]]), nan_ok=True
    )


@pytest.mark.parametrize(
    ("cutoff", "horizon", "prices"), [(2, 2, [np.nan, 4]), (4, 2, [5, 6]), (4, 9, [5, 6, 7])]
)
def test_before_a_cutoff_only_what_is_known_ahead_is_known(
    covariates: Covariates, cutoff: int, horizon: int, prices: list[float]
) -> None:
    series = replace(Series.from_values([3, 1, 4, 1, 5]), covariates=covariates)
    known = series.before(cutoff, horizon).covariates
    assert known is not None
    assert known.past == pytest.approx(covariates.past[:cutoff], nan_ok=True)
    assert known.ahead[:, 0] == pytest.approx(prices, nan_ok=True)
    assert np.isnan(known.ahead[:, 1]).all()

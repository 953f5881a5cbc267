"""Anomalies: what is judged, by what, and how far outside it lies."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.errors import SeriesError
from forecasting.evaluation.anomalies import AnomalyScores, score_anomalies, scored_positions
from forecasting.prediction.forecaster import Forecast
from forecasting.prediction.pipeline import finish, prepare, run_network
from forecasting.prediction.quantiles import interval_quantiles
from forecasting.series.series import Series
from tests.support.stand_in_networks import last_value_forecaster


def find_anomalies(
    series: Series, *, level: float, warm_up: int, last: int | None = None
) -> AnomalyScores:
    forecaster = last_value_forecaster()
    positions = scored_positions(series.values.size, warm_up, last)
    plan = prepare(
        [series.before(position, 1) for position in positions],
        forecaster.signature,
        horizon=1,
        quantiles=interval_quantiles(level),
    )
    forecast = finish(plan, run_network(plan, forecaster)).forecast
    return score_anomalies(series.observed()[positions.start :], forecast)


def test_scores_by_hand() -> None:
    """The model expects the last value, ± 1 in 80% of the cases."""
    series = Series.from_values([1, 2, 2.5, None, 2, 5])
    found = find_anomalies(series, level=80, warm_up=2)
    assert found.expected.tolist() == [2, 2.5, 2.5, 2]
    assert found.lower.tolist() == [1, 1.5, 1.5, 1]
    assert found.upper.tolist() == [3, 3.5, 3.5, 3]
    assert found.outside.tolist() == [False, False, False, True]
    assert found.score == pytest.approx([0.5, np.nan, -0.5, 3], nan_ok=True)


def test_a_band_that_leans_to_one_side_has_its_edges_at_one_all_the_same() -> None:
    forecast = Forecast(np.full((4, 1), 10.0), np.tile([[[8.0, 20.0]]], (4, 1, 1)))
    found = score_anomalies(np.array([8.0, 20.0, 7.0, 30.0]), forecast)
    assert found.score.tolist() == [-1, 1, -1.5, 2]
    assert found.outside.tolist() == [False, False, True, True]


def test_a_band_without_width_tells_in_from_out_alone() -> None:
    series = Series.from_values([5, 5, 5, 5, 6])
    found = find_anomalies(series, level=80, warm_up=3)
    assert found.outside.tolist() == [False, True]
    assert found.score == pytest.approx([0, np.nan], nan_ok=True)


def test_a_warm_up_that_takes_all_is_refused() -> None:
    assert scored_positions(5, 4) == range(4, 5)
    with pytest.raises(SeriesError, match="none is left"):
        scored_positions(5, 5)


@given(
    st.lists(st.one_of(st.none(), st.floats(-100, 100)), min_size=3, max_size=20),
    st.integers(1, 4),
    st.integers(1, 25),
)
def test_the_last_values_are_judged_as_they_are_in_the_whole(
    values: list[float | None], warm_up: int, last: int
) -> None:
    series = Series.from_values([1.0, 2.0, *values, 3.0])
    whole = find_anomalies(series, level=90, warm_up=warm_up)
    latest = find_anomalies(series, level=90, warm_up=warm_up, last=last)
    count = min(last, series.values.size - warm_up)
    assert latest.actual.size == count
    for name in ("actual", "expected", "lower", "upper", "outside", "score"):
        assert np.array_equal(
            getattr(latest, name), getattr(whole, name)[-count:], equal_nan=name != "outside"
        )

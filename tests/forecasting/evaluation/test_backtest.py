"""Backtests: where the windows lie, what is known in them, what comes of it."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.errors import SeriesError
from forecasting.evaluation.backtest import (
    MODEL,
    SEASONAL_NAIVE,
    THETA,
    BacktestPlan,
    BacktestResult,
    backtest_quantiles,
    cut_windows,
    score_backtest,
)
from forecasting.evaluation.metrics import WQL_QUANTILES, score_forecasts
from forecasting.prediction.bounds import ANY
from forecasting.prediction.forecaster import Forecast
from forecasting.prediction.pipeline import finish, run_network
from forecasting.series.series import Series
from tests.support.stand_in_networks import last_value_forecaster

LEVELS = {"80": (0.1, 0.9)}


def of(values: list[float | None]) -> Series:
    return Series.from_values(values)


def run(series: list[Series], plan: BacktestPlan) -> BacktestResult:
    forecaster = last_value_forecaster()
    count = len(series)
    windows = cut_windows(
        series,
        [plan] * count,
        forecaster.signature,
        season_lengths=[1] * count,
        bounds=[ANY] * count,
        effort="standard",
    )
    quantiles = backtest_quantiles(LEVELS)
    rows = range(len(windows.pasts))
    planned = windows.prepare(rows, forecaster.signature, quantiles)
    forecast = finish(planned, run_network(planned, forecaster)).forecast
    baselines = windows.forecast_baselines(rows, quantiles)
    return score_backtest(windows, {MODEL: forecast} | baselines, LEVELS)


def test_the_last_window_ends_where_the_series_does() -> None:
    assert BacktestPlan(horizon=3, windows=3, step=2).cutoffs(10) == [3, 5, 7]
    assert BacktestPlan(horizon=3, windows=1, step=9).cutoffs(10) == [7]


@given(st.integers(1, 20), st.integers(1, 20), st.integers(1, 20), st.integers(1, 100))
def test_a_plan_fits_or_says_what_would(horizon: int, windows: int, step: int, count: int) -> None:
    plan = BacktestPlan(horizon, windows, step)
    try:
        plan.check(count, shortest=3)
    except SeriesError as error:
        assert plan.cutoffs(count)[0] < 3
        said = error.message
        for fewer in map(int, re.findall(r"(\d+) of these windows", said)):
            BacktestPlan(horizon, fewer, step).check(count, shortest=3)
            with pytest.raises(SeriesError):
                BacktestPlan(horizon, fewer + 1, step).check(count, shortest=3)
        for least in map(int, re.findall(r"Give so many, or (\d+) for", said)):
            assert least > count
            count = least
        for shorter in map(int, re.findall(r"a horizon of (\d+)", said)):
            at_once = 1 if "one window" in said else windows
            BacktestPlan(shorter, at_once, step).check(count, shortest=3)
        for both in map(int, re.findall(r"a horizon and a step of (\d+)", said)):
            BacktestPlan(both, windows, both).check(count, shortest=3)
        needed = re.search(r"need (\d+)", said)
        assert needed is not None
        plan.check(int(needed[1]), shortest=3)
        assert "What would fit: " in said or "Give so many" in said
    else:
        cutoffs = plan.cutoffs(count)
        assert cutoffs[0] >= 3
        assert cutoffs[-1] + horizon == count
        assert set(np.diff(cutoffs)) <= {step}


def test_scores_by_hand() -> None:
    """The model says the last value, ± 1: 4 before [6, 4], and 4 again before [3, 10]."""
    found = run([of([1, 2, 4, 6, 4, 3, 10])], BacktestPlan(horizon=2, windows=2, step=2))
    assert found.windows.cutoffs.tolist() == [3, 5]
    assert found.forecasts[MODEL].point.tolist() == [[4, 4], [4, 4]]
    scores = found.overall[MODEL]
    first, second = (1 + 2) / 2, (1 + 2 + 2 + 2) / 4
    assert scores.mase == pytest.approx(((2 + 0) / 2 / first + (1 + 6) / 2 / second) / 2)
    assert scores.rmse == pytest.approx(np.sqrt((4 + 0 + 1 + 36) / 4))
    assert scores.smape == pytest.approx(200 * (2 / 10 + 0 + 1 / 7 + 6 / 14) / 4)
    assert scores.coverage == {"80": 0.5}
    assert found.by_series == [found.overall]
    naive = found.overall[SEASONAL_NAIVE]
    assert (naive.mase, naive.rmse) == (scores.mase, scores.rmse)


def test_wql_and_coverage_by_hand() -> None:
    quantiles = WQL_QUANTILES
    spread = np.array([[[8.0] * 4 + [10.0] + [11.0] * 4]])
    forecast = Forecast(np.array([[10.0]]), spread)
    found = score_forecasts(np.array([[10.0]]), forecast, np.array([2.0]), quantiles, LEVELS)
    losses = sum(q * 2 for q in (0.1, 0.2, 0.3, 0.4)) + sum(1 - q for q in (0.6, 0.7, 0.8, 0.9))
    assert found.wql == pytest.approx(2 * losses / 10 / 9)
    assert (found.mase, found.coverage) == (0, {"80": 1})


def test_each_series_has_its_own_scores_and_all_have_theirs() -> None:
    easy, hard = of([1, 2, 3, 3, 3, 3]), of([1, 2, 3, 9, 3, 9])
    found = run([easy, hard], BacktestPlan(horizon=1, windows=2, step=1))
    assert [one[MODEL].rmse for one in found.by_series] == [0, 6]
    assert found.overall[MODEL].rmse == pytest.approx(np.sqrt(18))
    assert set(found.overall) == {MODEL, SEASONAL_NAIVE, THETA}


def test_a_past_that_repeats_itself_has_no_mase() -> None:
    found = run([of([5, 5, 5, 5, 5, 6])], BacktestPlan(horizon=2, windows=1, step=1))
    assert found.overall[MODEL].mase is None
    assert found.overall[MODEL].rmse == pytest.approx(np.sqrt(0.5))


def test_a_missing_value_is_not_scored() -> None:
    found = run([of([1, 2, 4, None, 6])], BacktestPlan(horizon=2, windows=1, step=1))
    assert found.overall[MODEL].rmse == 2
    found = run([of([1, 2, 4, None, None])], BacktestPlan(horizon=2, windows=1, step=1))
    scores = found.overall[MODEL]
    assert (scores.mase, scores.smape, scores.rmse, scores.wql) == (None,) * 4
    assert scores.coverage == {"80": None}


def test_a_gap_before_a_cutoff_is_not_filled_from_what_came_after() -> None:
    series = of([None, 1, 2, None, None, 8])
    assert series.values.tolist() == [1, 2, 4, 6, 8]
    assert series.before(4, 1).values.tolist() == [1, 2, 2, 2]
    assert series.before(5, 1).values.tolist() == [1, 2, 4, 6, 8]


def test_a_series_that_is_too_short_is_named_with_what_would_fit() -> None:
    with pytest.raises(SeriesError, match="2 of these windows or a horizon and a step of 3"):
        BacktestPlan(horizon=4, windows=3, step=4).check(12, shortest=2)

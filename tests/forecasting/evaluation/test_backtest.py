"""Backtests: where the windows lie, what is known in them, what comes of it."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.errors import SeriesError
from forecasting.evaluation.backtest import MODEL, SEASONAL_NAIVE, THETA, Backtest, Plan, backtest
from forecasting.evaluation.scores import WQL_QUANTILES, score
from forecasting.prediction.forecaster import Forecast
from forecasting.series.series import Series
from forecasting.types import Floats
from tests.support.stand_in_networks import last_value_forecaster

LEVELS = {"80": (0.1, 0.9)}


def of(values: list[float | None]) -> Series:
    return Series.from_values(values)


def run(series: list[Series], plan: Plan, season_length: int = 1) -> Backtest:
    lengths = [season_length] * len(series)
    return backtest(last_value_forecaster(), series, plan, season_lengths=lengths, intervals=LEVELS)


def test_the_last_window_ends_where_the_series_does() -> None:
    assert Plan(horizon=3, windows=3, step=2).cutoffs(10) == [3, 5, 7]
    assert Plan(horizon=3, windows=1, step=9).cutoffs(10) == [7]


@settings(deadline=None)
@given(st.integers(1, 20), st.integers(1, 20), st.integers(1, 20), st.integers(1, 100))
def test_a_plan_fits_or_says_what_would(horizon: int, windows: int, step: int, count: int) -> None:
    plan = Plan(horizon, windows, step)
    try:
        plan.check(count, shortest=3)
    except SeriesError as error:
        assert plan.cutoffs(count)[0] < 3
        words = error.message.partition("What would fit: ")[2].split()
        if words[1:4] == ["of", "these", "windows"]:
            fewer = int(words[0])
            Plan(horizon, fewer, step).check(count, shortest=3)
            with pytest.raises(SeriesError):
                Plan(horizon, fewer + 1, step).check(count, shortest=3)
    else:
        cutoffs = plan.cutoffs(count)
        assert cutoffs[0] >= 3
        assert cutoffs[-1] + horizon == count
        assert set(np.diff(cutoffs)) <= {step}


def test_scores_by_hand() -> None:
    """The model says the last value, ± 1: 4 before [6, 4], and 4 again before [3, 10]."""
    found = run([of([1, 2, 4, 6, 4, 3, 10])], Plan(horizon=2, windows=2, step=2))
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
    found = score(np.array([[10.0]]), forecast, np.array([2.0]), quantiles, LEVELS)
    losses = sum(q * 2 for q in (0.1, 0.2, 0.3, 0.4)) + sum(1 - q for q in (0.6, 0.7, 0.8, 0.9))
    assert found.wql == pytest.approx(2 * losses / 10 / 9)
    assert (found.mase, found.coverage) == (0, {"80": 1})


def test_each_series_has_its_own_scores_and_all_have_theirs() -> None:
    easy, hard = of([1, 2, 3, 3, 3, 3]), of([1, 2, 3, 9, 3, 9])
    found = run([easy, hard], Plan(horizon=1, windows=2, step=1))
    assert [one[MODEL].rmse for one in found.by_series] == [0, 6]
    assert found.overall[MODEL].rmse == pytest.approx(np.sqrt(18))
    assert set(found.overall) == {MODEL, SEASONAL_NAIVE, THETA}


def test_a_past_that_repeats_itself_has_no_mase() -> None:
    found = run([of([5, 5, 5, 5, 5, 6])], Plan(horizon=2, windows=1, step=1))
    assert found.overall[MODEL].mase is None
    assert found.overall[MODEL].rmse == pytest.approx(np.sqrt(0.5))


def test_a_missing_value_is_not_scored() -> None:
    found = run([of([1, 2, 4, None, 6])], Plan(horizon=2, windows=1, step=1))
    assert found.overall[MODEL].rmse == 2
    found = run([of([1, 2, 4, None, None])], Plan(horizon=2, windows=1, step=1))
    scores = found.overall[MODEL]
    assert (scores.mase, scores.smape, scores.rmse, scores.wql) == (None,) * 4
    assert scores.coverage == {"80": None}


def test_a_gap_before_a_cutoff_is_not_filled_from_what_came_after() -> None:
    series = of([None, 1, 2, None, None, 8])
    assert series.values.tolist() == [1, 2, 4, 6, 8]
    assert series.before(4).values.tolist() == [1, 2, 2, 2]
    assert series.before(5).values.tolist() == [1, 2, 4, 6, 8]


def test_a_series_that_is_too_short_is_named_with_what_would_fit() -> None:
    with pytest.raises(SeriesError, match="What would fit: 2 of these windows or a horizon of 2"):
        run([of([1, 2] * 9), of([1, 2] * 6)], Plan(horizon=4, windows=3, step=4))


def looks_ahead(values: list[float | None], plan: Plan) -> bool:
    """Whether a forecast changes when all that came from its cutoff on does."""

    def first_window(given: list[float | None]) -> list[Floats]:
        found = run([of(given)], plan, season_length=0)
        return [forecast.quantiles[0] for forecast in found.forecasts.values()]

    cutoff = plan.cutoffs(len(values))[0]
    rng = np.random.default_rng(0)
    future: list[float | None] = [
        float(value) for value in rng.normal(1e3, 1e3, len(values) - cutoff)
    ]
    before, after = first_window(values), first_window(values[:cutoff] + future)
    return not all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


VALUES = st.lists(st.one_of(st.none(), st.floats(-100, 100)), min_size=20, max_size=30).map(
    lambda values: [1.0, 2.0, *values, 3.0]
)


@settings(deadline=None)
@given(VALUES, st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))
def test_no_forecast_looks_ahead(
    values: list[float | None], horizon: int, windows: int, step: int
) -> None:
    assert not looks_ahead(values, Plan(horizon, windows, step))


@pytest.mark.parametrize(
    "leak",
    [
        lambda series, cutoff: Series(series.values[: cutoff + 1]),
        lambda series, cutoff: Series(series.values[:cutoff]),
        lambda series, cutoff: Series(series.values[:cutoff] / series.values.max()),
    ],
    ids=["the next value", "a gap filled from both sides", "scaled by the highest of all"],
)
def test_a_leak_that_is_planted_is_found(
    monkeypatch: pytest.MonkeyPatch, leak: Callable[[Series, int], Series]
) -> None:
    values = [1.0, 4.0, 2.0, 3.0, None, 9.0, 8.0]
    plan = Plan(horizon=2, windows=1, step=1)
    assert not looks_ahead(values, plan)
    monkeypatch.setattr(Series, "before", leak)
    assert looks_ahead(values, plan)

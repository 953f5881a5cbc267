"""No forecast of the past looks ahead, on the road that requests take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.settings.settings import Settings
from forecasting.evaluation.backtest import METHODS, BacktestPlan
from forecasting.series.covariates import Covariates
from forecasting.series.series import Series
from forecasting.types import Floats
from tests.support.service_thread import service_thread

Values = list[float | None]
VALUES = st.lists(st.one_of(st.none(), st.floats(-100, 100)), min_size=20, max_size=30).map(
    lambda values: [1.0, 2.0, *values, 3.0]
)
LEAKS: dict[str, Callable[[Series, int], Series]] = {
    "the next value": lambda series, cutoff: Series(series.values[: cutoff + 1]),
    "a gap filled from both sides": lambda series, cutoff: Series(series.values[:cutoff]),
    "scaled by the highest of all": lambda series, cutoff: Series(
        series.values[:cutoff] / series.values.max()
    ),
}


COUNT, CUTOFF = 60, 54
RNG = np.random.default_rng(4)
LOAD = RNG.normal(0, 1, COUNT + 1).tolist()
"""What the values below follow at once and, more so, a step later."""
FOLLOWED: Values = [
    round(40 + 5 * LOAD[at] + 9 * LOAD[at - 1] + noise, 3)
    for at, noise in enumerate(RNG.normal(0, 0.2, COUNT))
]


def all_known(given: Covariates, cutoff: int, horizon: int) -> Covariates:
    later = np.concatenate([given.past[cutoff:], given.ahead])[:horizon]
    return Covariates(given.names, given.past[:cutoff], later, np.ones(len(given.names), bool))


def filled_from_both_sides(given: Covariates, cutoff: int, horizon: int) -> Covariates:
    known = np.flatnonzero(~np.isnan(given.past[:, 0]))
    filled = np.interp(np.arange(len(given.past)), known, given.past[known, 0])[:, None]
    ahead = np.full((horizon, 1), np.nan)
    return Covariates(given.names, filled[:cutoff], ahead, given.known_ahead)


COVARIATE_LEAKS = [all_known, filled_from_both_sides]


@pytest.fixture(scope="module")
def client(trained_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    jobs = tmp_path_factory.mktemp("jobs")
    own = Settings(model_store=str(trained_store), jobs_dir=jobs, default_model="zero-shot")
    with service_thread(own) as connected:
        yield connected


def ask(client: httpx.Client, path: str, series: Values, **options: Any) -> Any:
    answer = client.post(path, json={"series": series, **options})
    assert answer.status_code == 200, answer.text
    return answer.json()


def with_another_future(values: Values, cutoff: int) -> Values:
    rng = np.random.default_rng(0)
    return [*values[:cutoff], *rng.normal(1e3, 1e3, len(values) - cutoff).tolist()]


def backtest_looks_ahead(
    client: httpx.Client, values: Values, plan: BacktestPlan, effort: str
) -> bool:
    """Return whether the first window's forecasts change with what came after its cutoff."""

    def first_window(given: Values) -> Any:
        sizes = {"horizon": plan.horizon, "windows": plan.windows, "step": plan.step}
        options = {**sizes, "effort": effort}
        (series,) = ask(client, "/backtest", given, **options)["series"]
        forecasts = series["windows"][0]["forecasts"]
        assert set(forecasts) == set(METHODS)
        return forecasts

    cutoff = plan.cutoffs(len(values))[0]
    return bool(first_window(values) != first_window(with_another_future(values, cutoff)))


def anomalies_look_ahead(client: httpx.Client, values: Values) -> bool:
    """Return whether the band of a value changes with the values from it on."""

    def band(given: Values) -> Any:
        (series,) = ask(client, "/anomalies", given, warm_up=len(values) - 2)["series"]
        return [series[name][0] for name in ("expected", "lower", "upper")]

    return bool(band(values) != band(with_another_future(values, len(values) - 2)))


@settings(max_examples=40)
@given(
    VALUES,
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(1, 3),
    st.sampled_from(["standard", "best"]),
)
def test_no_window_of_a_backtest_looks_ahead(
    client: httpx.Client, values: Values, horizon: int, windows: int, step: int, effort: str
) -> None:
    assert not backtest_looks_ahead(client, values, BacktestPlan(horizon, windows, step), effort)


@given(VALUES)
def test_a_value_is_judged_by_those_before_it_alone(client: httpx.Client, values: Values) -> None:
    assert not anomalies_look_ahead(client, values)


@pytest.mark.parametrize("effort", ["standard", "best"])
@pytest.mark.parametrize("leak", LEAKS.values(), ids=LEAKS)
def test_a_leak_that_is_planted_is_found(
    client: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
    leak: Callable[[Series, int], Series],
    effort: str,
) -> None:
    values: Values = [1.0, 4.0, 2.0, 3.0, 6.0, 5.0, 7.0, None, 9.0, 8.0]
    values = [*values[:7] * 3, *values]
    plan = BacktestPlan(horizon=2, windows=1, step=1)
    assert not backtest_looks_ahead(client, values, plan, effort)
    assert not anomalies_look_ahead(client, values)
    monkeypatch.setattr(Series, "before", lambda item, cutoff, *_, **__: leak(item, cutoff))
    assert backtest_looks_ahead(client, values, plan, effort)
    assert anomalies_look_ahead(client, values)


def forecasts_of_the_cutoff(client: httpx.Client, **covariates: Any) -> tuple[Floats, Floats]:
    """Return what `/backtest` and `/anomalies` forecast of the step after CUTOFF."""
    series: Any = {"values": FOLLOWED, **covariates}
    sizes = {"horizon": 1, "windows": COUNT - CUTOFF, "step": 1}
    (tested,) = ask(client, "/backtest", series, **sizes)["series"]
    (judged,) = ask(client, "/anomalies", series, warm_up=CUTOFF)["series"]
    window = tested["windows"][0]["forecasts"]["model"]
    tested_step = [window["point"], *window["intervals"]["80"].values()]
    band = [judged[name][0] for name in ("expected", "lower", "upper")]
    return np.array(tested_step)[:, 0], np.array(band)


def are_alike(first: Sequence[Floats], second: Sequence[Floats]) -> list[bool]:
    """Return which forecasts are the same, up to what other company in a batch rounds otherwise."""
    return [np.allclose(one, other, rtol=1e-6) for one, other in zip(first, second, strict=True)]


def changed_from(column: Values, first: int) -> Values:
    changes = np.random.default_rng(0).normal(5, 9, len(column) - first)
    return [*column[:first], *changes.tolist()]


def past_column(*, gap: bool) -> Values:
    """A past covariate, which may be missing just before the cutoff."""
    return [*LOAD[: CUTOFF - 1], None if gap else LOAD[CUTOFF - 1], *LOAD[CUTOFF:COUNT]]


def past_covariates_look_ahead(client: httpx.Client, column: Values) -> bool:
    """Return whether forecasts change with what a past covariate was after the cutoff."""
    given, changed = (
        forecasts_of_the_cutoff(client, past_covariates={"load": values})
        for values in (column, changed_from(column, CUTOFF))
    )
    return not all(are_alike(given, changed))


def test_a_past_covariate_is_used_as_it_was_known_at_the_cutoff(client: httpx.Client) -> None:
    plain = forecasts_of_the_cutoff(client)
    used = forecasts_of_the_cutoff(client, past_covariates={"load": past_column(gap=False)})
    assert are_alike(plain, used) == [False, False]
    assert not past_covariates_look_ahead(client, past_column(gap=False))
    assert not past_covariates_look_ahead(client, past_column(gap=True))


@pytest.mark.parametrize(("changed", "alike"), [(CUTOFF, False), (CUTOFF + 1, True)])
def test_a_future_covariate_is_known_for_the_steps_that_are_forecast_alone(
    client: httpx.Client, changed: int, *, alike: bool
) -> None:
    column: Values = LOAD[:COUNT]
    first, second = (
        forecasts_of_the_cutoff(client, future_covariates={"load": values})
        for values in (column, changed_from(column, changed))
    )
    assert are_alike(first, second) == [alike, alike]


@pytest.mark.parametrize("leak", COVARIATE_LEAKS)
def test_a_leak_of_covariates_that_is_planted_is_found(
    client: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
    leak: Callable[[Covariates, int, int], Covariates],
) -> None:
    monkeypatch.setattr(Covariates, "before", leak)
    assert past_covariates_look_ahead(client, past_column(gap=True))

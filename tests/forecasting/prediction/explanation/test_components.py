"""Explanations make up the forecast exactly, and their parts are what they are called."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from forecasting.networks.scalers import make_scaler
from forecasting.prediction.bounds import Bounds
from forecasting.prediction.effort.best import run_plan
from forecasting.prediction.effort.effort import Effort
from forecasting.prediction.explanation.components import Explanation, explain
from forecasting.prediction.forecaster import Forecaster
from forecasting.prediction.pipeline import finish, prepare
from forecasting.series.calendar import Calendar
from forecasting.series.covariates import Covariates
from forecasting.series.opening import Opening, parse_opening
from forecasting.series.series import Series
from forecasting.series.time_zones import parse_zone
from forecasting.types import Floats, NetworkFloats
from tests.support.signatures import any_series_signature
from tests.support.stand_in_networks import last_value_forecaster

SIGNATURE = any_series_signature(context_length=64, horizon=7)


class LatestMean:
    """A network that predicts the mean of the latest values, two steps' change either side."""

    def run(self, inputs: NetworkFloats) -> NetworkFloats:
        around = np.array([-2, 0, 2], np.float32) + inputs[:, -5:, :1].mean(axis=1, keepdims=True)
        return np.repeat(around, 7, axis=1)


FORECASTER = Forecaster(SIGNATURE, make_scaler("change"), LatestMean())


def explained(
    series: Sequence[Series],
    horizon: int,
    bounds: Bounds | None = None,
    *,
    effort: Effort = "standard",
    season_length: int | None = None,
    forecaster: Forecaster = FORECASTER,
) -> tuple[list[Explanation], Floats]:
    lengths = [
        season_length or (0 if item.calendar is None else item.calendar.frequency.season_length)
        for item in series
    ]
    plan = prepare(
        series,
        forecaster.signature,
        horizon=horizon,
        season_lengths=lengths,
        bounds=[bounds or Bounds()] * len(series),
        effort=effort,
    )
    noted, predicted = run_plan(plan, forecaster)
    finished = finish(noted, predicted)
    return explain(plan, finished), finished.forecast.point


def made_up(explanation: Explanation) -> Floats:
    values = [component.values for component in explanation.components]
    total = np.prod(values, axis=0) if explanation.form == "multiplicative" else sum(values)
    return np.asarray(total)


def names(explanation: Explanation) -> list[str]:
    return [component.name for component in explanation.components]


def part(explanation: Explanation, name: str) -> Floats:
    (found,) = (item.values for item in explanation.components if item.name == name)
    return found


def assert_exact(explanations: Sequence[Explanation], point: Floats) -> None:
    assert len(explanations) == len(point)
    for explanation, own in zip(explanations, point, strict=True):
        values = [component.values for component in explanation.components]
        size = np.max(np.abs([*values, own]))
        assert_allclose(made_up(explanation), own, rtol=1e-13, atol=1e-14 * size)
        assert names(explanation)[0] == "level"
        assert names(explanation)[-1] == "remainder"


def dated(values: Floats, frequency: str, zone: str | None = None) -> Series:
    parsed = None if zone is None else parse_zone(zone)
    calendar = Calendar.from_start("2024-01-01", frequency, parsed)
    return Series.from_values(values, calendar=calendar)


def hours(count: int, seed: int = 0) -> Floats:
    """Return hours with a day and a week in them, at a level of 100."""
    steps = np.arange(count)
    day = 20 * np.sin(2 * np.pi * steps / 24)
    noise = np.random.default_rng(seed).normal(0, 1, count)
    return np.asarray(100 + day + 8 * (steps // 24 % 7 > 4) + noise)


VALUES = st.one_of(
    st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=60),
    st.lists(st.floats(0, 1e3), min_size=30, max_size=80),
    st.lists(st.sampled_from([0.0, 0.0, 0.0, 5.0]), min_size=10, max_size=60),
    st.lists(st.floats(0, 5), min_size=20, max_size=60).map(
        lambda rises: np.cumsum(rises).tolist()
    ),
    st.lists(st.floats(10, 20), min_size=24, max_size=72).map(
        lambda values: (np.array(values) * np.tile([1, 3, 0.5, 2], 18)[: len(values)]).tolist()
    ),
    st.lists(st.floats(0, 1e-3), min_size=12, max_size=30).map(
        lambda values: (1e6 + np.array(values)).tolist()
    ),
)
BOUNDS = st.sampled_from(
    [Bounds(), Bounds(lower=5, upper=50), Bounds(integer=True), Bounds(non_negative=False)]
)


@settings(max_examples=150)
@given(
    many=st.lists(VALUES, min_size=1, max_size=3),
    horizon=st.sampled_from([1, 7, 20]),
    bounds=BOUNDS,
    season_length=st.sampled_from([1, 4, 12]),
    effort=st.sampled_from(["standard", "best"]),
)
def test_the_components_make_up_the_forecast_of_any_series(
    many: list[list[float]], horizon: int, bounds: Bounds, season_length: int, effort: Effort
) -> None:
    series = [Series.from_values(values) for values in many]
    assert_exact(*explained(series, horizon, bounds, season_length=season_length, effort=effort))


@pytest.mark.parametrize("frequency", ["h", "D", "W-MON", "MS", "30min", "B"])
@pytest.mark.parametrize("shift", [0.0, -100.0])
def test_the_components_make_up_forecasts_with_dates(frequency: str, shift: float) -> None:
    values = hours(1600) + shift
    values[300:320] = np.nan
    gap_at_end = values.copy()
    gap_at_end[-9:] = np.nan
    series = [dated(values, frequency), dated(gap_at_end, frequency), dated(values[:90], frequency)]
    assert_exact(*explained(series, 30))


def test_seasons_are_named_and_told_apart() -> None:
    low = hours(24 * 7 * 8) - 100
    (explanation,), _ = explained([dated(low, "h")], 48)
    assert explanation.form == "additive"
    assert names(explanation) == ["level", "day", "week", "remainder"]
    day, week = part(explanation, "day"), part(explanation, "week")
    assert_allclose(day[:24], 20 * np.sin(2 * np.pi * np.arange(24) / 24), atol=2)
    assert np.ptp(week) < 6
    (high,), _ = explained([dated(low + 100, "h")], 48)
    assert high.form == "multiplicative"
    assert_allclose(part(high, "day")[:24], 1 + day[:24] / 100, atol=0.05)
    months = np.tile(np.arange(12.0), 6)
    assert names(explained([dated(months, "MS")], 12)[0][0]) == ["level", "year", "remainder"]
    unnamed = explained([Series.from_values(months)], 12, season_length=12)[0][0]
    assert names(unnamed) == ["level", "12", "remainder"]


@pytest.mark.parametrize(
    ("frequency", "opening", "length", "name"),
    [
        ("h", parse_opening(None, "9-17", []), 9, "day"),
        ("D", parse_opening("Mon-Sat", None, []), 6, "week"),
    ],
)
def test_seasons_of_opening_times_are_named(
    frequency: str, opening: Opening, length: int, name: str
) -> None:
    values = np.tile(np.arange(float(length)), 12)
    calendar = Calendar.from_start("2024-01-01T09:00", frequency, opening=opening)
    series = Series.from_values(values, calendar=calendar)
    assert names(explained([series], 12)[0][0])[:2] == ["level", name]


def test_years_and_special_days_are_told_apart() -> None:
    days = np.arange("2012-01-01", "2019-12-18", dtype="datetime64[D]")
    of_year = np.sin(2 * np.pi * np.arange(days.size) / 365.2425)
    christmas = np.char.endswith(days.astype(str), "-12-25")
    noise = np.random.default_rng(0).normal(0, 0.2, days.size)
    values = 10 * of_year + 3 * (np.arange(days.size) % 7 == 0) - 20 * christmas + noise
    calendar = Calendar.from_start("2012-01-01", "D")
    (explanation,), point = explained([Series.from_values(values, calendar=calendar)], 14)
    assert names(explanation) == ["level", "week", "year", "special_days", "remainder"]
    assert_exact([explanation], point)
    holidays = part(explanation, "special_days")
    assert holidays.argmin() == 7
    assert holidays[7] < -15
    assert np.abs(np.delete(holidays, 7)).max() < 2


def test_years_and_trading_days_are_told_apart() -> None:
    days = np.arange("2012-01-01", "2020-01-01", dtype="datetime64[D]")
    brought = np.where((days.astype(np.int64) + 3) % 7 < 5, 10.0, 2.0)
    month = days.astype("datetime64[M]").astype(np.int64)
    totals = np.bincount(month - month[0], brought)
    noise = np.random.default_rng(0).normal(0, 0.5, totals.size)
    of_year = 30 * np.sin(2 * np.pi * np.arange(totals.size) / 12)
    calendar = Calendar.from_start("2012-01-01", "MS")
    series = Series.from_values(totals + noise + of_year, calendar=calendar)
    (explanation,), point = explained([series], 12)
    assert names(explanation) == ["level", "year", "trading_days", "remainder"]
    assert_exact([explanation], point)


def test_the_day_goes_by_the_clock_through_its_changes() -> None:
    values = hours(24 * 60)
    series = dated(values - 100, "h", "Europe/Berlin")
    assert_exact(*explained([series], 24 * 40))


def test_the_level_is_the_last_value_without_its_season() -> None:
    trend = np.arange(96.0) * 0.5
    season = np.tile([3.0, -1, -4, 2], 24)
    (explanation,), _ = explained([Series.from_values(trend + season)], 4, season_length=4)
    assert part(explanation, "level") == pytest.approx([trend[-1]] * 4, abs=0.5)
    assert part(explanation, "4") == pytest.approx(season[:4], abs=0.3)


@pytest.mark.parametrize("share", [False, True])
def test_each_covariate_has_its_part(share: bool) -> None:
    rng = np.random.default_rng(3)
    promotion = (rng.random(214) < 0.3).astype(float)
    weather = rng.choice(["rain", "sun"], 214)
    week = np.tile([10.0, 11, 12, 11, 10, 4, 3], 31)[:214]
    effect = 0.8 * promotion + 0.5 * (weather == "sun")
    sales = week * (1 + effect) if share else week + 6 * effect
    sales += rng.normal(0, 0.2, 214)
    columns = {"promotion": promotion.tolist(), "weather": weather.tolist()}
    covariates = Covariates.from_columns(
        {name: column[:200] for name, column in columns.items()},
        {name: column[200:] for name, column in columns.items()},
    )
    series = replace(Series.from_values(sales[:200]), covariates=covariates)
    (explanation,), point = explained([series], 14, season_length=7)
    assert_exact([explanation], point)
    assert explanation.form == "additive"
    assert names(explanation) == ["level", "week", "promotion", "weather", "remainder"]
    found = part(explanation, "promotion")
    planned = promotion[200:] == 1
    lift = 0.8 * week[200:] if share else np.full(14, 4.8)
    gained = found[planned].mean() - found[~planned].mean()
    assert gained == pytest.approx(lift[planned].mean(), rel=0.3)


def test_a_running_total_starts_from_its_last_value() -> None:
    rises = np.tile([5.0, 6, 7, 6, 5, 1, 1], 20) + np.random.default_rng(0).random(140)
    series = Series.from_values(np.cumsum(rises))
    (explanation,), point = explained([series], 14, season_length=7)
    assert_exact([explanation], point)
    assert part(explanation, "level") == pytest.approx(np.full(14, rises.sum()))
    week = np.diff(part(explanation, "week"), prepend=0)[:7]
    assert np.corrcoef(week, rises[:7])[0, 1] > 0.99
    assert (np.diff(part(explanation, "remainder")) > 0).all()


def test_fallbacks_start_from_what_they_repeat() -> None:
    seldom = [0.0] * 6 + [4.0] + [0.0] * 9 + [1.0] + [0.0] * 7 + [2.0] + [0.0] * 5
    series = [Series.from_values(values) for values in ([3.0] * 9, [1.0, 7.0], seldom)]
    explanations, point = explained(series, 3)
    assert_exact(explanations, point)
    levels = [part(explanation, "level")[0] for explanation in explanations]
    assert levels == [3.0, 7.0, 0.0]


def test_what_bounds_did_is_told_apart_from_the_network() -> None:
    values = np.tile([5.0, 40.0], 20)
    (explanation,), point = explained(
        [Series.from_values(values)], 6, Bounds(upper=30), season_length=2
    )
    (free,), unbounded = explained([Series.from_values(values)], 6, season_length=2)
    assert_exact([explanation], point)
    assert part(explanation, "bounds") == pytest.approx((point / unbounded)[0])
    assert part(explanation, "remainder") == pytest.approx(part(free, "remainder"))


def test_a_network_that_sees_seasons_is_explained_by_the_last_value() -> None:
    series = [Series.from_values(np.arange(9.0))]
    (explanation,), point = explained(series, 2, forecaster=last_value_forecaster())
    assert_exact([explanation], point)
    assert names(explanation) == ["level", "remainder"]
    assert part(explanation, "level") == pytest.approx([8, 8])

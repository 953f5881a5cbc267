"""The test for drift: how often it is wrong, how soon it is right, and what it counts."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.evaluation.drift import (
    EXPECTED_MISSES,
    FALSE_ALARM_RATE,
    THRESHOLD,
    bet,
    find_drift,
    form_rounds,
    rank_among_earlier,
)
from forecasting.evaluation.live_points import KnownForecast, LivePoints
from forecasting.evaluation.live_scores import score_groups

VERSIONS = 300
HALF_WIDTH = 1.2815515655446004
"""Of the 80 % interval of a standard normal."""


def evidence(errors: np.ndarray) -> np.ndarray:
    """Return the evidence after each round, from the errors of all series in each, (t, series)."""
    misses = (np.abs(errors) > HALF_WIDTH).mean(axis=1)
    ranks = rank_among_earlier(np.abs(errors).mean(axis=1))
    return (bet(misses, EXPECTED_MISSES) + bet(ranks, 0.5)) / 2


def correlated(rng: np.random.Generator, rounds: int, series: int = 5) -> np.ndarray:
    """Return standard normal errors that are alike in all series of a round."""
    common, own = rng.normal(size=(rounds, 1)), rng.normal(size=(rounds, series))
    return np.asarray((common + own) / np.sqrt(2))


def test_versions_that_do_not_drift_are_seldom_called_drifting() -> None:
    rng = np.random.default_rng(0)
    alarms = sum(bool((evidence(correlated(rng, 100)) >= THRESHOLD).any()) for _ in range(VERSIONS))
    assert alarms / VERSIONS <= FALSE_ALARM_RATE


def test_the_capital_of_each_bet_keeps_its_mean() -> None:
    """This makes the bound hold. The outcomes are the most extreme ones that are allowed."""
    rng = np.random.default_rng(1)
    rounds = 8
    for mean in (EXPECTED_MISSES, 0.5):
        outcomes = (rng.random((3_000, rounds)) < mean).astype(float)
        capital = np.array([bet(row, mean)[-1] for row in outcomes])
        assert capital.mean() == pytest.approx(1, abs=4 * capital.std() / np.sqrt(len(capital)))


@pytest.mark.parametrize("before", [0, 60])
def test_versions_that_drift_are_called_so_soon(before: int) -> None:
    rng = np.random.default_rng(2)
    for _ in range(20):
        errors = correlated(rng, before + 60)
        errors[before:] *= 3
        assert (evidence(errors) >= THRESHOLD).any()


def forecast(start: int, actual: list[float], *, name: str = "a", made: int = 0) -> KnownForecast:
    """Return a forecast of zeros from `start` on, whose interval reaches from -1 to 1."""
    steps = np.arange(len(actual))
    zeros, ones = np.zeros(steps.size), np.ones(steps.size)
    intervals = {"80": (-ones, ones)}
    values = np.array(actual)
    return KnownForecast(
        (name, None), made, made, start + steps, zeros, ones, 2.0, intervals, values
    )


def test_each_time_counts_once_by_the_latest_forecast() -> None:
    made = [forecast(start, [5.0 if start + n == 3 else 0.0 for n in range(3)]) for start in (1, 2)]
    rounds = form_rounds(made, LivePoints.of(made))
    assert rounds.ends.tolist() == [1, 4]
    assert rounds.misses.tolist() == [0, pytest.approx(1 / 3)]
    assert rounds.losses.tolist() == [0, pytest.approx(5 / 2 / 3)]


def test_what_overlaps_is_one_round_and_what_overlaps_two_is_none() -> None:
    made = [
        forecast(1, [0, 0]),
        forecast(2, [9, 9, 9], name="b"),
        forecast(4, [9, 9], name="c"),
        forecast(5, [0, 0], name="a"),
    ]
    rounds = form_rounds(made, LivePoints.of(made))
    assert rounds.ends.tolist() == [4, 6]
    assert rounds.misses.tolist() == [pytest.approx(3 / 5), 0]


def test_forecasts_without_dates_take_turns_by_when_their_values_came() -> None:
    made = []
    for start, known in ((0, 10), (5, 20), (30, 40)):
        undated = forecast(0, [0.0, 3.0], made=start)
        fields = {name: getattr(undated, name) for name in KnownForecast.__dataclass_fields__}
        made.append(KnownForecast(**fields | {"times": None, "known": known}))
    rounds = form_rounds(made, LivePoints.of(made))
    assert rounds.ends.tolist() == [20, 40]
    assert rounds.misses.tolist() == [0.5, 0.5]


def test_scores_leave_out_what_is_not_known() -> None:
    made = [forecast(1, [1.0, np.nan, -3.0]), forecast(7, [2.0], name="b")]
    points = LivePoints.of(made)
    (overall,) = score_groups(points, np.zeros(3, np.int64), 1)
    assert overall.values == 3
    assert overall.model.mase == pytest.approx(2 / 2)
    assert overall.model.bias == pytest.approx(0)
    assert overall.model.coverage == {"80": pytest.approx(1 / 3)}
    assert overall.seasonal_naive.mase == pytest.approx((0 + 4 + 1) / 3 / 2)
    a, b = score_groups(points, points.series, 2)
    assert (a.values, b.values) == (2, 1)
    assert b.model.bias == pytest.approx(-1)


def test_nothing_known_is_no_drift() -> None:
    found = find_drift([], LivePoints.of([]))
    assert (found.drifting, found.rounds, found.evidence) == (False, 0, 1.0)

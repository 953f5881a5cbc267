"""Years in days, weeks and hours."""

import numpy as np
import pytest

from forecasting.prediction.seasons.cycles import Cycles, Profile, choose_cycles
from forecasting.prediction.seasons.seasons import measure_seasons
from forecasting.series.frequency import parse_frequency
from forecasting.types import Floats

rng = np.random.default_rng(0)
YEAR = 365.2425


def yearly(steps: int, per_day: float, noise: float = 0.0) -> Floats:
    days = np.arange(steps) / per_day
    season = 10 * np.cos(2 * np.pi * days / YEAR) + 4 * np.sin(4 * np.pi * days / YEAR)
    return np.asarray((season + noise * rng.standard_normal(steps))[None, :])


@pytest.mark.parametrize(
    ("alias", "season_length", "found"),
    [
        ("h", 24, Cycles((Profile.of(24), Profile(168, 6)), 24 * YEAR, 168)),
        ("D", 7, Cycles((Profile.of(7),), YEAR, 7, "day")),
        ("D", 365, Cycles((Profile.of(7),), YEAR, 7, "day")),
        ("W-MON", 52, Cycles((), YEAR * (1 / 7), 1, "week")),
        ("B", 5, Cycles((Profile.of(5),), YEAR * (5 / 7), 5, "day")),
        ("MS", 12, Cycles((Profile.of(12),), step="month")),
        ("ME", 12, Cycles((Profile.of(12),), step="month")),
        ("MS-15", 12, Cycles((Profile.of(12),))),
        ("MS", 6, Cycles((Profile.of(6),))),
        ("D", 30, Cycles((Profile.of(30),))),
        ("MS", 1, Cycles()),
    ],
)
def test_what_is_looked_for(alias: str, season_length: int, found: Cycles) -> None:
    assert choose_cycles(season_length, parse_frequency(alias)) == found
    if alias in {"h", "W-MON"}:
        assert choose_cycles(season_length) == found


@pytest.mark.parametrize(
    ("season_length", "per_day", "steps"), [(7, 1, 1500), (52, 1 / 7, 104), (24, 24, 24 * 800)]
)
def test_a_year_is_taken_out(season_length: int, per_day: float, steps: int) -> None:
    values = yearly(steps + 30, per_day)
    seasons = measure_seasons(values[:, :steps], choose_cycles(season_length), 30)
    left = values[:, steps:] - seasons.ahead
    assert np.ptp(left) < 0.25 * np.ptp(values)


def test_a_year_that_is_not_there_is_hardly_taken_out() -> None:
    noise = rng.standard_normal((50, 1500))
    taken = measure_seasons(noise, choose_cycles(7), 0).past
    assert taken.std() < 0.12


def test_a_year_is_not_sought_in_less_than_two() -> None:
    values = yearly(700, 1, noise=0.1)
    assert np.abs(measure_seasons(values, choose_cycles(7), 0).past).max() < 1


def test_series_of_many_lengths_have_the_years_of_each() -> None:
    series = [yearly(steps, 1, noise=1.0) for steps in (800, 1300, 2000)]
    padded = [np.pad(one, ((0, 0), (2000 - one.size, 0)), constant_values=np.nan) for one in series]
    together = measure_seasons(np.concatenate(padded), choose_cycles(7), 20)
    for row, values in enumerate(series):
        alone = measure_seasons(values, choose_cycles(7), 20)
        assert together.ahead[row] == pytest.approx(alone.ahead[0], abs=1e-9)

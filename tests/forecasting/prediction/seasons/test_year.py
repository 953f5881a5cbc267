"""Years in days, weeks and hours, and the special days in them."""

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
        ("D", 7, Cycles((Profile.of(7),), YEAR, 7, daily=True)),
        ("D", 365, Cycles((Profile.of(7),), YEAR, 7, daily=True)),
        ("W-MON", 52, Cycles((), YEAR * (1 / 7), 1)),
        ("B", 5, Cycles((Profile.of(5),), YEAR * (5 / 7), 5)),
        ("MS", 12, Cycles((Profile.of(12),))),
        ("D", 30, Cycles((Profile.of(30),))),
        ("MS", 1, Cycles()),
    ],
)
def test_what_is_looked_for(alias: str, season_length: int, found: Cycles) -> None:
    assert choose_cycles(season_length, parse_frequency(alias)) == found
    if alias in {"h", "W-MON", "MS"}:
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


def test_days_that_are_special_every_year_are_foretold() -> None:
    dates = np.arange("2015-01-01", "2022-01-01", dtype="datetime64[D]")
    monthly = dates.astype("datetime64[M]")
    day = (dates - monthly.astype("datetime64[D]")).astype(int) + 1
    month = monthly.astype(int) % 12 + 1
    thursday = (dates.astype(int) + 3) % 7 == 3
    christmas = (month == 12) & (day == 25)
    thanksgiving = (month == 11) & thursday & (day > 21) & (day <= 28)
    values = 100 + rng.standard_normal(dates.size) - 40 * (christmas | thanksgiving)
    past = dates < np.datetime64("2021-11-01")
    last_days = np.array([dates[past][-1].astype(int)])
    ahead = int((~past).sum())
    seasons = measure_seasons(values[past][None, :], choose_cycles(7), ahead, last_days=last_days)
    expected = seasons.restore(np.full((1, ahead), 100.0))[0]
    special = christmas[~past] | thanksgiving[~past]
    assert expected[special] == pytest.approx(60, abs=5)
    assert expected[~special] == pytest.approx(100, abs=5)

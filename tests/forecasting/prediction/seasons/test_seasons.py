import numpy as np
import pytest

from forecasting.prediction.seasons.cycles import choose_cycles
from forecasting.prediction.seasons.seasons import Seasons
from forecasting.prediction.seasons.seasons import measure_seasons as measure

rng = np.random.default_rng(0)
PATTERN = np.array([3.0, -1, 0, -2, 4, -4])


def measure_seasons(values: np.ndarray, season_length: int, ahead: int = 24) -> Seasons:
    return measure(values, choose_cycles(season_length), ahead)


def additive(steps: int, noise: float = 0.0) -> np.ndarray:
    time = np.arange(steps)
    trend = 0.1 * (time - steps / 2)
    return np.asarray((trend + PATTERN[time % 6] + noise * rng.standard_normal(steps))[None, :])


def multiplicative(steps: int) -> np.ndarray:
    time = np.arange(steps)
    return np.asarray((100 * np.exp(0.01 * time + PATTERN[time % 6] / 20))[None, :])


def test_an_additive_season_is_taken_out_and_put_back() -> None:
    past, future = additive(66)[:, :54], additive(66)[:, 54:]
    seasons = measure_seasons(past, 6)
    assert not seasons.multiplicative[0]
    assert np.diff(seasons.remove(past)) == pytest.approx(0.1)
    assert seasons.restore(seasons.remove_ahead(future)) == pytest.approx(future)
    line = np.diff(np.hstack([seasons.remove(past), seasons.remove_ahead(future)]))
    assert line == pytest.approx(0.1)


def test_a_season_that_grows_with_the_level_is_a_factor() -> None:
    past = multiplicative(60)
    seasons = measure_seasons(past, 6)
    assert seasons.multiplicative[0]
    assert np.diff(np.log(seasons.remove(past))) == pytest.approx(0.01)


def test_a_forecast_goes_on_where_another_ended() -> None:
    seasons = measure_seasons(additive(54), 6)
    level = np.zeros((1, 10, 2))
    whole = seasons.restore(level)
    assert np.array_equal(seasons.restore(level[:, 4:], skip=4), whole[:, 4:])


def test_a_season_that_is_not_there_is_hardly_taken_out() -> None:
    noise = rng.standard_normal((200, 60))
    taken = noise - measure_seasons(noise, 6).remove(noise)
    by_chance = 1 / np.sqrt(8)
    assert taken.std() < 0.6 * by_chance


@pytest.mark.parametrize("season_length", [1, 24])
def test_without_two_seasons_of_data_there_is_none(season_length: int) -> None:
    values = rng.standard_normal((3, 40))
    assert np.array_equal(measure_seasons(values, season_length).remove(values), values)


@pytest.mark.parametrize("season_length", [4, 6, 7, 12])
def test_two_whole_cycles_are_enough(season_length: int) -> None:
    pattern = 10 * rng.standard_normal(season_length)
    values = (np.tile(pattern, 3) + 0.5 * np.arange(3 * season_length))[None, :]
    past, future = values[:, : 2 * season_length], values[:, 2 * season_length :]
    seasons = measure_seasons(past, season_length)
    adjusted = np.hstack([seasons.remove(past), seasons.remove_ahead(future)])
    assert np.diff(adjusted) == pytest.approx(0.5)


def test_missing_values_take_no_part() -> None:
    values = additive(120, noise=0.3)
    whole = measure_seasons(values, 6).ahead
    missing = rng.random(values.shape) < 0.3
    missing[:, -1] = False
    found = measure_seasons(np.where(missing, np.nan, values), 6).ahead
    assert found == pytest.approx(whole, abs=0.3)


def test_gaps_are_filled_once_the_season_is_out() -> None:
    values = additive(60)
    with_gaps = values.copy()
    with_gaps[:, [20, 21, 22, 40, 57]] = np.nan
    seasons = measure_seasons(with_gaps, 6)
    filled, season = seasons.split(with_gaps)
    assert filled + season == pytest.approx(values, abs=0.05)


def test_a_season_with_zeros_grows_with_the_level() -> None:
    year = np.array([200.0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 30, 300])
    values = np.concatenate([year * 1.3**number for number in range(5)])[None, :]
    seasons = measure_seasons(values[:, :48], 12)
    level, _ = seasons.split(values[:, :48])
    ahead = seasons.restore(np.repeat(level[:, -1:], 12, axis=1))
    assert seasons.multiplicative[0]
    assert np.array_equal(ahead[0, 2:10], np.zeros(8))
    assert ahead[0, 11] == pytest.approx(values[0, 59], rel=0.25)
    assert np.isnan(seasons.remove_ahead(values[:, 48:])[0, 2:10]).all()


def test_demand_now_and_then_has_no_season_of_zeros() -> None:
    values = rng.poisson(0.4, (100, 48)).astype(float)
    assert measure_seasons(values, 12).multiplicative.mean() < 0.02


def test_seasons_go_by_the_clock() -> None:
    hours = np.arange(24 * 20 + 24)
    clock = hours + (hours >= 24 * 17)  # put forward three days before the end
    values = 10 * np.sin(2 * np.pi * clock / 24)[None, :]
    past, future = values[:, : 24 * 20], values[:, 24 * 20 :]
    cycles = choose_cycles(24)
    blind = measure(past, cycles, 24)
    seasons = measure(past, cycles, 24, grid=clock)
    assert np.abs(blind.remove_ahead(future)).max() > 1
    assert np.abs(seasons.remove_ahead(future)).max() < 0.1


def test_an_hour_that_comes_twice_has_the_season_of_its_hour() -> None:
    hours = np.arange(24 * 20)
    clock = hours - (hours >= 24 * 17)
    values = 10 * np.sin(2 * np.pi * clock / 24)[None, :]
    seasons = measure(values, choose_cycles(24), 0, grid=clock)
    assert np.abs(seasons.remove(values)).max() < 0.1


def test_padding_changes_nothing() -> None:
    values = additive(50, noise=0.5)
    padded = np.pad(values, ((0, 0), (30, 0)), constant_values=np.nan)
    found, alone = measure_seasons(padded, 6), measure_seasons(values, 6)
    assert found.past[:, 30:] == pytest.approx(alone.past)
    assert found.ahead == pytest.approx(alone.ahead)


def test_the_week_around_a_day_of_hours_is_taken_out_with_it() -> None:
    hours = np.arange(24 * 7 * 6)
    weekend = np.where(hours // 24 % 7 >= 5, -5.0, 2.0)
    values = (10 * np.sin(2 * np.pi * hours / 24) + weekend)[None, :]
    seasons = measure_seasons(values, 24)
    assert seasons.past[:, :-168] == pytest.approx(seasons.past[:, 168:])
    assert seasons.remove(values).std() < 0.05 * values.std()

import numpy as np
import pytest

from forecasting.prediction.seasonality import detect_season_length, measure_seasons

rng = np.random.default_rng(0)
PATTERN = np.array([3.0, -1, 0, -2, 4, -4])


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


def test_padding_changes_nothing() -> None:
    values = additive(50, noise=0.5)
    padded = np.pad(values, ((0, 0), (30, 0)), constant_values=np.nan)
    assert measure_seasons(padded, 6).profile == pytest.approx(measure_seasons(values, 6).profile)


def test_the_week_around_a_day_of_hours_is_taken_out_with_it() -> None:
    hours = np.arange(24 * 7 * 6)
    weekend = np.where(hours // 24 % 7 >= 5, -5.0, 2.0)
    values = (10 * np.sin(2 * np.pi * hours / 24) + weekend)[None, :]
    seasons = measure_seasons(values, 24)
    assert seasons.profile.shape == (1, 168)
    assert seasons.remove(values).std() < 0.05 * values.std()


@pytest.mark.parametrize("season_length", [4, 7, 12, 24])
def test_a_season_is_detected(season_length: int) -> None:
    time = np.arange(season_length * 8)
    pattern = rng.standard_normal(season_length)
    values = 3 * pattern[time % season_length] + 0.3 * rng.standard_normal(time.size) + 0.2 * time
    assert detect_season_length(values) == season_length


def test_noise_and_walks_and_short_series_have_no_season() -> None:
    found = [detect_season_length(rng.standard_normal(100)) for _ in range(50)]
    found += [detect_season_length(rng.standard_normal(100).cumsum()) for _ in range(50)]
    assert np.mean(np.array(found) > 1) < 0.2
    assert detect_season_length(np.arange(5.0)) == 1
    assert detect_season_length(np.arange(50.0)) == 1

import numpy as np
import pytest

from forecasting.prediction.seasons.detection import detect_season_length, detect_season_lengths

rng = np.random.default_rng(0)


@pytest.mark.parametrize("season_length", [4, 7, 12, 24])
def test_a_season_is_detected(season_length: int) -> None:
    time = np.arange(season_length * 8)
    pattern = rng.standard_normal(season_length)
    values = 3 * pattern[time % season_length] + 0.3 * rng.standard_normal(time.size) + 0.2 * time
    assert detect_season_length(values) == season_length


@pytest.mark.parametrize(
    ("season_length", "count", "noise"),
    [(12, 60, 0.05), (12, 60, 0.3), (24, 96, 0.2), (7, 28, 0.1), (30, 150, 0.2)],
)
def test_a_smooth_season_is_detected(season_length: int, count: int, noise: float) -> None:
    time = np.arange(count)
    values = np.sin(2 * np.pi * time / season_length) + noise * rng.standard_normal(count)
    assert detect_season_length(100 + 20 * values) == season_length
    assert detect_season_length(100 + 20 * values + 0.4 * time) == season_length


@pytest.mark.parametrize("cycles", [2, 3, 4])
@pytest.mark.parametrize("season_length", [4, 7])
def test_a_short_season_is_detected(season_length: int, cycles: int) -> None:
    pattern = {4: [60, 100, 140, 90], 7: [60, 140, 90, 120, 70, 150, 100]}[season_length]
    values = np.tile(pattern, cycles).astype(float)
    assert detect_season_length(values) == season_length
    if cycles > 2:
        noise = 2 * rng.standard_normal(values.size)
        assert detect_season_length(values + noise) == season_length


def test_noise_and_walks_and_lines_have_no_season() -> None:
    found = [detect_season_length(rng.standard_normal(100)) for _ in range(50)]
    found += [detect_season_length(rng.standard_normal(100).cumsum()) for _ in range(50)]
    assert np.mean(np.array(found) > 1) < 0.1
    assert detect_season_length(np.arange(5.0)) == 1
    assert detect_season_length(np.arange(50.0)) == 1
    assert detect_season_length(np.full(50, 3.0)) == 1


def test_missing_values_do_not_hide_a_season() -> None:
    values = np.tile([60.0, 140, 90, 120, 70, 150, 100], 20)
    values[rng.random(140) < 0.15] = np.nan
    values[:3] = np.nan
    assert detect_season_length(values) == 7


def test_many_series_have_the_seasons_of_each() -> None:
    wave = np.sin(np.arange(60) * 2 * np.pi / 12)
    steps = np.tile([1.0, 5, 2, 8], 15)
    many = np.stack([steps, rng.standard_normal(60), np.arange(60.0), wave])
    found = detect_season_lengths(many).tolist()
    assert found == [detect_season_length(values) for values in many]
    assert found == [4, 1, 1, 12]

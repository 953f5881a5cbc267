"""What a network is told of the season length, and how wide its intervals are by that."""

from pathlib import Path

import numpy as np
import pytest

from forecasting.prediction.seasons.told import told_season_length
from forecasting.series.frequency import parse_frequency
from forecasting.store.loader import load_version
from forecasting.store.store import ModelStore


@pytest.mark.parametrize(
    ("season_length", "frequency", "count", "told"),
    [
        (12, "MS", 100, 12),
        (12, "MS", 14, 12),
        (1, "MS", 100, 12),
        (24, "h", 500, 24),
        (1440, "min", 5_000, 96),
        (288, None, 1_000, 96),
        (1, "YS", 200, 1),
        (1, "3D", 20, 7),
        (1, None, 30, 1),
        (1, None, 100, 4),
        (1, None, 2_000, 7),
    ],
)
def test_it_says_what_a_step_is(
    season_length: int, frequency: str | None, count: int, told: float
) -> None:
    parsed = None if frequency is None else parse_frequency(frequency)
    assert told_season_length(season_length, parsed, count) == told


@pytest.mark.parametrize("count", [200, 1_000])
def test_intervals_of_noise_hold_what_they_say_however_far_ahead(count: int) -> None:
    rng = np.random.default_rng(0)
    values = 100 + rng.normal(0, 5, (100, count + 48))
    zero_shot = load_version(ModelStore(Path("model_store")), "zero-shot", 2).forecaster
    forecast = zero_shot.forecast(list(values[:, :count]), 48, (0.1, 0.9), [0] * 100)
    ahead = values[:, count:]
    inside = (ahead >= forecast.quantiles[..., 0]) & (ahead <= forecast.quantiles[..., 1])
    assert 0.74 < inside[:, :12].mean() < 0.88
    assert 0.74 < inside[:, 24:].mean() < 0.88

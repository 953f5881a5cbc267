from typing import Any

import numpy as np
import pytest

from forecasting.networks.zero_shot import build_zero_shot_network
from training.pretraining.config import CONFIGS
from training.pretraining.real import Source
from training.pretraining.spread import draw_windows, measure_spread
from training.pretraining.synthetic import simulate


def test_intervals_that_are_too_narrow_are_made_to_hold_what_they_say() -> None:
    config, rng = CONFIGS["tiny"], np.random.default_rng(0)
    held_out = [
        Source(kind, tuple((row, season) for row in simulate(20, 80, season, rng)))
        for kind, season in (("quarters", 4), ("months", 12))
    ]
    windows = draw_windows(config, held_out)
    plain = build_zero_shot_network(config.network)

    def measure(spread: dict[int, float]) -> dict[int, Any]:
        network = build_zero_shot_network(config.network.model_copy(update={"spread": spread}))
        network.set_weights(plain.get_weights())
        return measure_spread(network, config, windows)

    factors = measure({1: 0.1})
    assert factors[4] > 2
    assert factors[12] > 2
    assert factors[24] == 1, "no window has that season length"
    again = measure({length: 0.1 * factor for length, factor in factors.items()})
    assert (again[4], again[12]) == pytest.approx((1, 1), abs=1e-3)

from typing import Any

import numpy as np
import pytest

from forecasting.networks.recipe import RECIPES, Recipe, ResolvedRecipe, resolve
from forecasting.networks.rnn import build_network, pinball_loss


def small(**fields: Any) -> ResolvedRecipe:
    recipe = Recipe.model_validate({"units": (3,), "context_length": 8, **fields})
    return resolve(recipe, horizon=5, season_length=4)


@pytest.mark.parametrize("cell", ["simple_rnn", "lstm", "gru"])
@pytest.mark.parametrize("units", [(3,), (4, 2)])
def test_quantiles_rise_whatever_the_weights(cell: str, units: tuple[int, ...]) -> None:
    network = build_network(small(cell=cell, units=units))
    rng = np.random.default_rng(0)
    network.set_weights([rng.normal(0, 3, w.shape) for w in network.get_weights()])
    forecasts = np.asarray(network(rng.normal(0, 5, (6, 8, 2)).astype(np.float32)))
    assert forecasts.shape == (6, 5, 11)
    assert (np.diff(forecasts, axis=-1) >= 0).all()


def test_a_mean_head_gives_one_value_a_step() -> None:
    network = build_network(small(loss="huber", padding=False))
    assert network.output_shape == (None, 5)


def test_simple_rnn_is_fifty_tanh_units_and_a_dense_one() -> None:
    recipe = resolve(RECIPES["simple-rnn"], horizon=None, season_length=1)
    recurrent, dense = build_network(recipe).layers[1:]
    assert (type(recurrent).__name__, recurrent.units) == ("SimpleRNN", 50)
    assert recurrent.activation.__name__ == "tanh"
    assert (type(dense).__name__, dense.units) == ("Dense", 1)


def test_the_anchor_is_the_last_season() -> None:
    network = build_network(small(loss="mse"))
    network.set_weights([np.zeros_like(w) for w in network.get_weights()])
    inputs = np.stack([np.arange(8), np.ones(8)], axis=-1)[None].astype(np.float32)
    assert np.asarray(network(inputs)).tolist() == [[4, 5, 6, 7, 4]]


def test_pinball_is_least_at_the_quantiles() -> None:
    y = np.random.default_rng(0).normal(size=(20_000, 1)).astype(np.float32)
    loss = pinball_loss((0.1, 0.5))

    def mean_loss(low: float, middle: float) -> float:
        forecasts = np.broadcast_to(np.array([low, middle], np.float32), (len(y), 1, 2))
        return float(np.mean(loss(y, forecasts)))

    best = mean_loss(-1.2816, 0.0)
    assert all(mean_loss(-1.2816 + d, 0.0) > best for d in (-0.2, 0.2))
    assert all(mean_loss(-1.2816, d) > best for d in (-0.2, 0.2))

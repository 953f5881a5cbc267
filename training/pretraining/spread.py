"""How much wider the intervals of a network have to be, measured on series that were held out."""

from __future__ import annotations

from typing import Any

import numpy as np

from forecasting.types import Floats, NetworkFloats
from training.pretraining.config import PretrainConfig
from training.pretraining.corpus import Block, make_block
from training.pretraining.real import Source

_SEASON_LENGTHS = (1, 4, 7, 12, 24, 52)
_INTERVAL = (0.1, 0.5, 0.9)
"""The quantiles by which it is measured, or those of the network that are nearest to them."""
_FEWEST_STEPS = 8
_FEWEST_WINDOWS = 100
_BATCH = 256


def draw_windows(config: PretrainConfig, held_out: list[Source]) -> Block:
    """Draw real windows of held-out series, four times as many as a block has."""
    rng = np.random.default_rng([config.seed, 3])
    return make_block(held_out, config.signature, 4 * config.block_size, 1.0, rng)


def measure_spread(network: Any, config: PretrainConfig, windows: Block) -> dict[int, float]:
    """Return by which factor intervals have to be wider to hold as much as they say.

    It is measured on windows of `draw_windows`, for each of some season lengths, over the steps of
    the first two seasons, or of the first eight steps if there are fewer: the conformal factor of
    the 80% interval, as in `forecasting.prediction.conformal`. It is never below 1, because series
    that were collected are steadier than others.
    """
    rng = np.random.default_rng([config.seed, 4])
    quantiles = np.array(config.network.quantiles)
    outputs = [int(np.abs(quantiles - near).argmin()) for near in _INTERVAL]
    level = float(quantiles[outputs[2]] - quantiles[outputs[0]])
    ratios: dict[int, list[Floats]] = {season: [] for season in _SEASON_LENGTHS}
    for batch in windows.batches(_BATCH, config.signature, rng):
        seasons = np.rint(2 ** (8 * batch.inputs[:, -1, 4]))
        predicted = network.predict_on_batch(batch.inputs)[:, :, outputs]
        errors = _relative_errors(predicted, batch.targets)
        for season, found in ratios.items():
            found += list(errors[seasons == season, : max(2 * season, _FEWEST_STEPS)])
    return {season: _factor(found, level) for season, found in ratios.items()}


def _relative_errors(predicted: NetworkFloats, targets: NetworkFloats) -> Floats:
    """Return errors (n, horizon) of the median, divided by how far the interval reaches there.

    `predicted` (n, horizon, 3) are the lower bound, the median and the upper bound.
    """
    lower, median, upper = np.moveaxis(predicted, -1, 0)
    errors = targets - median
    reach = np.where(errors > 0, upper - median, median - lower)
    return np.asarray(np.abs(errors) / np.maximum(reach, 1e-9), np.float64)


def _factor(ratios: list[Floats], level: float) -> float:
    if len(ratios) < _FEWEST_WINDOWS:
        return 1.0
    return max(1.0, round(float(np.nanquantile(np.concatenate(ratios), level)), 4))

"""The mean of a forecast and the one made a step earlier, inside one network.

Hoffman and Kalnay (1983), Lagged average forecasting, an alternative to Monte Carlo forecasting:
what is particular to the last value, noise above all, moves the mean of both less. Keras is
imported when it is built.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecasting.networks.features import LIMIT
from forecasting.networks.scalers import DEVIATION_SHARE

if TYPE_CHECKING:
    import keras

_SMALLEST_SPREAD = 1e-3


def lagged_average(network: keras.Model, weight: float) -> keras.Model:
    """Like `network`, which takes contexts (batch, context_length, 3) on the scale of a
    ChangeScaler (value, observed, season) and gives (batch, horizon, quantiles): quantile by
    quantile, the mean of what it says of a context and, counted with `weight` from 0 to 1, of what
    it said of it before its last value was known. Its last step, which lies past what was said
    then, is taken to rise as it does now.
    """
    import keras
    from keras import ops

    bare = keras.Model(network.input, network.output)  # a training loss would be saved with it
    contexts = keras.Input(network.input_shape[1:], name="context")
    earlier, level, spread = _a_step_earlier(contexts)
    both = bare(ops.concatenate([contexts, earlier], axis=0))
    now, before = ops.unstack(ops.reshape(both, (2, -1, *network.output_shape[1:])), 2)
    before = before * spread + level
    last = before[:, -1:] + now[:, -1:] - now[:, -2:-1]
    before = ops.concatenate([before[:, 1:], last], axis=1)
    return keras.Model(contexts, (1 - weight) * now + weight * before)


def _a_step_earlier(contexts: Any) -> tuple[Any, Any, Any]:
    """The contexts without their last value, on a scale of their own, and its level and spread, by
    the rule of ChangeScaler, (batch, 1, 1) each."""
    from keras import ops

    shifted = ops.pad(contexts[:, :-1], ((0, 0), (1, 0), (0, 0)))
    values, observed, season = shifted[:, :, :1], shifted[:, :, 1:2], shifted[:, :, 2:]
    level = values[:, -1:]
    count = ops.maximum(ops.sum(observed, axis=1, keepdims=True), 1.0)
    pairs = observed[:, 1:] * observed[:, :-1]
    changes = ops.abs(values[:, 1:] - values[:, :-1]) * pairs
    mean = ops.sum(values * observed, axis=1, keepdims=True) / count
    deviations = ops.abs(values - mean) * observed
    spread = ops.maximum(
        ops.sum(changes, axis=1, keepdims=True) / ops.maximum(count - 1, 1.0),
        DEVIATION_SHARE * ops.sum(deviations, axis=1, keepdims=True) / count,
    )
    spread = ops.maximum(spread, _SMALLEST_SPREAD)
    scaled = ops.clip((values - level) / spread * observed, -LIMIT, LIMIT)
    season = ops.clip(season / spread, -LIMIT, LIMIT)
    return ops.concatenate([scaled, observed, season], axis=-1), level, spread

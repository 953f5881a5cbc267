"""A network that averages its forecast with the forecast it makes one step earlier.

The last value of a series is partly noise. It moves the mean of both forecasts less than the later
one alone. Source: Hoffman and Kalnay (1983), Lagged average forecasting, an alternative to Monte
Carlo forecasting. Keras is imported when a network is built.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecasting.networks.features import LARGEST_INPUT
from forecasting.networks.scalers import DEVIATION_SHARE

if TYPE_CHECKING:
    import keras

_SMALLEST_SPREAD = 1e-3  # on the scale of the later context


def lagged_average(network: keras.Model, weight: float) -> keras.Model:
    """Return a network of the same inputs and outputs as `network`, which also looks a step back.

    `network` takes contexts (batch, context_length, 3), whose channels are the value, whether it
    was observed, and the season, on the scale of a ChangeScaler, and returns quantiles (batch,
    horizon, quantiles). The new network runs it twice: on each context as it is, and on the context
    without its last value. For each quantile it returns the mean of both forecasts; the earlier one
    counts with `weight`, from 0 to 1. The earlier forecast ends one step too soon, so its last step
    is taken to differ from the step before it as it does in the later forecast.
    """
    import keras
    from keras import ops

    # A new model of the same layers: it has no training loss, which would be saved with it.
    bare = keras.Model(network.input, network.output)
    contexts = keras.Input(network.input_shape[1:], name="context")
    earlier, level, spread = _a_step_earlier(contexts)
    both = bare(ops.concatenate([contexts, earlier], axis=0))
    now, before = ops.unstack(ops.reshape(both, (2, -1, *network.output_shape[1:])), 2)
    before = before * spread + level
    last = before[:, -1:] + now[:, -1:] - now[:, -2:-1]
    before = ops.concatenate([before[:, 1:], last], axis=1)
    return keras.Model(contexts, (1 - weight) * now + weight * before)


def _a_step_earlier(contexts: Any) -> tuple[Any, Any, Any]:
    """Return the contexts without their last value, scaled anew, and their level and spread.

    The scale is measured as ChangeScaler does. Level and spread have shape (batch, 1, 1) and are on
    the scale of `contexts`.
    """
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
    scaled = ops.clip((values - level) / spread * observed, -LARGEST_INPUT, LARGEST_INPUT)
    season = ops.clip(season / spread, -LARGEST_INPUT, LARGEST_INPUT)
    return ops.concatenate([scaled, observed, season], axis=-1), level, spread

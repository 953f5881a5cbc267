"""The network of the zero-shot model. Keras is imported when a network is built.

Only Keras' own layers and operations are used, so that `model.keras` opens anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from forecasting.networks.recipe import DEFAULT_QUANTILES
from forecasting.networks.rnn import rising_quantiles
from forecasting.networks.signature import Quantile

if TYPE_CHECKING:
    import keras

_TAIL = 24
"""How many of the last values the head sees directly."""


class ZeroShotArchitecture(BaseModel):
    """The sizes of the network. It reads the context in patches, which keeps a long one quick."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    context_length: int = Field(256, ge=_TAIL)
    patch_length: int = Field(8, ge=1)
    horizon: int = Field(64, ge=1)
    units: int = Field(128, ge=1, description="Units of each recurrent layer.")
    depth: int = Field(2, ge=1, description="Recurrent layers, each around a residual connection.")
    head: int = Field(128, ge=1, description="Units of the dense layer before the quantiles.")
    quantiles: tuple[Quantile, ...] = DEFAULT_QUANTILES

    @model_validator(mode="after")
    def _check_patches(self) -> Self:
        if self.context_length % self.patch_length:
            raise ValueError("The patch_length must divide the context_length.")
        return self


def build_zero_shot_network(sizes: ZeroShotArchitecture) -> keras.Model:
    """Build the network, untrained.

    It takes contexts (batch, context_length, 3) and returns quantiles (batch, horizon, quantiles).
    The channels are the value without its season, whether it was observed, and the season. Values
    are on the scale of a ChangeScaler: 0 is the last value, and 1 is the mean change in a step.
    Even before training, the spread of a forecast grows with the square root of the step, as that
    of a random walk does.
    """
    import keras
    from keras import layers

    contexts = keras.Input((sizes.context_length, 3), name="context")
    observed = contexts[:, :, 1:2]
    signals = _signals(contexts)
    hidden = _read_patches(signals, observed, sizes)
    summary = layers.Dense(sizes.head, activation="silu")(
        _summary(hidden, signals, observed, sizes)
    )
    start_small = keras.initializers.RandomNormal(stddev=0.005)
    outputs = sizes.horizon * len(sizes.quantiles)
    raw = layers.Dense(outputs, kernel_initializer=start_small)(summary)
    raw = layers.Reshape((sizes.horizon, len(sizes.quantiles)))(raw)
    quantiles = rising_quantiles(raw, sizes.quantiles)
    growth = np.sqrt(1 + np.arange(sizes.horizon, dtype=np.float32))
    return keras.Model(contexts, quantiles * growth[None, :, None])


def _signals(contexts: Any) -> Any:
    """Return (batch, context_length, 3): value, season and change from the step before, as arcsinh.

    arcsinh keeps small numbers as they are, and large ones small.
    """
    from keras import ops

    values, observed = contexts[:, :, :1], contexts[:, :, 1:2]
    changes = ops.pad(values[:, 1:] - values[:, :-1], ((0, 0), (1, 0), (0, 0))) * observed
    return ops.arcsinh(ops.concatenate([values, contexts[:, :, 2:], changes], axis=-1))


def _read_patches(signals: Any, observed: Any, sizes: ZeroShotArchitecture) -> Any:
    """Return the recurrent layers' states (batch, patches, units)."""
    from keras import layers, ops

    patches = sizes.context_length // sizes.patch_length
    hidden = layers.Reshape((patches, 4 * sizes.patch_length))(
        ops.concatenate([signals, observed], axis=-1)
    )
    hidden = layers.Dense(sizes.units)(hidden)
    for _ in range(sizes.depth):
        states = layers.LSTM(sizes.units, return_sequences=True)(hidden)
        hidden = layers.LayerNormalization()(hidden + states)
    return hidden


def _summary(hidden: Any, signals: Any, observed: Any, sizes: ZeroShotArchitecture) -> Any:
    """Return what the head sees of a context: (batch, 2 × units + _TAIL + 1).

    It is the last state, the mean state over the patches in which something was observed, the last
    values, and the logarithm of the number of observed values.
    """
    from keras import layers, ops

    patches = sizes.context_length // sizes.patch_length
    in_patches = layers.Reshape((patches, sizes.patch_length))(observed)
    seen = ops.max(in_patches, axis=-1)[:, :, None]
    return ops.concatenate(
        [
            hidden[:, -1],
            ops.sum(hidden * seen, axis=1) / (ops.sum(seen, axis=1) + 1e-6),
            signals[:, -_TAIL:, 0],
            ops.log(1 + ops.sum(observed, axis=1)),
        ],
        axis=-1,
    )

"""The network of the zero-shot model. Keras is imported when a network is built.

Only Keras' own layers and operations are used, so that `model.keras` opens anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from forecasting.networks.signature import Quantile
from forecasting.prediction.quantiles import normal_scores

if TYPE_CHECKING:
    import keras

_UPPER = (0.6, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99)
_QUANTILES = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, *_UPPER)
_TAIL = 24
"""How many of the last values the head sees directly."""


class ZeroShotArchitecture(BaseModel):
    """The sizes of the network. It reads the context in patches, which keeps a long one quick."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input_lengths: tuple[int, ...] = Field(
        (24, 32, 48, 64, 96, 128, 160, 192),
        min_length=1,
        description="The time steps of its inputs, rising: a short series is not padded to the "
        "longest.",
    )
    coarseness: tuple[int, ...] = Field(
        (1, 4, 16),
        min_length=1,
        description="How many values a time step stands for in the latest part, in the one before "
        "and so on. The parts of the longest input are equally long.",
    )
    patch_length: int = Field(8, ge=1)
    horizon: int = Field(192, ge=1)
    units: int = Field(128, ge=1, description="Units of each recurrent layer.")
    depth: int = Field(2, ge=1, description="Recurrent layers, each around a residual connection.")
    head: int = Field(192, ge=1, description="Units of the dense layer before the quantiles.")
    quantiles: tuple[Quantile, ...] = _QUANTILES
    spread: dict[Annotated[int, Field(ge=1)], Annotated[float, Field(gt=0)]] = Field(
        {},
        description="By which factor the quantiles are moved away from the median, for some season "
        "lengths. For those in between, it is interpolated by their logarithms.",
    )

    @property
    def context_length(self) -> int:
        """The time steps of the longest input."""
        return self.input_lengths[-1]

    @model_validator(mode="after")
    def _check_patches(self) -> Self:
        part = self.context_length // len(self.coarseness)
        if any(length % self.patch_length for length in (*self.input_lengths, part)):
            raise ValueError(
                "The patch_length must divide the input_lengths and the length of each part."
            )
        if self.input_lengths[0] < _TAIL:
            raise ValueError(f"The shortest input must have {_TAIL} time steps.")
        return self


def build_zero_shot_network(sizes: ZeroShotArchitecture) -> keras.Model:
    """Build the network, untrained.

    It takes contexts (batch, any of the input lengths, 5) and returns quantiles (batch, horizon,
    quantiles). The channels are the value without its season, the share of it that was observed,
    the season, the coarseness, and the season length. Values are on the scale of a ChangeScaler: 0
    is the last value, and 1 is the mean change in a step. Even before training, the spread of a
    forecast grows with the square root of the step, as that of a random walk does.
    """
    import keras
    from keras import layers

    contexts = keras.Input((None, 5), name="context")
    signals = _signals(contexts)
    hidden = _read_patches(signals, contexts, sizes)
    seen = _summary(hidden, signals, contexts, sizes)
    summary = layers.Dense(sizes.head, activation="silu")(seen)
    outputs = sizes.horizon * len(sizes.quantiles)
    start_small = keras.initializers.RandomNormal(stddev=0.005)
    raw = layers.Dense(outputs, kernel_initializer=start_small)(summary)
    raw = layers.Reshape((sizes.horizon, len(sizes.quantiles)))(raw)
    normal = normal_scores(sizes.quantiles).astype(np.float32)
    growth = np.sqrt(1 + np.arange(sizes.horizon, dtype=np.float32))
    quantiles = (raw + normal) * growth[None, :, None]
    if sizes.spread:
        middle = sizes.quantiles.index(0.5)
        median = quantiles[:, :, middle : middle + 1]
        quantiles = median + (quantiles - median) * _spread(seen[:, -1:], sizes)
    return keras.Model(contexts, quantiles)


def split_at_summary(network: keras.Model) -> tuple[keras.Model, keras.Model]:
    """Split a network in two, which share its layers and so its weights.

    The first reads contexts (batch, time, 5) and returns what it sees of each (batch, features);
    the second are the output layers, which make quantiles (batch, horizon, quantiles) of that.
    """
    import keras

    dense = [layer for layer in network.layers if isinstance(layer, keras.layers.Dense)]
    summary = dense[-2].input
    return keras.Model(network.inputs[0], summary), keras.Model(summary, network.outputs[0])


def _signals(contexts: Any) -> Any:
    """Return (batch, time, 3): value, season and change from the step before, as arcsinh.

    arcsinh keeps small numbers as they are, and large ones small.
    """
    from keras import ops

    values, observed = contexts[:, :, :1], contexts[:, :, 1:2]
    changes = ops.pad(values[:, 1:] - values[:, :-1], ((0, 0), (1, 0), (0, 0))) * observed
    return ops.arcsinh(ops.concatenate([values, contexts[:, :, 2:3], changes], axis=-1))


def _read_patches(signals: Any, contexts: Any, sizes: ZeroShotArchitecture) -> Any:
    """Return the recurrent layers' states (batch, patches, units)."""
    from keras import layers, ops

    described = ops.concatenate([signals, contexts[:, :, 1:2], contexts[:, :, 3:]], axis=-1)
    hidden = layers.Reshape((-1, 6 * sizes.patch_length))(described)
    hidden = layers.Dense(sizes.units)(hidden)
    for _ in range(sizes.depth):
        states = layers.LSTM(sizes.units, return_sequences=True)(hidden)
        hidden = layers.LayerNormalization()(hidden + states)
    return hidden


def _summary(hidden: Any, signals: Any, contexts: Any, sizes: ZeroShotArchitecture) -> Any:
    """Return what the head sees of a context: (batch, 2 × units + _TAIL + 2).

    It is the last state, the mean state over the patches in which something was observed, the last
    values, the logarithm of the number of observed time steps, and the season length.
    """
    from keras import layers, ops

    observed = contexts[:, :, 1:2]
    in_patches = layers.Reshape((-1, sizes.patch_length))(observed)
    seen = ops.max(in_patches, axis=-1)[:, :, None]
    return ops.concatenate(
        [
            hidden[:, -1],
            ops.sum(hidden * seen, axis=1) / (ops.sum(seen, axis=1) + 1e-6),
            layers.Reshape((_TAIL,))(signals[:, -_TAIL:, 0]),
            ops.log(1 + ops.sum(observed, axis=1)),
            contexts[:, -1, 4:],
        ],
        axis=-1,
    )


def _spread(season_lengths: Any, sizes: ZeroShotArchitecture) -> Any:
    """Return the factors (batch, 1, 1) of season lengths (batch, 1), which are given as inputs."""
    from keras import ops

    known = sorted(sizes.spread)
    places = np.log2(known) / 8
    factors = np.array([sizes.spread[length] for length in known])
    bends = np.diff(np.diff(factors) / np.diff(places), prepend=0, append=0)
    beyond = ops.relu(season_lengths - places.astype(np.float32))
    rise = ops.sum(beyond * bends.astype(np.float32), axis=1)
    return (rise + float(factors[0]))[:, None, None]

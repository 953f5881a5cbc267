"""The recurrent network of a recipe whose series have covariates.

An encoder reads the past, and a decoder that starts from its states reads what is known of the
steps ahead: Sutskever, Vinyals and Le (2014), Sequence to Sequence Learning with Neural Networks;
for quantiles with covariates known ahead, Wen et al. (2017), A Multi-Horizon Quantile Recurrent
Forecaster. Keras is imported when a network is built, and only its own layers and operations are
used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecasting.networks.recipe import ResolvedRecipe
from forecasting.networks.rnn import recurrent_layer, rising_quantiles
from forecasting.networks.signature import CovariateInput, Signature

if TYPE_CHECKING:
    import keras

_EMBEDDING = 3
"""The most numbers that a category is embedded in."""


def build_encoder_decoder(recipe: ResolvedRecipe, signature: Signature) -> keras.Model:
    """Build the network, untrained.

    It takes inputs (batch, context_length + any horizon, channels), whose channels are described at
    `Signature.channels`, and returns forecasts (batch, horizon), or (batch, horizon, quantiles) if
    the recipe trains quantiles, all scaled. Before training, they are the first lag if the recipe
    has an anchor, and else 0.
    """
    import keras
    from keras import layers, ops

    inputs = keras.Input((None, signature.channels), name="context")
    signals = _embedded(inputs, signature)
    past, ahead = signals[:, : recipe.context_length], signals[:, recipe.context_length :, 2:]
    encoded, decoded = past, ahead
    for units in recipe.units:
        encoded, *states = recurrent_layer(recipe, units, return_state=True)(encoded)
        decoded = recurrent_layer(recipe, units)(decoded, initial_state=states)
        if recipe.dropout:
            encoded, decoded = (layers.Dropout(recipe.dropout)(part) for part in (encoded, decoded))
    hidden = layers.Dense(recipe.units[-1], activation="silu")(
        ops.concatenate([decoded, ahead], axis=-1)
    )
    raw = layers.Dense(signature.outputs, kernel_initializer="zeros")(hidden)
    anchor = 0.0 if recipe.anchor == "none" else inputs[:, recipe.context_length :, 2:3]
    if recipe.outputs is None:
        return keras.Model(inputs, (raw + anchor)[:, :, 0])
    return keras.Model(inputs, rising_quantiles(raw, recipe.quantiles) + anchor)


def _embedded(inputs: keras.KerasTensor, signature: Signature) -> Any:
    """Return the inputs with each category, and each of its lags, embedded in a few numbers."""
    from keras import layers, ops

    first = signature.channels - len(signature.covariates)
    first -= len(signature.lags) * len(signature.changing)
    covariates = [signature.covariates, *[signature.changing] * len(signature.lags)]
    channels: dict[CovariateInput, list[int]] = {item: [] for item in signature.covariates}
    for channel, item in enumerate((item for part in covariates for item in part), start=first):
        channels[item].append(channel)
    parts = [inputs[:, :, :first]]
    for item, places in channels.items():
        if item.type != "category":
            parts += [inputs[:, :, place : place + 1] for place in places]
            continue
        count = len(item.categories)
        embed = layers.Embedding(count + 1, min(_EMBEDDING, count))
        codes = [ops.clip(inputs[:, :, place], 0, count) for place in places]
        parts += [embed(ops.cast(code, "int32")) for code in codes]
    return ops.concatenate(parts, axis=-1)

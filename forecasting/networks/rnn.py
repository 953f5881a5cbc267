"""The Keras network of a recipe. Keras is imported when a network is built.

Only Keras' own layers and operations are used, so that `model.keras` opens anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecasting.networks.recipe import ResolvedRecipe

if TYPE_CHECKING:
    import keras

_STEP_AT_START = -2.0
"""Puts softplus at 0.13, so that the quantiles 0.1 and 0.9 start about one spread apart."""


def build_network(recipe: ResolvedRecipe) -> keras.Model:
    """Contexts (batch, time, channels) → forecasts (batch, horizon[, quantiles]), all scaled.

    Channels: the scaled value (0 where nothing was observed) and, where the recipe pads, 1 where
    something was. Quantiles rise by construction: the median, and steps through softplus either
    side of it.
    """
    import keras

    channels = 2 if recipe.padding else 1
    contexts = keras.Input((None, channels), name="context")
    hidden = contexts
    for depth, units in enumerate(recipe.units, start=1):
        hidden = _cell(recipe)(units, return_sequences=depth < len(recipe.units))(hidden)
        if recipe.dropout:
            hidden = keras.layers.Dropout(recipe.dropout)(hidden)
    anchor = _anchor(recipe, contexts)
    if recipe.outputs is None:
        if anchor is None:
            return keras.Model(contexts, keras.layers.Dense(recipe.horizon)(hidden))
        return keras.Model(contexts, _head(recipe.horizon)(hidden) + anchor)
    return keras.Model(contexts, _quantiles(recipe, hidden, anchor))


def _cell(recipe: ResolvedRecipe) -> Any:
    import keras

    return {
        "simple_rnn": keras.layers.SimpleRNN,
        "lstm": keras.layers.LSTM,
        "gru": keras.layers.GRU,
    }[recipe.cell]


def _anchor(recipe: ResolvedRecipe, contexts: keras.KerasTensor) -> keras.KerasTensor | None:
    """The simple forecast (batch, horizon) that the network corrects, if any."""
    import keras

    values = contexts[:, :, 0]
    if recipe.anchor == "last":
        return keras.ops.repeat(values[:, -1:], recipe.horizon, axis=1)
    if recipe.anchor == "season":
        seasons = -(-recipe.horizon // recipe.season_length)
        last = keras.ops.tile(values[:, -recipe.season_length :], (1, seasons))
        return last[:, : recipe.horizon]
    return None


def _quantiles(
    recipe: ResolvedRecipe, hidden: keras.KerasTensor, anchor: keras.KerasTensor | None
) -> keras.KerasTensor:
    import keras

    count = len(recipe.quantiles)
    raw = keras.layers.Reshape((recipe.horizon, count))(_head(recipe.horizon * count)(hidden))
    quantiles = rising_quantiles(raw, recipe.quantiles)
    return quantiles if anchor is None else quantiles + anchor[:, :, None]


def rising_quantiles(raw: keras.KerasTensor, quantiles: tuple[float, ...]) -> keras.KerasTensor:
    """Raw outputs (batch, horizon, quantiles) → the same made to rise: the first is the median,
    the others are steps through softplus either side of it."""
    import keras

    median = quantiles.index(0.5)
    steps = keras.ops.softplus(raw[:, :, 1:] + _STEP_AT_START)
    rising = keras.ops.pad(keras.ops.cumsum(steps, axis=-1), ((0, 0), (0, 0), (1, 0)))
    return rising - rising[:, :, median : median + 1] + raw[:, :, :1]


def _head(outputs: int) -> Any:
    """A dense layer that starts at zero, so that training starts from the anchor as it is."""
    import keras

    return keras.layers.Dense(outputs, kernel_initializer="zeros")


def pinball_loss(quantiles: tuple[float, ...]) -> Any:
    """The loss whose minimum is the quantiles: max(q·e, (q − 1)·e) with e = y − forecast.

    Koenker and Bassett (1978), Regression Quantiles, equation 3.1; averaged over steps and
    quantiles. Takes y (batch, horizon) and forecasts (batch, horizon, quantiles).
    """
    import keras

    def pinball(y: Any, forecasts: Any) -> Any:
        probabilities = keras.ops.convert_to_tensor(quantiles, dtype=forecasts.dtype)
        errors = keras.ops.expand_dims(y, -1) - forecasts
        return keras.ops.mean(
            keras.ops.maximum(probabilities * errors, (probabilities - 1) * errors), axis=(-2, -1)
        )

    return pinball

"""The recurrent network that a recipe describes. Keras is imported when a network is built.

Only Keras' own layers and operations are used, so that `model.keras` opens anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecasting.networks.recipe import ResolvedRecipe

if TYPE_CHECKING:
    import keras

# It puts softplus at 0.13, so that the quantiles 0.1 and 0.9 start about one spread apart.
_DISTANCE_AT_START = -2.0


def build_network(recipe: ResolvedRecipe) -> keras.Model:
    """Build the network of a recipe, untrained.

    It takes contexts (batch, time, channels) and returns forecasts (batch, horizon), or (batch,
    horizon, quantiles) if the recipe trains quantiles, all scaled. The first channel is the scaled
    value, 0 if nothing was observed. If the recipe pads, a second channel is 1 if something was
    observed and 0 if not. Quantiles never cross (see `rising_quantiles`).
    """
    import keras

    channels = 2 if recipe.padding else 1
    contexts = keras.Input((None, channels), name="context")
    hidden = contexts
    for depth, units in enumerate(recipe.units, start=1):
        last = depth == len(recipe.units)
        hidden = recurrent_layer(recipe, units, return_sequences=not last)(hidden)
        if recipe.dropout:
            hidden = keras.layers.Dropout(recipe.dropout)(hidden)
    anchor = _anchor(recipe, contexts)
    if recipe.outputs is None:
        if anchor is None:
            return keras.Model(contexts, keras.layers.Dense(recipe.horizon)(hidden))
        return keras.Model(contexts, _head(recipe.horizon)(hidden) + anchor)
    return keras.Model(contexts, _quantiles(recipe, hidden, anchor))


def recurrent_layer(
    recipe: ResolvedRecipe, units: int, *, return_sequences: bool = True, return_state: bool = False
) -> Any:
    """Return a layer of the recipe's cell, which returns what Keras' own of these options does."""
    import keras

    cells = {
        "simple_rnn": keras.layers.SimpleRNN,
        "lstm": keras.layers.LSTM,
        "gru": keras.layers.GRU,
    }
    return cells[recipe.cell](units, return_sequences=return_sequences, return_state=return_state)


def _anchor(recipe: ResolvedRecipe, contexts: keras.KerasTensor) -> keras.KerasTensor | None:
    """Return the simple forecast (batch, horizon) that the network corrects, or None."""
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
    """Return raw outputs (batch, horizon, quantiles) made to rise along the last axis.

    `quantiles` must hold 0.5. The first raw output is the median; the others, through softplus and
    so above 0, are the distances between neighbouring quantiles.
    """
    import keras

    median = quantiles.index(0.5)
    distances = keras.ops.softplus(raw[:, :, 1:] + _DISTANCE_AT_START)
    rising = keras.ops.pad(keras.ops.cumsum(distances, axis=-1), ((0, 0), (0, 0), (1, 0)))
    return rising - rising[:, :, median : median + 1] + raw[:, :, :1]


def _head(outputs: int) -> Any:
    """Return a dense layer that starts at zero, so that training starts from the anchor itself."""
    import keras

    return keras.layers.Dense(outputs, kernel_initializer="zeros")


def pinball_loss(quantiles: tuple[float, ...]) -> Any:
    """Return the loss that is least at the quantiles: max(q·e, (q − 1)·e) with e = y − forecast.

    It takes y (batch, horizon) and forecasts (batch, horizon, quantiles), both scaled, and returns
    a loss (batch,), which is the mean over steps and quantiles. A step whose y is NaN has no error.
    Source: Koenker and Bassett (1978), Regression Quantiles, equation 3.1.
    """
    import keras

    def pinball(y: Any, forecasts: Any) -> Any:
        probabilities = keras.ops.convert_to_tensor(quantiles, dtype=forecasts.dtype)
        y = keras.ops.expand_dims(y, -1)
        errors = keras.ops.where(keras.ops.isnan(y), 0.0, y - forecasts)
        return keras.ops.mean(
            keras.ops.maximum(probabilities * errors, (probabilities - 1) * errors), axis=(-2, -1)
        )

    return pinball


def point_loss(name: str) -> Any:
    """Return Keras' loss `mse`, `mae` or `huber` of a single forecast.

    It takes y and forecasts (batch, horizon), both scaled, and returns a loss (batch,), which is
    the mean over steps. A step whose y is NaN has no error.
    """
    import keras

    loss = keras.losses.get(name)

    def of_observed(y: Any, forecasts: Any) -> Any:
        return loss(keras.ops.where(keras.ops.isnan(y), forecasts, y), forecasts)

    return of_observed

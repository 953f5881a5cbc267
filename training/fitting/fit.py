"""Fitting a recipe's network to a dataset. TensorFlow is imported here, when a fit starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from forecasting.networks.recipe import ResolvedRecipe
from forecasting.networks.rnn import build_network, pinball_loss
from forecasting.networks.runtime import KerasRuntime
from forecasting.networks.scalers import RowScaler, Scaler, make_scaler
from forecasting.networks.signature import Signature
from forecasting.networks.windows import Windows
from forecasting.prediction.calibration import Calibration
from forecasting.prediction.forecaster import Forecaster
from forecasting.types import NetworkFloats
from training.dataset import Dataset
from training.fitting.base_version import BaseVersion
from training.fitting.checkpoint import Checkpoint
from training.fitting.split import Split
from training.fitting.window_arrays import window_arrays

OnEpoch = Callable[[int, int, float, float], None]
"""Called after each epoch: epoch, epochs, training loss, validation loss."""


@dataclass(frozen=True, slots=True)
class FittedNetwork:
    network: Any
    scaler: Scaler
    signature: Signature
    calibration: Calibration | None = None

    @property
    def forecaster(self) -> Forecaster:
        widths = None if self.calibration is None else self.calibration.array()
        return Forecaster(self.signature, self.scaler, KerasRuntime(self.network), widths)


def fit(
    dataset: Dataset,
    parts: Split,
    recipe: ResolvedRecipe,
    *,
    base: BaseVersion | None = None,
    seed: int,
    on_epoch: OnEpoch,
    checkpoint: Path | None = None,
) -> FittedNetwork:
    """Fit scaler and network on the training part; the same seed gives the same weights on one
    machine. The best epoch by validation loss is kept where the recipe stops early.

    With a `base`, its network goes on training, and stays as it is where that does not help.
    With `checkpoint`, a file, the fit goes on from there if it is there, and keeps it up to date.
    """
    import keras

    keras.utils.set_random_seed(seed)
    _make_deterministic()
    scaler = fit_scaler(dataset, parts, recipe) if base is None else base.scaler
    signature = signature_of(recipe) if base is None else base.signature_for(recipe)
    network = build_network(recipe) if base is None else base.network_for(recipe.horizon)
    network.compile(
        optimizer=keras.optimizers.Adam(recipe.learning_rate, clipnorm=recipe.clipnorm),
        loss=pinball_loss(recipe.quantiles) if recipe.outputs else recipe.loss,
    )
    validation = training_arrays(parts.validation, scaler, signature)
    before = network.get_weights()
    stopping = (
        None
        if recipe.patience is None
        else keras.callbacks.EarlyStopping(patience=recipe.patience, restore_best_weights=True)
    )
    callbacks = [_telling(recipe, on_epoch), *([] if stopping is None else [stopping])]
    done = 0
    if checkpoint is not None:
        keeper = Checkpoint(checkpoint, network, stopping)
        callbacks.append(_keeping(keeper, recipe))
        done = keeper.epochs_done(recipe.epochs)
        keras.utils.set_random_seed(seed + done)
    network.fit(
        *training_arrays(parts.train, scaler, signature),
        validation_data=validation,
        initial_epoch=done,
        epochs=recipe.epochs,
        batch_size=recipe.batch_size,
        callbacks=callbacks,
        verbose=0,
    )
    if base is not None:
        _keep_the_better(network, before, validation)
    return FittedNetwork(network, scaler, signature)


def _keep_the_better(network: Any, before: list[Any], validation: tuple[Any, Any]) -> None:
    """Put the weights of before the fit back, where they do better on the validation part."""
    after, loss = network.get_weights(), network.evaluate(*validation, verbose=0)
    network.set_weights(before)
    if loss < network.evaluate(*validation, verbose=0):
        network.set_weights(after)


def fit_scaler(dataset: Dataset, parts: Split, recipe: ResolvedRecipe) -> Scaler:
    """The recipe's scaler, fitted on the training part of every series and nothing after it.

    A RowScaler has nothing to learn ahead: it measures each window on its own.
    """
    scaler = make_scaler(recipe.scaler)
    if isinstance(scaler, RowScaler):
        return scaler
    seen = [dataset.series[place].values[: bound.train] for place, bound in parts.ends.items()]
    return scaler.fit(np.concatenate(seen).reshape(-1, 1))


def signature_of(recipe: ResolvedRecipe) -> Signature:
    return Signature(
        context_length=recipe.context_length,
        horizon=recipe.horizon,
        season_length=recipe.season_length,
        inputs=("value", "observed") if recipe.padding else ("value",),
        quantiles=recipe.outputs,
        shortest_context=2 if recipe.padding else recipe.context_length,
    )


def training_arrays(
    windows: Windows, scaler: Scaler, signature: Signature
) -> tuple[NetworkFloats, NetworkFloats]:
    """A network's inputs (n, context_length, channels) and scaled targets (n, horizon)."""
    inputs, targets, _ = window_arrays(
        windows.contexts, windows.targets, scaler, signature, signature.season_length
    )
    return inputs, targets


def _telling(recipe: ResolvedRecipe, on_epoch: OnEpoch) -> Any:
    import keras

    return keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: on_epoch(
            epoch + 1, recipe.epochs, logs["loss"], logs["val_loss"]
        )
    )


def _keeping(keeper: Checkpoint, recipe: ResolvedRecipe) -> Any:
    """Comes after early stopping: which forgets all when a fit begins, and may end it."""
    import keras

    return keras.callbacks.LambdaCallback(
        on_train_begin=lambda _: keeper.restore(),
        on_epoch_end=lambda epoch, _: keeper.save(
            epoch + 1, over=keeper.network.stop_training or epoch + 1 == recipe.epochs
        ),
    )


def _make_deterministic() -> None:
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()

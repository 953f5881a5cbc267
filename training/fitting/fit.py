"""Fitting a network and its scaler by a recipe. TensorFlow is imported when a fit starts."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from forecasting.covariates.inputs import covariate_inputs
from forecasting.networks.beside import Beside, number_columns
from forecasting.networks.encoder_decoder import build_encoder_decoder
from forecasting.networks.recipe import ResolvedRecipe
from forecasting.networks.rnn import build_network, pinball_loss, point_loss
from forecasting.networks.runtime import KerasRuntime
from forecasting.networks.scalers import CovariateScaler, RowScaler, Scaler, make_scaler
from forecasting.networks.signature import Signature
from forecasting.networks.time_inputs import usual_phases
from forecasting.prediction.calibration import Calibration
from forecasting.prediction.forecaster import Forecaster
from training.dataset import Dataset
from training.fitting.base_version import BaseVersion
from training.fitting.batches import Batches
from training.fitting.checkpoint import Checkpoint
from training.fitting.split import Split
from training.fitting.window_arrays import training_arrays

_VALIDATED_AT_ONCE = 256
"""All batches of validation windows have this size, so that XLA compiles but one."""
_STEPS_AT_ONCE = 16
"""TensorFlow does so many steps before it returns to Python."""
_XLA_PAYS_FROM = 40_000
"""XLA compiles a network for about as long as it saves in so many steps of a recurrent layer."""
_LOWEST_RATE = 0.02
"""The share of the learning rate that is left at the end of a cosine."""
OnEpoch = Callable[[int, int, float, float], None]
"""Is called after each epoch with its number, the number of epochs, and the losses on the training
and on the validation part."""


@dataclass(frozen=True, slots=True)
class FittedNetwork:
    """A network that is ready to be published, with everything that its forecasts depend on."""

    network: Any
    """The Keras network."""
    scaler: Scaler
    signature: Signature
    calibration: Calibration | None = None
    """The correction of its intervals; None if they are taken as the network gives them."""
    stopped: str | None = None
    """Why its training stopped."""
    larger: Any = None
    """A larger Keras network with the same signature, of which the compiled one is published; None
    if there is none."""

    @property
    def forecaster(self) -> Forecaster:
        """A forecaster that runs the network in Keras."""
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
    deadline: float | None = None,
) -> FittedNetwork:
    """Fit a scaler and a network on the training part of the dataset.

    On one machine the same seed gives the same weights. If the recipe stops early, the weights of
    the epoch with the lowest validation loss are kept.

    With a `base`, the fit starts from its network and scaler, and keeps its weights if the fit does
    not lower the validation loss. With the file `checkpoint`, the fit is resumed from that file if
    it exists, and keeps it up to date. Once the clock `time.monotonic` has passed the `deadline`,
    the fit ends with the epoch that it is in.
    """
    import keras

    keras.utils.set_random_seed(seed)
    if base is None:
        scaler = fit_scaler(dataset, parts, recipe)
        signature = recipe_signature(recipe, dataset, parts)
        if signature.covariates:
            scaler = fit_covariate_scaler(scaler, dataset, parts, signature)
            network = build_encoder_decoder(recipe, signature)
        else:
            network = build_network(recipe)
    else:
        scaler, signature = (
            base.scaler,
            base.signature.trained_further(recipe.horizon, recipe.season_length),
        )
        network = base.load_network(recipe.horizon)
    batches = Batches(parts.train, recipe, scaler, signature, seed)
    with_xla = base is None and _xla_pays(recipe, batches.steps)
    if not with_xla:
        _make_deterministic()  # What XLA compiles for the processor is, and Keras refuses both.
    network.compile(
        optimizer=keras.optimizers.Adam(
            _learning_rate(recipe, batches.steps), clipnorm=recipe.clipnorm
        ),
        loss=pinball_loss(recipe.quantiles) if recipe.outputs else point_loss(recipe.loss),
        jit_compile="auto" if with_xla else False,
        steps_per_execution=min(_STEPS_AT_ONCE, batches.steps),
    )
    # TensorFlow would trace the step a second time if it found the optimizer's variables missing.
    network.optimizer.build(network.trainable_variables)
    weights_before = network.get_weights()
    validated = min(len(parts.validation), _VALIDATED_AT_ONCE)
    stopping_windows = parts.validation.thinned(len(parts.validation) // validated * validated)
    validation = training_arrays(stopping_windows, scaler, signature)
    callbacks = [_report_epochs(recipe, on_epoch)]
    stopping = None
    if recipe.patience is not None:
        stopping = keras.callbacks.EarlyStopping(
            patience=recipe.patience, restore_best_weights=True
        )
        callbacks.append(stopping)
    if deadline is not None:
        callbacks.append(_stop_at(deadline, network))
    epochs_done = 0
    if checkpoint is not None:
        saved = Checkpoint(checkpoint, network, stopping)
        callbacks.append(_resume_and_save(saved, recipe))
        epochs_done = saved.epochs_done(recipe.epochs)
        keras.utils.set_random_seed(seed + epochs_done)
        batches.epoch = epochs_done
    network.fit(
        batches.dataset(),
        shuffle=False,
        validation_data=validation,
        validation_batch_size=validated,
        initial_epoch=epochs_done,
        epochs=recipe.epochs,
        callbacks=callbacks,
        verbose=0,
    )
    if base is not None:
        _keep_better_weights(network, weights_before, validation)
    return FittedNetwork(
        network, scaler, signature, stopped=_why_stopped(recipe, stopping, deadline)
    )


def fit_scaler(dataset: Dataset, parts: Split, recipe: ResolvedRecipe) -> Scaler:
    """Fit the recipe's scaler on the training part of every series, and on nothing after it.

    A RowScaler is returned as it is, because it measures each window by itself.
    """
    scaler = make_scaler(recipe.scaler)
    if isinstance(scaler, RowScaler):
        return scaler
    seen = [
        dataset.series[position].values[: points.train] for position, points in parts.points.items()
    ]
    return scaler.fit(np.concatenate(seen).reshape(-1, 1))


def fit_covariate_scaler(
    values: Scaler, dataset: Dataset, parts: Split, signature: Signature
) -> CovariateScaler:
    """Fit the scales of covariates on the training part of every series, beside that of values."""
    seen = [
        Beside.of(dataset.series[position], signature).known[: points.train]
        for position, points in parts.points.items()
    ]
    return CovariateScaler(values, number_columns(signature)).fit_beside(np.concatenate(seen))


def recipe_signature(recipe: ResolvedRecipe, dataset: Dataset, parts: Split) -> Signature:
    """Return the signature of a network that is built by `recipe` for the series of the dataset."""
    if recipe.lags is None:
        return Signature(
            context_length=recipe.context_length,
            horizon=recipe.horizon,
            season_length=recipe.season_length,
            inputs=("value", "observed") if recipe.padding else ("value",),
            quantiles=recipe.outputs,
            shortest_context=2 if recipe.padding else recipe.context_length,
        )
    trained = [dataset.series[position] for position in parts.points]
    counts = [points.train for points in parts.points.values()]
    return Signature(
        context_length=recipe.context_length,
        horizon=recipe.horizon,
        season_length=recipe.season_length,
        inputs=("value", "observed"),
        quantiles=recipe.outputs,
        history_length=recipe.history_length,
        shortest_context=recipe.shortest_context,
        covariates=covariate_inputs(dataset.series),
        lags=recipe.lags,
        phases=usual_phases(trained, counts),
    )


def _learning_rate(recipe: ResolvedRecipe, steps: int) -> Any:
    """Return the learning rate, or how it falls in epochs of so many steps."""
    import keras

    if recipe.schedule == "constant":
        return recipe.learning_rate
    return keras.optimizers.schedules.CosineDecay(
        recipe.learning_rate, steps * recipe.epochs, alpha=_LOWEST_RATE
    )


def _xla_pays(recipe: ResolvedRecipe, steps: int) -> bool:
    """Return whether the epochs that are trained in any case, of so many steps, are enough."""
    epochs = min(recipe.epochs, recipe.patience or recipe.epochs)
    return epochs * steps * recipe.context_length * len(recipe.units) >= _XLA_PAYS_FROM


def _keep_better_weights(
    network: Any, weights_before: list[Any], validation: tuple[Any, Any]
) -> None:
    """Set the weights from before the fit again, unless the fit has lowered the validation loss."""
    weights_after, loss_after = network.get_weights(), network.evaluate(*validation, verbose=0)
    network.set_weights(weights_before)
    if loss_after < network.evaluate(*validation, verbose=0):
        network.set_weights(weights_after)


def _stop_at(deadline: float, network: Any) -> Any:
    """Return a Keras callback that ends the fit with the epoch in which the deadline passes."""
    import keras

    def stop_if_late(*_: Any) -> None:
        if time.monotonic() > deadline:
            network.stop_training = True

    return keras.callbacks.LambdaCallback(on_epoch_end=stop_if_late)


def _why_stopped(recipe: ResolvedRecipe, stopping: Any | None, deadline: float | None) -> str:
    if stopping is not None and stopping.stopped_epoch > 0:
        return f"the validation loss had not fallen for {recipe.patience} epochs"
    if deadline is not None and time.monotonic() > deadline:
        return "the time limit was reached"
    return f"all {recipe.epochs} epochs were done"


def _report_epochs(recipe: ResolvedRecipe, on_epoch: OnEpoch) -> Any:
    """Return a Keras callback that calls `on_epoch` after each epoch."""
    import keras

    return keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: on_epoch(
            epoch + 1, recipe.epochs, logs["loss"], logs["val_loss"]
        )
    )


def _resume_and_save(checkpoint: Checkpoint, recipe: ResolvedRecipe) -> Any:
    """Return a Keras callback that resumes a fit from its checkpoint and keeps that up to date.

    It must come after early stopping, which resets its own state when a fit begins, and which
    decides at the end of an epoch whether the fit is over.
    """
    import keras

    return keras.callbacks.LambdaCallback(
        on_train_begin=lambda _: checkpoint.restore(),
        on_epoch_end=lambda epoch, _: checkpoint.save(
            epoch + 1, over=checkpoint.network.stop_training or epoch + 1 == recipe.epochs
        ),
    )


def _make_deterministic() -> None:
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()

"""Training a network: split the series in time, fit, and calibrate the intervals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from forecasting.networks.recipe import ResolvedRecipe
from forecasting.networks.runtime import KerasRuntime, import_tensorflow_quietly
from forecasting.prediction.calibration import Calibration
from training.dataset import Dataset
from training.fitting.base_version import BaseVersion
from training.fitting.fit import FittedNetwork, OnEpoch, fit
from training.fitting.split import Split, split
from training.fitting.window_arrays import training_arrays

_MAX_CALIBRATION_WINDOWS = 5_000
"""More windows would hardly change the calibration."""


def train_network(
    dataset: Dataset,
    recipe: ResolvedRecipe,
    *,
    base: BaseVersion | None = None,
    seed: int,
    on_epoch: OnEpoch,
    checkpoint: Path | None = None,
    deadline: float | None = None,
) -> tuple[FittedNetwork, Split]:
    """Split the dataset in time, fit a network on the training part, and calibrate it.

    `base`, `seed`, `on_epoch`, `checkpoint` and `deadline` are those of `fit`. The split is
    returned too, because the network is scored on its held-out tail.

    Raises RecipeError if no series can be trained on.
    """
    parts = split(dataset, recipe)
    import_tensorflow_quietly()
    fitted = fit(
        dataset,
        parts,
        recipe,
        base=base,
        seed=seed,
        on_epoch=on_epoch,
        checkpoint=checkpoint,
        deadline=deadline,
    )
    return calibrate(fitted, parts, recipe), parts


def calibrate(fitted: FittedNetwork, parts: Split, recipe: ResolvedRecipe) -> FittedNetwork:
    """Calibrate the network's intervals on the windows of the validation part, evenly thinned.

    The network is returned as it is if it predicts no quantiles, or if the recipe has no validation
    part: the tail on which the network is scored must not be calibrated on.
    """
    signature = fitted.signature
    if signature.quantiles is None or recipe.patience is None:
        return fitted
    windows = parts.validation.thinned(_MAX_CALIBRATION_WINDOWS)
    inputs, targets = training_arrays(windows, fitted.scaler, signature)
    raw = KerasRuntime(fitted.network).run(inputs)
    predicted = np.sort(raw.reshape(*targets.shape, -1), axis=-1).astype(np.float64)
    calibration = Calibration.measure(predicted, targets.astype(np.float64), signature)
    return replace(fitted, calibration=calibration)

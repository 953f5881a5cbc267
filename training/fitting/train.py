"""Training a network: fitting it, then calibrating it on data that the fit did not learn from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from forecasting.networks.recipe import ResolvedRecipe
from forecasting.networks.runtime import KerasRuntime
from forecasting.prediction.calibration import Calibration
from training.dataset import Dataset
from training.fitting.base_version import BaseVersion
from training.fitting.fit import FittedNetwork, OnEpoch, fit
from training.fitting.split import Split
from training.fitting.window_arrays import training_arrays

_MOST_WINDOWS = 5_000
"""More would not change what is found."""


def train_network(
    dataset: Dataset,
    parts: Split,
    recipe: ResolvedRecipe,
    *,
    base: BaseVersion | None = None,
    seed: int,
    on_epoch: OnEpoch,
    checkpoint: Path | None = None,
) -> FittedNetwork:
    """Fit the recipe as `fit` does, and calibrate the result as `calibrate` does."""
    fitted = fit(
        dataset,
        parts,
        recipe,
        base=base,
        seed=seed,
        on_epoch=on_epoch,
        checkpoint=checkpoint,
    )
    return calibrate(fitted, parts, recipe)


def calibrate(fitted: FittedNetwork, parts: Split, recipe: ResolvedRecipe) -> FittedNetwork:
    """With the calibration that the validation part's windows ask for, evenly thinned.

    As it is, where it predicts no quantiles, or where there is no validation part: the tail that
    the scores come from is never calibrate on.
    """
    signature = fitted.signature
    if signature.quantiles is None or recipe.patience is None:
        return fitted
    thinned = np.arange(0, len(parts.validation), -(-len(parts.validation) // _MOST_WINDOWS))
    inputs, targets = training_arrays(parts.validation[thinned], fitted.scaler, signature)
    raw = KerasRuntime(fitted.network).run(inputs)
    predicted = np.sort(raw.reshape(*targets.shape, -1), axis=-1).astype(np.float64)
    measured = Calibration.measure(predicted, targets.astype(np.float64), signature)
    return replace(fitted, calibration=measured)

"""The arrays that a network is trained on, made from windows of series."""

from __future__ import annotations

import numpy as np

from forecasting.networks.beside import Beside
from forecasting.networks.features import (
    group_by_length,
    inputs_with_covariates,
    network_inputs,
)
from forecasting.networks.scalers import Scaler, transform
from forecasting.networks.signature import Signature
from forecasting.networks.windows import Windows
from forecasting.prediction.seasons.cycles import choose_cycles
from forecasting.prediction.seasons.seasons import measure_seasons
from forecasting.types import Floats, NetworkFloats
from training.dataset import Dataset

_AT_ONCE = 512
"""What is beside the values is gathered for so many windows at a time."""


def training_arrays(
    dataset: Dataset, windows: Windows, scaler: Scaler, signature: Signature
) -> tuple[NetworkFloats, NetworkFloats]:
    """Return what a network is fitted on: inputs and targets, both scaled.

    The n windows of the dataset give inputs (n, the shortest length that holds all, channels) and
    targets (n, horizon).
    """
    if signature.covariates:
        return _arrays_with_covariates(dataset, windows, scaler, signature)
    inputs, targets, _ = window_arrays(
        windows.contexts, windows.targets, scaler, signature, signature.season_length
    )
    longest = max(length for length, _ in group_by_length(signature, windows.contexts))
    inputs = inputs[:, -longest:]
    return inputs, targets


def _arrays_with_covariates(
    dataset: Dataset, windows: Windows, scaler: Scaler, signature: Signature
) -> tuple[NetworkFloats, NetworkFloats]:
    beside = {
        position: Beside.of(dataset.series[position], signature)
        for position in np.unique(windows.series).tolist()
    }
    shape = (len(windows), signature.input_steps, signature.channels)
    inputs, targets = np.empty(shape, np.float32), np.empty(windows.targets.shape, np.float32)
    for start in range(0, len(windows), _AT_ONCE):
        rows = np.arange(start, min(start + _AT_ONCE, len(windows)))
        some = windows[rows]
        known = [
            beside[position].window(cutoff, signature.history_length, signature.horizon)
            for position, cutoff in zip(some.series.tolist(), some.cutoffs.tolist(), strict=True)
        ]
        inputs[rows], state = inputs_with_covariates(
            signature, scaler, some.contexts, np.stack(known)
        )
        targets[rows] = transform(state, some.targets)
    return inputs, targets


def window_arrays(
    contexts: Floats, targets: Floats, scaler: Scaler, signature: Signature, season_length: int
) -> tuple[NetworkFloats, NetworkFloats, Scaler]:
    """Scale contexts and targets, and take their season out if the network expects that.

    `contexts` (n, t) and `targets` (n, horizon) are in the series' own units, with NaN for a
    missing value. The season is measured on the context alone, so that nothing of the target
    reaches the inputs.

    Returns inputs (n, context_length, channels), scaled targets (n, horizon), and the scaler with
    the state of these n rows.
    """
    if signature.takes_season_out:
        cycles = choose_cycles(season_length)
        seasons = measure_seasons(contexts, cycles, targets.shape[1])
        values, season = seasons.split(contexts)
        inputs, state = network_inputs(
            signature, scaler, values, season, season_lengths=cycles.shortest
        )
        targets = seasons.remove_ahead(targets)
    else:
        inputs, state = network_inputs(signature, scaler, contexts)
    return inputs, transform(state, targets).astype(np.float32), state

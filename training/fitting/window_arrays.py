"""The arrays that a network is trained on, made from windows of series."""

from __future__ import annotations

import numpy as np

from forecasting.networks.beside import Beside
from forecasting.networks.features import inputs_with_covariates, network_inputs
from forecasting.networks.scalers import Scaler, transform
from forecasting.networks.signature import Signature
from forecasting.networks.windows import Windows
from forecasting.prediction.seasons.cycles import choose_cycles
from forecasting.prediction.seasons.seasons import measure_seasons
from forecasting.types import Floats, NetworkFloats

_AT_ONCE = 512
"""Windows are cut and scaled so many at a time."""


def training_arrays(
    windows: Windows, scaler: Scaler, signature: Signature, length: int | None = None
) -> tuple[NetworkFloats, NetworkFloats]:
    """Return what a network is fitted on: inputs and targets, both scaled.

    n windows give inputs (n, length, channels), to which the steps ahead are added if there are
    covariates, and targets (n, horizon). `length` is one of those that the network takes; without
    it, the shortest that holds what every window sees.
    """
    length = length or input_length(signature, int(windows.cutoffs.max()))
    ahead = signature.horizon if signature.covariates else 0
    inputs = np.empty((len(windows), length + ahead, signature.channels), np.float32)
    targets = np.empty((len(windows), windows.horizon), np.float32)
    for start in range(0, len(windows), _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        some = windows[rows]
        if signature.covariates:
            inputs[rows], state = inputs_with_covariates(
                signature, scaler, some.contexts, _beside(some, signature)
            )
            targets[rows] = transform(state, some.targets)
        else:
            whole, targets[rows], _ = window_arrays(
                some.contexts, some.targets, scaler, signature, signature.season_length
            )
            inputs[rows] = whole[:, -length:]
    return inputs, targets


def input_length(signature: Signature, count: int) -> int:
    """Return the shortest length that a network takes for the last `count` values of a series."""
    spans = signature.spans
    return next((length for length, span in spans.items() if span >= count), max(spans))


def _beside(windows: Windows, signature: Signature) -> Floats:
    """Return what was known beside n windows, (n, history_length + horizon, columns)."""
    before, ahead = signature.history_length, signature.horizon
    known = np.empty((len(windows), before + ahead, signature.columns_beside))
    for position in np.unique(windows.series).tolist():
        beside = Beside.of(windows.dataset[position], signature)
        for row in np.flatnonzero(windows.series == position).tolist():
            known[row] = beside.window(int(windows.cutoffs[row]), before, ahead)
    return known


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

"""Taking in a network and a scaler that were made elsewhere, in a notebook say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from forecasting.errors import BrokenVersionError, RequestError
from forecasting.networks.runtime import load_keras
from forecasting.networks.signature import Signature
from forecasting.store.scaler_pickle import load_scaler
from forecasting.types import NetworkFloats
from training.fitting.fit import FittedNetwork


def import_network(
    network_path: Path,
    scaler_path: Path,
    *,
    quantiles: tuple[float, ...] | None,
    context_length: int | None,
    season_length: int,
) -> FittedNetwork:
    """Read both files safely, work out the signature from the shapes, and try one forecast.

    The network takes (batch, time, 1) and gives (batch, horizon) or, with `quantiles`, (batch,
    horizon, quantiles). Raises BrokenVersionError or RequestError, which say what does not fit.
    """
    for path in (network_path, scaler_path):
        if not path.is_file():
            raise BrokenVersionError(f"{path}: there is no such file.")
    network = load_keras(network_path)
    scaler = load_scaler(scaler_path.read_bytes())
    signature = _signature(network, quantiles, context_length, season_length)
    fitted = FittedNetwork(network, scaler, signature)
    fitted.forecaster.warm_up()
    return fitted


def trial_inputs(fitted: FittedNetwork) -> NetworkFloats:
    """Inputs (1, t, 1) such as the network may have seen: a rise over the scaler's range."""
    return np.linspace(0, 1, fitted.signature.context_length, dtype=np.float32)[None, :, None]


def _signature(
    network: Any,
    quantiles: tuple[float, ...] | None,
    context_length: int | None,
    season_length: int,
) -> Signature:
    inputs, outputs = network.input_shape, network.output_shape
    if not isinstance(inputs, tuple) or len(inputs) != 3 or inputs[2] != 1:
        raise BrokenVersionError(
            f"the network takes {inputs}; a forecasting network takes (batch, time, 1)."
        )
    if inputs[1] is None and context_length is None:
        raise RequestError(
            "the network takes any number of steps; say how many it was trained on with "
            "--context-length."
        )
    if context_length is not None and inputs[1] not in (None, context_length):
        raise RequestError(f"the network takes {inputs[1]} steps, not {context_length}.")
    if quantiles is not None and (
        list(quantiles) != sorted(set(quantiles)) or not 0 < quantiles[0] <= quantiles[-1] < 1
    ):
        raise RequestError("--quantiles must rise, without repeats, each above 0 and below 1.")
    expected = 2 if quantiles is None else 3
    if not isinstance(outputs, tuple) or len(outputs) != expected or None in outputs[1:]:
        raise BrokenVersionError(
            f"the network gives {outputs}; it must give (batch, horizon), or with --quantiles "
            "(batch, horizon, quantiles)."
        )
    if quantiles is not None and (outputs[2] != len(quantiles) or 0.5 not in quantiles):
        raise RequestError(
            f"the network gives {outputs[2]} quantiles a step; name as many, 0.5 among them."
        )
    length = context_length or inputs[1]
    return Signature(
        context_length=length,
        horizon=outputs[1],
        season_length=season_length,
        inputs=("value",),
        quantiles=quantiles,
        shortest_context=length,
    )

"""Importing a network and a scaler that were made elsewhere, for example in a notebook."""

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
    """Read both files safely, derive the signature from the network's shapes, and try a forecast.

    The network takes (batch, time, 1) and gives (batch, horizon) or, with `quantiles`, (batch,
    horizon, len(quantiles)). `context_length` is needed if the network's input has no fixed length.

    Raises BrokenVersionError if a file or a shape of the network is wrong, and RequestError if an
    argument does not fit the network.
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
    """Return inputs (1, context_length, 1) such as the network may have been trained on.

    They rise over the range of the scaler.
    """
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
            f"the network takes an input of shape {inputs}; it must be (batch, time, 1)."
        )
    if inputs[1] is None and context_length is None:
        raise RequestError(
            "the network takes any number of steps. Say with --context-length on how many it was "
            "trained."
        )
    if context_length is not None and inputs[1] not in (None, context_length):
        raise RequestError(
            f"the network takes {inputs[1]} steps, not {context_length}. Leave out "
            "--context-length."
        )
    if quantiles is not None and (
        list(quantiles) != sorted(set(quantiles)) or not 0 < quantiles[0] <= quantiles[-1] < 1
    ):
        raise RequestError(
            "--quantiles must be in rising order, without repeats, each above 0 and below 1."
        )
    expected = 2 if quantiles is None else 3
    if not isinstance(outputs, tuple) or len(outputs) != expected or None in outputs[1:]:
        raise BrokenVersionError(
            f"the network gives an output of shape {outputs}; it must be (batch, horizon), or with "
            "--quantiles (batch, horizon, quantiles)."
        )
    if quantiles is not None and (outputs[2] != len(quantiles) or 0.5 not in quantiles):
        raise RequestError(
            f"the network gives {outputs[2]} quantiles for each step. Name as many with "
            "--quantiles, and 0.5 among them."
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

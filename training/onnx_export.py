"""Compiling a network for serving: Keras' own ONNX export, trusted only after a comparison."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from forecasting.networks.runtime import KerasRuntime, OnnxRuntime
from forecasting.types import NetworkFloats

LARGEST_DIFFERENCE = 1e-4
_RANDOM_WINDOWS = 64


def compile_network(
    network: Any,
    path: Path,
    *,
    context_length: int,
    real_inputs: NetworkFloats,
    largest_difference: float = LARGEST_DIFFERENCE,
) -> float | None:
    """Write `path` (.onnx), unless what it computes is too far from Keras; returns how far it is.

    The difference is the largest absolute one over the largest absolute output, the greater of that
    on `real_inputs` (n, t, channels) and on random ones of the same form. None where the network
    has something in it that ONNX knows nothing of.
    """
    random = np.random.default_rng(0).normal(
        size=(_RANDOM_WINDOWS, context_length, network.input_shape[2])
    )
    if random.shape[2] > 1:
        random[:, :, 1] = random[:, :, 1] > 0
    inputs = [random.astype(np.float32), *([real_inputs] if len(real_inputs) else [])]
    network(inputs[0])
    keras = KerasRuntime(network)
    try:
        with _quietly():
            network.export(path, format="onnx", verbose=False)
        onnx = OnnxRuntime(path)
        difference = max(_difference(keras.run(batch), onnx.run(batch)) for batch in inputs)
    except OSError:  # a full disk is no fault of the network
        raise
    except Exception:  # noqa: BLE001  the exporter raises whatever it meets; Keras serves then
        path.unlink(missing_ok=True)
        return None
    if not difference <= largest_difference:
        path.unlink()
    return difference


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Without the exporter's own warnings and log lines."""
    logging.disable(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)


def _difference(expected: NetworkFloats, got: NetworkFloats) -> float:
    size = float(np.abs(expected).max())
    return float(np.abs(expected - got).max()) / (size or 1.0)

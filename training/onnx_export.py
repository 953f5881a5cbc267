"""Compiling a network for serving: Keras exports it to ONNX, and both are compared."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from forecasting.networks.runtime import KerasRuntime, OnnxRuntime
from forecasting.types import NetworkFloats

LARGEST_DIFFERENCE = 1e-4
"""A compiled network that differs more than this from Keras, relatively, is not kept."""
_RANDOM_WINDOWS = 64


def compile_network(
    network: Any,
    path: Path,
    *,
    lengths: Iterable[int],
    real_inputs: NetworkFloats,
    largest_difference: float = LARGEST_DIFFERENCE,
) -> float | None:
    """Write the compiled network to `path` (.onnx), and return how much it differs from Keras.

    The difference is the largest absolute difference divided by the largest absolute output. It is
    measured on `real_inputs` (n, t, channels) and on random inputs of each of the `lengths` that
    the network takes, and the greatest one counts. If it is above `largest_difference`, no file is
    left.

    Returns None, and leaves no file, if the network cannot be expressed in ONNX.

    Raises OSError if the file cannot be written.
    """
    inputs = [_random_inputs(length, network.input_shape[2]) for length in lengths]
    inputs += [real_inputs] if len(real_inputs) else []
    network(inputs[0])
    keras = KerasRuntime(network)
    try:
        with _quietly():
            network.export(path, format="onnx", verbose=False)
        onnx = OnnxRuntime(path)
        difference = max(_difference(keras.run(batch), onnx.run(batch)) for batch in inputs)
    except OSError:  # A full disk says nothing about the network.
        raise
    except Exception:  # noqa: BLE001  The exporter raises errors of any kind; Keras serves then.
        path.unlink(missing_ok=True)
        return None
    if not difference <= largest_difference:
        path.unlink()
    return difference


def _random_inputs(length: int, channels: int) -> NetworkFloats:
    """Return inputs (n, length, channels); the second channel says what was observed."""
    random = np.random.default_rng(0).normal(size=(_RANDOM_WINDOWS, length, channels))
    if channels > 1:
        random[:, :, 1] = random[:, :, 1] > 0
    return random.astype(np.float32)


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Suppress the warnings and the log lines of the exporter."""
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

"""What runs a network: contexts in, raw network output out."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np

from forecasting.arrays import NetworkFloats
from forecasting.errors import BrokenVersionError
from forecasting.quiet_tensorflow import import_tensorflow_quietly


class Runtime(Protocol):
    def run(self, inputs: NetworkFloats) -> NetworkFloats:
        """Inputs (n, t, channels) → outputs (n, horizon) or (n, horizon, quantiles)."""
        ...


class KerasRuntime:
    """Keras itself, traced once: any number of windows, of any length, never retraces."""

    def __init__(self, network: Any) -> None:
        import tensorflow as tf

        spec = tf.TensorSpec((None, *network.input_shape[1:]), tf.float32)
        self._function = tf.function(
            lambda inputs: network(inputs, training=False), input_signature=[spec]
        )

    def run(self, inputs: NetworkFloats) -> NetworkFloats:
        import tensorflow as tf

        return np.asarray(self._function(tf.constant(inputs)))


def load_keras(path: Path) -> Any:
    """A Keras network from a `.keras` file, without running code that the file brings along.

    Raises BrokenVersionError for a file that is damaged or asks for such code.
    """
    import_tensorflow_quietly()
    import keras

    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises whatever its readers do on a damaged file
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise BrokenVersionError(f"{path.name} cannot be loaded: {reason}") from error

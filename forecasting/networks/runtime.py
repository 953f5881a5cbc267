"""What runs a network: contexts in, raw network output out. One interface, two implementations."""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from forecasting.errors import BrokenVersionError
from forecasting.types import NetworkFloats

_CHUNK = 64
"""Windows that ONNX Runtime takes at once: more leave the processor's cache and run slower."""


class Runtime(Protocol):
    def run(self, inputs: NetworkFloats) -> NetworkFloats:
        """Inputs (n, t, channels) → outputs (n, horizon) or (n, horizon, quantiles).

        May be called from several threads at once.
        """
        ...


class OnnxRuntime:
    """The compiled network on one core, in ONNX Runtime; no TensorFlow in the process."""

    def __init__(self, path: Path) -> None:
        """Raises BrokenVersionError for a file that ONNX Runtime cannot run."""
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        try:
            self._session = ort.InferenceSession(path, options, ["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime raises whatever its readers do on a damaged file
            raise BrokenVersionError(f"{path.name} cannot be loaded: {_reason(error)}") from error
        self._input = self._session.get_inputs()[0].name

    def run(self, inputs: NetworkFloats) -> NetworkFloats:
        if len(inputs) <= _CHUNK:
            return self._run(inputs)
        starts = range(0, len(inputs), _CHUNK)
        return np.concatenate([self._run(inputs[start : start + _CHUNK]) for start in starts])

    def _run(self, inputs: NetworkFloats) -> NetworkFloats:
        outputs: list[NetworkFloats] = self._session.run(None, {self._input: inputs})
        return outputs[0]


class KerasRuntime:
    """Keras itself, traced once: any number of windows, of any length, never retraces."""

    def __init__(self, network: Any) -> None:
        import tensorflow as tf

        spec = tf.TensorSpec((None, *network.input_shape[1:]), tf.float32)
        self._function = tf.function(
            lambda inputs: network(inputs, training=False), input_signature=[spec]
        )

    @property
    def traces(self) -> int:
        return int(self._function.experimental_get_tracing_count())

    def run(self, inputs: NetworkFloats) -> NetworkFloats:
        import tensorflow as tf

        return np.asarray(self._function(tf.constant(inputs)))


@lru_cache(maxsize=1)
def import_tensorflow_quietly() -> None:
    """Import TensorFlow and Keras without what they print before their logging is set up.

    The caller's own `import` statements then find them loaded.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    own = os.dup(2)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        import keras  # noqa: F401
        import tensorflow as tf

        tf.config.list_physical_devices()
    finally:
        os.dup2(own, 2)
        os.close(own)


def load_keras(path: Path) -> Any:
    """A Keras network from a `.keras` file, without running code that the file brings along.

    Raises BrokenVersionError for a file that is damaged or asks for such code.
    """
    import_tensorflow_quietly()
    import keras

    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises whatever its readers do on a damaged file
        raise BrokenVersionError(f"{path.name} cannot be loaded: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """The first line of what a library said."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)

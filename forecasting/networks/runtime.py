"""What runs a network, inputs in and raw outputs out: ONNX Runtime, or Keras itself."""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import numpy as np

from forecasting.errors import BrokenVersionError
from forecasting.types import NetworkFloats

_CHUNK = 64
"""How many windows ONNX Runtime takes at once; more do not fit the processor's cache."""


_ROWS = 4
"""ONNX Runtime multiplies so many rows at once, and rounds those that are left over in another way.
It is given whole groups of rows, so that no digit of a window depends on how many others there
are."""


class Runtime(Protocol):
    """A network that is ready to run."""

    def run(self, inputs: NetworkFloats) -> NetworkFloats:
        """Return the outputs for inputs (n, t, channels), both scaled.

        They have shape (n, horizon), or (n, horizon, quantiles) if the network predicts quantiles.
        Several threads may call this at once.
        """
        ...


class OnnxRuntime:
    """A compiled network that ONNX Runtime runs on one core, without TensorFlow."""

    def __init__(self, path: Path) -> None:
        """Load a compiled network.

        Raises:
            BrokenVersionError: ONNX Runtime cannot run the file.
        """
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        try:
            self._session = ort.InferenceSession(path, options, ["CPUExecutionProvider"])
        except Exception as error:  # a damaged file makes ONNX Runtime raise errors of many kinds
            raise BrokenVersionError(f"{path.name} cannot be loaded: {_reason(error)}") from error
        self._input = self._session.get_inputs()[0].name

    def run(self, inputs: NetworkFloats) -> NetworkFloats:
        """Return the outputs for inputs (n, t, channels), a chunk of windows at a time."""
        if len(inputs) <= _CHUNK:
            return self._run(inputs)
        starts = range(0, len(inputs), _CHUNK)
        return np.concatenate([self._run(inputs[start : start + _CHUNK]) for start in starts])

    def _run(self, inputs: NetworkFloats) -> NetworkFloats:
        count = len(inputs)
        missing = -count % _ROWS
        if missing:
            inputs = np.concatenate([inputs, *[inputs[-1:]] * missing])
        outputs: list[NetworkFloats] = self._session.run(None, {self._input: inputs})
        return outputs[0][:count]


class KerasRuntime:
    """A Keras network that TensorFlow traces once, for any number of windows of any length."""

    def __init__(self, network: Any) -> None:
        """Wrap a Keras network; the first `run` traces it."""
        import tensorflow as tf

        spec = tf.TensorSpec((None, *network.input_shape[1:]), tf.float32)
        self._function = tf.function(
            lambda inputs: network(inputs, training=False), input_signature=[spec]
        )

    @property
    def traces(self) -> int:
        """How often TensorFlow has traced the network."""
        return int(self._function.experimental_get_tracing_count())

    def run(self, inputs: NetworkFloats) -> NetworkFloats:
        """Return the outputs for inputs (n, t, channels)."""
        import tensorflow as tf

        return np.asarray(self._function(tf.constant(inputs)))


_ONLY_FOR_WRAPPERS_AND_GALLERIES = ("sklearn", "matplotlib.pyplot")
"""Keras looks for these when it is imported, and goes on without them."""

_importing = Lock()
"""Held by the thread that imports TensorFlow: another would take the silence for the output that it
is to bring back afterwards, and nothing would be logged any more."""


def import_tensorflow_quietly() -> None:
    """Import TensorFlow and Keras without what they print before their logging is set up.

    The caller's own `import` statements then find them loaded. TensorFlow warns of many networks in
    one process, as if they were a mistake; its warnings are left out.

    Both make so many objects, which stay, that the garbage collector would take a fifth of the time
    of the import, and a third of a second whenever it looks at them again. Keras does without the
    packages that it would load only for what is not used here, which takes a third of the time.
    """
    with _importing:
        _import_once()


@lru_cache(maxsize=1)
def _import_once() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    standard_error = os.dup(2)
    collects = gc.isenabled()
    gc.disable()
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        with _absent(*_ONLY_FOR_WRAPPERS_AND_GALLERIES):
            import keras  # noqa: F401
        import tensorflow as tf

        tf.config.list_physical_devices()
    finally:
        os.dup2(standard_error, 2)
        os.close(standard_error)
        gc.freeze()
        if collects:
            gc.enable()
    logging.getLogger("tensorflow").setLevel(logging.ERROR)


@contextmanager
def _absent(*modules: str) -> Iterator[None]:
    """Let imports of those modules that are not yet loaded fail inside the `with` block."""
    left_out = [module for module in modules if module not in sys.modules]
    for module in left_out:
        sys.modules[module] = None  # type: ignore[assignment]  # Python's way to say so
    try:
        yield
    finally:
        for module in left_out:
            del sys.modules[module]


def load_keras(path: Path) -> Any:
    """Load a Keras network from a `.keras` file without running code that the file brings along.

    Raises:
        BrokenVersionError: The file is damaged, or needs such code; or Keras is not installed.
    """
    try:
        import_tensorflow_quietly()
        import keras
    except ModuleNotFoundError as error:
        raise BrokenVersionError(
            f"{path.name} needs Keras, which is not installed here: the version has no compiled "
            "network."
        ) from error
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # a damaged file makes Keras raise errors of many kinds
        raise BrokenVersionError(f"{path.name} cannot be loaded: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """Return the first line of a library's message, or the name of the error if it has none."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)

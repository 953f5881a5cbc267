"""Importing TensorFlow without what it prints on standard error before its logging is set up."""

import os
import sys
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=1)
def import_tensorflow_quietly() -> None:
    """Import TensorFlow and Keras; the caller's own `import` then finds them loaded."""
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

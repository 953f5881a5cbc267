"""The array types that the core passes around."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
NetworkFloats = npt.NDArray[np.float32]
Stamps = npt.NDArray[np.datetime64]
"""Points in time, datetime64[us]."""

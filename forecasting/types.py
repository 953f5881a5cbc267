"""The array types that are passed around inside the core."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
"""Values of series and forecasts."""
NetworkFloats = npt.NDArray[np.float32]
"""What a network takes and returns."""
Stamps = npt.NDArray[np.datetime64]
"""Points in time without a zone, datetime64[us]."""
Positions = npt.NDArray[np.int64]
"""Indices into another array, or whole numbers that stand in place of dates."""

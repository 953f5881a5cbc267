"""How unusual values are beside those around them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecasting.types import Floats


def less_neighbours(values: Floats, shifts: Sequence[int]) -> Floats:
    """Return how far values (n, t) lie from the median of those so many steps away from each.

    Values that were not observed are NaN, take no part, and stay NaN. So do values none of whose
    neighbours was observed.
    """
    reach = max(map(abs, shifts))
    padded = np.pad(values, ((0, 0), (reach, reach)), constant_values=np.nan)
    count = values.shape[1]
    around = np.stack([padded[:, reach + shift : reach + shift + count] for shift in shifts])
    times = (~np.isnan(around)).sum(axis=0, keepdims=True)
    ordered = np.sort(around, axis=0)
    low = np.take_along_axis(ordered, np.maximum(times - 1, 0) // 2, axis=0)[0]
    high = np.take_along_axis(ordered, times // 2, axis=0)[0]
    return np.asarray(values - (low + high) / 2)

"""Gaps in series: values between observed ones, and after the last, that were not observed."""

from __future__ import annotations

import numpy as np

from forecasting.types import Floats


def fill_gaps(values: Floats) -> Floats:
    """Fill the NaN in values (n, t) that come after the first observed value of each row.

    Gaps inside are filled by straight lines, a gap at the end with the last observed value. What
    comes before the first observed value stays NaN.
    """
    observed = ~np.isnan(values)
    if observed.all():
        return values
    columns = np.arange(values.shape[1])
    before = np.maximum.accumulate(np.where(observed, columns, -1), axis=1)
    after = np.minimum.accumulate(np.where(observed, columns, values.shape[1])[:, ::-1], axis=1)[
        :, ::-1
    ]
    after = np.where(after == values.shape[1], before, after)
    rows = np.arange(len(values))[:, None]
    left, right = values[rows, np.maximum(before, 0)], values[rows, after]
    share = (columns - before) / np.maximum(after - before, 1)
    filled = left + share * (right - left)
    return np.where(observed | (before < 0), values, filled)

"""Trends as moving averages, which end half a season before the values do."""

from __future__ import annotations

import numpy as np

from forecasting.prediction.seasons.gaps import fill_gaps
from forecasting.types import Floats


def extend_trend(average: Floats, season: int) -> Floats:
    """Let averages (n, t), NaN where none could be taken, go on to both ends of their rows.

    They go on with the slope that they have over the nearest season. Gaps inside are filled by
    straight lines.
    """
    known = ~np.isnan(average)
    rows = np.arange(len(average))
    columns = np.arange(average.shape[1])
    first = known.argmax(axis=1)
    last = average.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
    if (known.sum(axis=1) < last - first + 1).any():
        average = fill_gaps(average)
    start, end = average[rows, first], average[rows, last]
    inner_first, inner_last = np.minimum(first + season, last), np.maximum(last - season, first)
    rise = (average[rows, inner_first] - start) / np.maximum(inner_first - first, 1)
    climb = (end - average[rows, inner_last]) / np.maximum(last - inner_last, 1)
    before = columns - first[:, None]
    after = columns - last[:, None]
    line_before = start[:, None] + rise[:, None] * before
    line_after = end[:, None] + climb[:, None] * after
    return np.where(after > 0, line_after, np.where(before < 0, line_before, average))

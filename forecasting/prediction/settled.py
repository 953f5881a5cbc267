"""Series that have settled: what was measured on their wild past says nothing of their future."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from forecasting.types import Floats

_CALMER = 1 / 3
"""A series has settled if the mean change in its latest half is less than so much of the mean."""
_FEWEST = 8
"""At least so many values are kept."""


def leave_out_wild_past(values: Floats) -> Floats:
    """Return values (n, t) with NaN for the past of each row from before it settled.

    A network measures its scale on all that it sees. What cools down, dies out or comes to rest
    would be forecast on the scale of its first steps, by noise with intervals many times too wide.
    So the earlier half of a row is left out, and of the rest again, as long as the latest half
    changes much less. The values are NaN before each row begins, and finite after that.
    """
    count = values.shape[1]
    changes = np.abs(values[:, 1:] - values[:, :-1])
    if not np.isnan(values[:, 0]).any() and not _may_have_settled(changes, count // 2).any():
        return values
    lengths = begun = count - np.isnan(values).argmin(axis=1)
    since = np.zeros((len(values), count + 1))
    since[:, : count - 1] = np.cumsum(np.nan_to_num(changes)[:, ::-1], axis=1)[:, ::-1]
    rows = np.arange(len(values))
    while True:
        halves = lengths // 2
        mean, latest = (
            since[rows, count - part] / np.maximum(part - 1, 1) for part in (lengths, halves)
        )
        settled = (halves >= _FEWEST) & (latest < _CALMER * mean)
        if not settled.any():
            break
        lengths = np.where(settled, halves, lengths)
    if (lengths == begun).all():
        return values
    return np.where(np.arange(count) < count - lengths[:, None], np.nan, values)


def _may_have_settled(changes: Floats, half: int) -> npt.NDArray[np.bool_]:
    """Return quickly which rows (n,) of changes (n, t - 1) are much calmer in their latest half.

    Rows at the limit are among them, so that what is decided on a row does not depend on others.
    """
    latest = changes[:, max(changes.shape[1] + 1 - half, 0) :]
    mean = changes.sum(axis=1) / max(changes.shape[1], 1)
    return np.asarray(latest.sum(axis=1) / max(half - 1, 1) <= 1.01 * _CALMER * mean)

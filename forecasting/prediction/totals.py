"""Running totals, such as energy meters and counts of all cases so far.

What is known of a total lies in its increments: how fast it grows now, and on which days of the
week. A network that sees the total itself sees a line. So it is given the increments, and what it
predicts of them is added up.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import lt

import numpy as np
import numpy.typing as npt

from forecasting.notes import Note
from forecasting.types import Floats

_FEWEST_VALUES = 20
"""Fewer values than this may never fall by chance."""
_RECENT = 8
_RECENT_FALLS = 1
"""At most so many of the latest changes, `_RECENT`, are falls."""
_RARE = 0.01
"""The share of the changes that may be resets, and of all rises that other falls may take back."""
_RESET = 0.5
"""A fall to less than this share of the value before it is a reset: the meter began anew."""
_TELLING = 50
"""More than half of so many of the latest increments are above 0, or they tell too little."""
_SMALLEST_VARIATION = 1e-6
"""The smallest standard deviation of the increments, in units of their mean. With a smaller one,
the total is a line, which needs no such treatment."""
_LARGEST_VARIATION = 1.5
"""The largest standard deviation of the increments, in units of their mean."""
_SHARED = 0.5
"""The correlation between the errors of the increments of any two steps."""


def find_increments(values: Floats, observed: Floats) -> Floats | None:
    """Return the increments of a series if it is a running total, or else None.

    `values` (t,) have no gaps, and `observed` (t,) are the same with NaN for what was missing. A
    running total never falls, except where it is reset, and slightly where it is corrected. The
    increments begin with the first that was observed and end with the last value; those that are
    not known, as at a reset, are NaN.
    """
    if values.size < _FEWEST_VALUES or _falls_lately(values) or np.isnan(observed[-1]):
        return None
    before, after = values[:-1], values[1:]
    changes = after - before
    resets = (changes < 0) & (before > 0) & (after < _RESET * before)
    if not _are_telling(changes[~resets]) or not _are_rare(resets):
        return None
    increments = np.where(resets, np.nan, np.diff(observed))
    known = ~np.isnan(increments)
    return increments[int(known.argmax()) :] if known.mean() > 0.5 else None


def _falls_lately(values: Floats) -> bool:
    """Return quickly whether values (t,) are no running total, as is most often so."""
    latest: list[float] = values[-1 - _RECENT :].tolist()
    falls: int = sum(map(lt, latest[1:], latest))
    return falls > _RECENT_FALLS


def _are_rare(resets: npt.NDArray[np.bool_]) -> bool:
    """Return whether so few of the changes (t,) are resets that no other is to be expected soon.

    A total that begins anew each year has them too. So a single one is rare in a short series only
    if less time has passed since than before.
    """
    if resets.mean() <= _RARE:
        return True
    before = int(resets.argmax()) + 1
    return int(resets.sum()) == 1 and resets.size + 1 - before < before


def _are_telling(increments: Floats) -> bool:
    """Return whether increments (t,) are those of a running total, and tell how it grows."""
    rises, falls = increments[increments > 0].sum(), -increments[increments < 0].sum()
    if falls > _RARE * rises or (increments[-_TELLING:] > 0).mean() <= 0.5:
        return False
    variation = increments.std() / increments.mean()
    return bool(_SMALLEST_VARIATION < variation <= _LARGEST_VARIATION)


def add_up(increments: Floats, quantiles: Sequence[float], point: int) -> Floats:
    """Turn forecasts of increments (n, h, quantiles) into those of their sums from the first on.

    The quantile at index `point` is the median. Medians do not add up, so the centre of a sum is
    the sum of the means. The distances of quantiles from the median are added up half as if the
    errors of all steps were one and the same, and half as if they were independent: for errors of
    which any two are correlated by r, the variance of the sum is (1 − r) Σ σ² + r (Σ σ)².
    """
    if increments.shape[1] == 0:
        return increments
    edges = np.concatenate([[0.0], (np.array(quantiles[1:]) + np.array(quantiles[:-1])) / 2, [1.0]])
    median = increments[:, :, point : point + 1]
    distances = increments - median
    apart = np.cumsum(distances**2, axis=1)
    together = np.cumsum(distances, axis=1) ** 2
    spread = np.sign(distances) * np.sqrt((1 - _SHARED) * apart + _SHARED * together)
    means = (increments * np.diff(edges)).sum(axis=2, keepdims=True)
    return np.asarray(np.cumsum(means, axis=1) + spread)


def note_total(increments: Floats) -> Note:
    """Return the note on a series that is forecast through its increments."""
    return Note(
        "forecast_by_increments",
        "The series is a running total: its increments from step to step were forecast and added "
        "up. The count is of increments.",
        int((~np.isnan(increments)).sum()),
    )

"""Which days or weeks of the year differ from others by more than chance would let them."""

from __future__ import annotations

from functools import lru_cache
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from forecasting.types import Floats, Positions

_FEWEST_TIMES = 4
"""What is special must have been observed so many times, which are years."""
_FOUND_BY_CHANCE = 0.2
"""The share of what is found to be special that may be so by chance."""
_NORMAL_FROM_MEAN = float(np.sqrt(np.pi / 2))
"""The standard deviation of normal values as a multiple of their mean absolute deviation."""
_TINY = np.finfo(np.float64).tiny


class Means(NamedTuple):
    """The means of the values with each key, and how far they lie from chance."""

    means: Floats
    """(n, size)."""
    errors: Floats
    """How many standard errors each mean lies from 0, (n, size); 0 for a key that was not observed
    often enough."""

    def shrunk(self, bounds: Floats) -> Floats:
        """Return the means (n, size), shrunk the more, the fewer errors they are beyond `bounds`.

        Those within their bound, (n,), are 0. This is the nonnegative garrote: Breiman (1995),
        Better subset regression.
        """
        beyond = self.errors > bounds[:, None]
        ratios = np.divide(bounds[:, None], self.errors, out=np.ones(beyond.shape), where=beyond)
        return np.asarray(self.means * (1 - ratios**2))


def means_of_keys(unusual: Floats, keys: Positions, size: int) -> Means:
    """Return the means of unusual values (n, t), NaN where none was observed, by their keys.

    Each value has k `keys` (n, t, k), which lie below `size`. The spread of the values with a key
    is taken to be at least that of all values.
    """
    rows = len(unusual)
    seen = ~np.isnan(unusual)
    flat = (np.arange(rows)[:, None, None] * size + keys)[seen].ravel()
    values = np.repeat(unusual[seen], keys.shape[2])
    times = np.bincount(flat, minlength=rows * size)
    means = np.bincount(flat, values, rows * size) / np.maximum(times, 1)
    from_mean = np.bincount(flat, np.abs(values - means[flat]), rows * size)
    spread = (from_mean / np.maximum(times - 1, 1)).reshape(rows, size)
    typical = np.where(seen, np.abs(unusual), 0.0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
    deviation = _NORMAL_FROM_MEAN * np.maximum(spread, typical[:, None])
    means, times = means.reshape(rows, size), times.reshape(rows, size)
    errors = np.abs(means) / np.maximum(deviation, _TINY) * np.sqrt(times)
    return Means(means, np.where(times >= _FEWEST_TIMES, errors, 0.0))


def bounds_of_chance(errors: Floats) -> Floats:
    """Return how many standard errors are too many for chance, (n,).

    `errors` (n, size) are the standard errors by which the mean of each key differs from 0. The
    bound follows from the false discovery rate (Benjamini and Hochberg, 1995), so that a series in
    which much is special is searched for smaller effects.
    """
    ordered = -np.sort(-errors, axis=1)
    critical = _critical_errors(errors.shape[1])
    found = ordered > critical
    last = found.shape[1] - 1 - found[:, ::-1].argmax(axis=1)
    return np.where(found.any(axis=1), critical[last], np.inf)


@lru_cache(maxsize=8)
def _critical_errors(count: int) -> Floats:
    """Return how many standard errors the k-th largest of `count` means must reach, (count,)."""
    shares = _FOUND_BY_CHANCE * np.arange(1, count + 1) / count
    return np.array([NormalDist().inv_cdf(1 - share / 2) for share in shares.tolist()])

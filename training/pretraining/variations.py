"""Random variations of real series: made coarser, mixed, reversed, transformed."""

from __future__ import annotations

import numpy as np

from forecasting.types import Floats

Generator = np.random.Generator

_SHORTEST = 16
"""Shorter series are not mixed."""


def aggregate(values: Floats, steps: int, rng: Generator) -> Floats:
    """Turn every so many steps (t,) into one; t is at least twice as many.

    Each is the sum of its steps or, in a fifth of the series, the last of them, as prices are
    quoted. A sum takes the mean of those observed for the others. It is missing if at least half of
    its steps are.
    """
    end = values.size - int(rng.integers(steps))
    count = end // steps
    groups = values[end - count * steps : end].reshape(count, steps)
    if rng.random() < 0.2:
        return groups[:, -1]
    observed = ~np.isnan(groups)
    counts = observed.sum(axis=1)
    sums = np.where(observed, groups, 0.0).sum(axis=1) * (steps / np.maximum(counts, 1))
    return np.where(2 * counts > steps, sums, np.nan)


def mix(values: Floats, other: Floats, rng: Generator) -> Floats:
    """Return the weighted mean of two series, each divided by its mean size.

    This is TSMixup (Ansari et al., 2024, Chronos, algorithm 1). If either is too short or nothing
    but zeros, the values are returned as they are.
    """
    length = min(values.size, other.size)
    if length < _SHORTEST or np.isnan(values).all() or np.isnan(other).all():
        return values
    sizes = np.nanmean(np.abs(values)), np.nanmean(np.abs(other))
    if not min(sizes) > 0:
        return values
    share = rng.uniform(0.2, 0.8)
    mixed = share * values[-length:] / sizes[0] + (1 - share) * other[-length:] / sizes[1]
    return np.asarray(mixed * sizes[0])


def vary(values: Floats, rng: Generator) -> Floats:
    """Sometimes reverse the values (t,), turn them upside down, let them grow or swell, cap them,
    take their logarithm or square root, or add them up."""
    if np.isnan(values).all():
        return values
    lowest, highest = np.nanmin(values), np.nanmax(values)
    if rng.random() < 0.1:
        values = values[::-1]
    if rng.random() < 0.07:
        values = highest + lowest - values
    if rng.random() < 0.05 and lowest >= 0:
        values = values * _growth(values.size, rng)
    if rng.random() < 0.1 and lowest > 0:
        values = np.sqrt(values) if rng.random() < 0.5 else np.log(values / lowest + 0.1)
    if rng.random() < 0.05:
        values = np.nancumsum(values - np.nanmean(values) * rng.integers(0, 2))
    if rng.random() < 0.01:
        values = np.minimum(values, np.nanquantile(values, rng.uniform(0.6, 0.95)))
    return values


def _growth(count: int, rng: Generator) -> Floats:
    """Return factors (count,) that rise and fall exponentially, bending at a few random steps.

    TiRex (Auer et al., 2025) modulates the amplitudes of training series likewise.
    """
    bends = np.sort(rng.uniform(0, count, rng.integers(0, 4)))
    places = np.concatenate([[0.0], bends, [float(count)]])
    heights = rng.normal(0, 0.4, places.size).cumsum()
    return np.asarray(np.exp(np.interp(np.arange(count), places, heights)))

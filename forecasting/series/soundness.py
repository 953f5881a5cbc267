"""Whether values can be computed with as they are, as those of most series can."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from forecasting.types import Floats, Positions

LARGEST_VALUE = 1e150
"""The largest size of a value. The squares of larger ones, which scalers take, could leave the
range of a float64."""

_EPSILON = float(np.finfo(np.float64).eps)


def whole_values(many: Sequence[Sequence[float | None]]) -> list[Floats | None]:
    """Return the values of many series at once, an array (n,) for each.

    A series that `Series.from_values` would not take as it is gets None instead, so that the caller
    passes it there.
    """
    lengths = np.fromiter(map(len, many), np.int64, len(many))
    if not many or lengths.min() == 0:
        return [None] * len(many)
    starts = np.cumsum(lengths) - lengths
    flat = np.array(list(chain.from_iterable(many)), dtype=np.float64)
    sound = sound_stretches(flat, starts).tolist()
    parts = np.split(flat, starts[1:])
    return [values if fit else None for values, fit in zip(parts, sound, strict=True)]


def sound_stretches(flat: Floats, starts: Positions) -> npt.NDArray[np.bool_]:
    """Return which of m series `Series.from_values` would take as they are, (m,).

    Their values (n,) follow one another, each from one of `starts` (m,) on, none of them empty.
    """
    low, high = np.minimum.reduceat(flat, starts), np.maximum.reduceat(flat, starts)
    with np.errstate(all="ignore"):
        sound = (low >= -LARGEST_VALUE) & (high <= LARGEST_VALUE) & differ(low, high)
    return np.asarray(sound)


def is_sound(raw: Floats) -> bool:
    """Return quickly whether the values need no check and no filling, as is most often so."""
    if raw.size == 0:
        return False
    low, high = float(np.minimum.reduce(raw)), float(np.maximum.reduce(raw))
    return low >= -LARGEST_VALUE and high <= LARGEST_VALUE and bool(differ(low, high))


def differ(low: Any, high: Any) -> Any:
    """Return whether lows and highs differ by more than rounding does; False if either is NaN."""
    return high - low > (abs(low) + abs(high)) * _EPSILON

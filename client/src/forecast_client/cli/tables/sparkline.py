"""A series as a line of characters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

_BARS = "▁▂▃▄▅▆▇█"
_GAP = " "


def sparkline(values: Sequence[float | None], width: int, span: tuple[float, float]) -> str:
    """Return values as bars from the lower to the upper end of `span`, one for each of `width`
    stretches of equal length or for each value, whichever is fewer. A gap is a space."""
    width = min(width, len(values))
    edges = [place * len(values) // width for place in range(width + 1)] if width else []
    return "".join(
        _bar([value for value in values[start:stop] if value is not None], span)
        for start, stop in pairwise(edges)
    )


def span_of(*columns: Sequence[float | None]) -> tuple[float, float]:
    """Return the lowest and the highest of all values; (0, 0) if there are none."""
    known = [value for column in columns for value in column if value is not None]
    return (min(known), max(known)) if known else (0.0, 0.0)


def _bar(values: Sequence[float], span: tuple[float, float]) -> str:
    if not values:
        return _GAP
    lowest, highest = span
    if highest == lowest:
        return _BARS[0]
    share = (sum(values) / len(values) - lowest) / (highest - lowest)
    return _BARS[min(len(_BARS) - 1, int(share * len(_BARS)))]

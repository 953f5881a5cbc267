"""Whole numbers that are dates, but not all written in one way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from forecasting.errors import SeriesError
from forecasting.types import Positions

_EDGES = (
    1_500,  # years from here on,
    9_999,  # Excel's numbers of days,
    99_999,  # YYYYMM,
    999_999,  # YYYYMMDD,
    50_000_000,  # seconds since 1970, and YYYYMMDDHH,
    42 * 10**8,  # milliseconds, and YYYYMMDDHHMM,
    42 * 10**11,  # microseconds, and YYYYMMDDHHMMSS,
    42 * 10**14,  # nanoseconds
)
"""Between these, numbers that are dates are written in the same way."""
_PLAIN = 100_000
"""Larger numbers that are dates are hardly anything else; years and numbers of days may be."""
_FEWEST = 3
OR_STEPS = "If these are no dates but steps, count the steps from 1."


@dataclass(frozen=True, slots=True)
class _Stretch:
    """The numbers between two edges."""

    numbers: Positions
    first: int
    """The position of the first of them."""
    meaning: str | None
    """How they are written if they are dates."""

    def stands_apart(self, different: Positions) -> bool:
        """Return whether these are dates that lie farther from all other numbers than they lie
        from each other, as some of several even steps never do."""
        if self.meaning is None or self.numbers.size < _FEWEST or self.numbers[0] < _PLAIN:
            return False
        low, high = float(self.numbers[0]), float(self.numbers[-1])
        end = self.first + self.numbers.size
        below, above = different[: self.first], different[end:]
        distances = [low - float(below[-1])] if below.size else []
        distances += [float(above[0]) - high] if above.size else []
        return min(distances, default=0.0) > high - low


def refuse_mixed(different: Positions, meaning_of: Callable[[Positions], str | None]) -> None:
    """Refuse numbers (n ≥ 1,), each once and rising, some of which are dates unlike the others.

    All of them are dates, but of several ways of writing them; or some are, and stand apart from
    others which are no dates. `meaning_of` returns how numbers are written that are dates.

    Raises:
        SeriesError: They are so. The path of the error is the position of a number that is written
            unlike the first dates.
    """
    stretches = _cut(different, meaning_of)
    dated = [stretch for stretch in stretches if stretch.meaning is not None]
    if len(dated) < 2 or len(dated) < len(stretches):
        dated = [stretch for stretch in dated if stretch.stands_apart(different)]
    if not dated or len(stretches) == 1:
        return
    first = dated[0]
    other = next(stretch for stretch in [*dated[1:], *stretches] if stretch is not first)
    is_date = f"a date written as {other.meaning}"
    raise SeriesError(
        f"{other.numbers[0]} is {is_date if other.meaning else 'no such date'}, and "
        f"{first.numbers[0]} one written as {first.meaning}. Write all dates in the same way, for "
        f"example as ISO 8601: 2024-01-31. {OR_STEPS}",
        code="timestamp_invalid",
        path=(other.first,),
    )


def _cut(different: Positions, meaning_of: Callable[[Positions], str | None]) -> list[_Stretch]:
    """Return the numbers between each two edges, if there are any."""
    places = np.digitize(np.abs(different.astype(np.float64)), _EDGES)
    starts = np.flatnonzero(np.diff(places, prepend=-1))
    stretches = []
    for start, end in zip(starts.tolist(), [*starts.tolist()[1:], different.size], strict=True):
        numbers = different[start:end]
        stretches.append(_Stretch(numbers, start, meaning_of(numbers)))
    return stretches

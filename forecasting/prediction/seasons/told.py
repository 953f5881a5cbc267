"""What a network is told of the season length of a series, from which it infers what a step is."""

from __future__ import annotations

import numpy as np

from forecasting.prediction.seasons.cycles import choose_cycles
from forecasting.series.frequency import FixedStep, Frequency

_LONGEST = 96
"""Longer ones are told as this: in training, a network hardly sees them."""
_WEEK = 7
_MOST_YEARS = 40
"""Values without a season may be one for each year if there are not more of them than this."""
_MANY_MORE = 160
"""That many are certainly not."""


def told_season_length(season_length: int, frequency: Frequency | None, count: int) -> float:
    """Return the season length that a network is told for a series of `count` values.

    It is the shortest season, whether or not the series holds enough cycles for it to be taken out.
    A series without a season might be one of years, which go on as they do; or of days or hours
    without a pattern, which return to where they were. Its frequency tells that. Without one, its
    length does: the longer it is, the more it is told to be like days.
    """
    own = 1 if frequency is None else frequency.season_length
    shortest = choose_cycles(season_length if season_length > 1 else own, frequency).shortest
    if shortest > 1:
        return float(min(shortest, _LONGEST))
    if frequency is not None:
        return float(_WEEK if isinstance(frequency.rule, FixedStep) else 1)
    return float(np.interp(count, [_MOST_YEARS, _MANY_MORE], [1, _WEEK]))

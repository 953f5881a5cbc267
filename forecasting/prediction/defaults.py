"""What holds for forecasts if their caller leaves an option out, what is noted of one that is of no
use, and how quantiles and levels are named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from forecasting.networks.signature import Signature
from forecasting.notes import Note
from forecasting.prediction.effort.effort import Effort, usable_effort
from forecasting.prediction.quantiles import interval_quantiles
from forecasting.prediction.seasons.notes import note_unused_season
from forecasting.series.series import Series

USUAL_LEVEL = 80.0
"""The level in percent of the intervals of a caller who names none."""


def choose_levels(requested: Sequence[float] | None, signature: Signature) -> tuple[float, ...]:
    """Return the requested levels in percent, or else 80 if the model predicts quantiles."""
    if requested is not None:
        return tuple(requested)
    return (USUAL_LEVEL,) if signature.quantiles else ()


def choose_season_length(requested: int | None, series: Series) -> int:
    """Return the requested season length, or else the one that the frequency of a series implies.

    It is 0 if the series has no dates: then the season length is detected.
    """
    if requested is not None:
        return requested
    return 0 if series.calendar is None else series.calendar.frequency.season_length


def note_unused_seasons(
    series: list[Series],
    requested: int | None,
    signature: Signature,
    known: Sequence[int] | None = None,
) -> list[Series]:
    """Return series with a note on each for which the requested season length is of no use.

    `known` says how many values of each are known in the first forecast of its past.
    """
    if requested is None:
        return series
    counts: Sequence[int | None] = known or [None] * len(series)
    return [
        note_unused_season(item, requested, signature, count)
        for item, count in zip(series, counts, strict=True)
    ]


def note_unused_effort(
    series: list[Series], requested: Effort, signature: Signature
) -> list[Series]:
    """Return series with a note on each if the requested effort is of no use to a model."""
    if usable_effort(requested, signature) == requested:
        return series
    note = Note(
        "effort_not_used",
        "This model looks at series in one way only: the forecast is the standard one.",
        0,
    )
    return [replace(item, notes=(*item.notes, note)) for item in series]


@lru_cache(maxsize=256)
def name_quantiles(
    levels: tuple[float, ...], quantiles: tuple[float, ...], also: tuple[float, ...]
) -> tuple[dict[str, float], dict[str, tuple[float, float]], tuple[float, ...]]:
    """Return the quantiles by name, the bounds of the levels by name, and all of them, rising.

    All of them have the bounds of the levels in `also`, too.
    """
    named = {decimal_name(quantile): quantile for quantile in quantiles}
    intervals = name_intervals(levels)
    bounds = (bound for level in (*levels, *also) for bound in interval_quantiles(level))
    return named, intervals, tuple(sorted({*named.values(), *bounds}))


def name_intervals(levels: Sequence[float]) -> dict[str, tuple[float, float]]:
    """Return the quantiles that bound the interval of each level, by its name in the answer."""
    return {decimal_name(level): interval_quantiles(level) for level in levels}


def decimal_name(number: float) -> str:
    """Return a level or a quantile as the answer names it: 80, 99.5, 0.1."""
    return repr(number).removesuffix(".0")

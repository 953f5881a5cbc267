"""Forecasts that were kept, and what has become known of them since, point by point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.types import Floats, Positions


@dataclass(frozen=True, slots=True)
class KnownForecast:
    """A forecast of h steps, some of whose actual values are known."""

    name: tuple[str | None, str | None]
    """The id of the series and, if it is one of several targets, which."""
    made: int
    """When it was made, in microseconds since 1970."""
    known: int
    """When the latest of its actual values came, in microseconds since 1970."""
    times: Positions | None
    """The time of each step (h,), as a number that rises with time; None for a series without
    dates."""
    point: Floats
    """The point forecast, (h,)."""
    naive: Floats
    """Seasonal naive's forecast from the same past, (h,)."""
    scale: float
    """The denominator of MASE from that past; NaN if there is none."""
    intervals: dict[str, tuple[Floats, Floats]]
    """The lower and the upper bound of each interval, (h,) each, by its level in percent."""
    actual: Floats
    """What really happened, (h,); NaN where that is not known."""


@dataclass(frozen=True, slots=True)
class LivePoints:
    """All n steps of several forecasts whose actual values are known."""

    forecast: Positions
    """The position of its forecast among the others, (n,)."""
    series: Positions
    """The number of its series, (n,): an index into `names`."""
    names: list[tuple[str | None, str | None]]
    """The id and the target of each series. Without an id, each forecast is a series of its own."""
    times: Positions
    """(n,): its time, or that when the forecast was made if the series has no dates."""
    error: Floats
    """(n,): the forecast minus what happened, as a multiple of the scale; NaN without a scale."""
    naive_error: Floats
    """(n,): the same of seasonal naive."""
    inside: dict[str, Floats]
    """For each level (n,): 1 if the value lies in the interval, 0 if not, NaN without interval."""

    @classmethod
    def of(cls, forecasts: Sequence[KnownForecast]) -> LivePoints:
        """Return the points of all forecasts, which are in the order in which they were made."""
        numbers: dict[object, int] = {}
        names: list[tuple[str | None, str | None]] = []
        series, seen = [], []
        for position, forecast in enumerate(forecasts):
            key = position if forecast.name[0] is None else forecast.name
            if key not in numbers:
                numbers[key] = len(names)
                names.append(forecast.name)
            series.append(numbers[key])
            seen.append(np.flatnonzero(~np.isnan(forecast.actual)))
        counts = [known.size for known in seen]

        def joined(rows: Sequence[Floats | Positions]) -> np.ndarray:
            taken = [row[known] for row, known in zip(rows, seen, strict=True)]
            return np.concatenate(taken) if taken else np.empty(0)

        actual = joined([forecast.actual for forecast in forecasts])
        scale = np.repeat([forecast.scale for forecast in forecasts], counts)
        levels = sorted({level for item in forecasts for level in item.intervals}, key=float)
        inside = {}
        for level in levels:
            bounds = [item.intervals.get(level, (_nan(item), _nan(item))) for item in forecasts]
            lower, upper = (joined([pair[side] for pair in bounds]) for side in (0, 1))
            within = ((lower <= actual) & (actual <= upper)).astype(np.float64)
            inside[level] = np.where(np.isnan(lower), np.nan, within)
        return cls(
            forecast=np.repeat(np.arange(len(forecasts)), counts),
            series=np.repeat(np.array(series, dtype=np.int64), counts),
            names=names,
            times=joined([_times(forecast) for forecast in forecasts]).astype(np.int64),
            error=(joined([item.point for item in forecasts]) - actual) / scale,
            naive_error=(joined([item.naive for item in forecasts]) - actual) / scale,
            inside=inside,
        )


def _nan(forecast: KnownForecast) -> Floats:
    return np.full(forecast.point.size, np.nan)


def _times(forecast: KnownForecast) -> Positions:
    if forecast.times is not None:
        return forecast.times
    return forecast.made + np.arange(forecast.point.size, dtype=np.int64)

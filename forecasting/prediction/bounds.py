"""Bounds that forecasts respect: the caller's own, and zero for data that is never negative."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.errors import SeriesError
from forecasting.notes import Note
from forecasting.prediction.forecaster import Forecast
from forecasting.series.series import Series
from forecasting.types import Floats

_ENOUGH = 10
"""Observations, none of them negative, from which on a series is taken to be non-negative."""

_FEW = 100


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is known about the values of a series, in its own units."""

    lower: float | None = None
    upper: float | None = None
    integer: bool = False
    non_negative: bool | None = None
    """None: forecasts stay non-negative where the series has no negative value, nor a `lower`."""

    @property
    def given(self) -> tuple[float, float]:
        """The bounds that were asked for, whole numbers for integers; ±inf where there is none."""
        lower = -math.inf if self.lower is None else self.lower
        upper = math.inf if self.upper is None else self.upper
        if self.non_negative:
            lower = max(lower, 0.0)
        if self.integer:
            lower = lower if math.isinf(lower) else float(math.ceil(lower))
            upper = upper if math.isinf(upper) else float(math.floor(upper))
        return lower, upper

    def check(self) -> None:
        """Raises SeriesError, its path the bound at fault, where no value can be within."""
        lower, upper = self.given
        if lower <= upper:
            return
        kind = "no whole number" if self.integer else "nothing"
        side = "lower" if self.upper is None else "upper"
        raise SeriesError(
            f"there is {kind} between the lower bound {self.lower if self.lower is not None else 0}"
            f" and the upper bound {self.upper}.",
            code="bounds_crossed",
            path=(side,),
        )

    def check_observed(self, given: Sequence[float | None] | Floats) -> None:
        """Raises SeriesError, its path ("values", index), for a value outside; None is within."""
        values = np.asarray(given, dtype=np.float64)
        lower = -math.inf if self.lower is None else self.lower
        lower = max(lower, 0.0) if self.non_negative else lower
        upper = math.inf if self.upper is None else self.upper
        outside = (values < lower) | (values > upper)
        if outside.any():
            place = int(outside.argmax())
            side = f"below {lower:g}" if values[place] < lower else f"above {upper:g}"
            raise SeriesError(
                f"the observed value {values[place]:g} is {side}, the bound that was given. Mend "
                "the value, or the bound.",
                code="value_out_of_bounds",
                path=("values", place),
            )

    def stays_non_negative(self, values: Floats) -> bool:
        """Whether zero bounds the forecasts of these observations though nobody asked."""
        return (
            self.non_negative is None
            and self.lower is None
            and values.size >= _ENOUGH
            and float(values.min()) >= 0
        )


ANY = Bounds()
"""Nothing known: zero bounds what was never negative."""


def keep_within(
    forecast: Forecast, bounds: Sequence[Bounds], series: Sequence[Series]
) -> tuple[Forecast, dict[int, tuple[Note, ...]]]:
    """The forecasts of n series within their bounds, and notes, by place, on those that changed.

    Values outside are moved to the bound, those of integer series rounded; quantiles still rise.
    """
    if not bounds or (bounds.count(ANY) == len(bounds) and _lowest(forecast) >= 0):
        return forecast, {}
    ours = np.array(
        [own.stays_non_negative(one.values) for own, one in zip(bounds, series, strict=True)]
    )
    given = np.array([one.given for one in bounds])
    lower = np.where(ours, 0.0, given[:, 0])[:, None]
    upper = given[:, 1][:, None]
    integer = np.array([one.integer for one in bounds])[:, None]
    kept = Forecast(
        _within(forecast.point, lower, upper, integer),
        _within(forecast.quantiles, lower[..., None], upper[..., None], integer[..., None]),
    )
    low, high = _steps_outside(forecast, lower, upper)
    notes = {}
    for place in np.flatnonzero((low | high).any(axis=1)).tolist():
        notes[place] = tuple(_notes(low[place], high[place], ours=bool(ours[place])))
    return kept, notes


def _lowest(forecast: Forecast) -> float:
    """The least of all values; where they are few, Python finds it sooner than NumPy."""
    point, quantiles = forecast.point, forecast.quantiles
    if point.size + quantiles.size < _FEW:
        return float(min(point.ravel().tolist() + quantiles.ravel().tolist()))
    return float(min(point.min(), quantiles.min(initial=math.inf)))


def _within(values: Floats, lower: Floats, upper: Floats, integer: np.ndarray) -> Floats:
    # Adding zero makes the minus zero that rounding leaves a plain one.
    rounded = np.where(integer, np.rint(values), values) + 0.0
    return np.clip(rounded, lower, upper)


def _steps_outside(
    forecast: Forecast, lower: Floats, upper: Floats
) -> tuple[np.ndarray, np.ndarray]:
    """Which steps of each series have a value below and above the bounds, (n, horizon) each."""
    low = forecast.point < lower
    high = forecast.point > upper
    if forecast.quantiles.size:
        low |= forecast.quantiles[..., 0] < lower
        high |= forecast.quantiles[..., -1] > upper
    return low, high


def _notes(low: np.ndarray, high: np.ndarray, *, ours: bool) -> list[Note]:
    """On one series, of which steps (horizon,) were moved up and down."""
    notes = []
    moved = high if ours else low | high
    if ours and low.any():
        message = (
            "No value of the series is negative, so forecasts below 0 were raised to it; "
            'send "non_negative": false where they can be. The count is of steps.'
        )
        notes.append(Note("kept_non_negative", message, int(low.sum())))
    if moved.any():
        message = "Forecasts outside the bounds were moved to them. The count is of steps."
        notes.append(Note("kept_within_bounds", message, int(moved.sum())))
    return notes

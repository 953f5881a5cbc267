"""Bounds that forecasts respect: those of the caller, and zero for data that is never negative."""

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

_ENOUGH_TO_TELL = 10
"""A series of at least this many observations is non-negative if none of them is negative."""
_FEW_VALUES = 100


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is known about the values of a series, in its own units."""

    lower: float | None = None
    upper: float | None = None
    integer: bool = False
    non_negative: bool | None = None
    """Whether forecasts stay at 0 or above. None means: if the series has no negative value and no
    `lower` is given."""

    @property
    def given(self) -> tuple[float, float]:
        """The bounds that the caller gave; ±inf if there is none, whole numbers for integers."""
        lower, upper = self._observed_range()
        if self.integer:
            lower = lower if math.isinf(lower) else float(math.ceil(lower))
            upper = upper if math.isinf(upper) else float(math.floor(upper))
        return lower, upper

    def check(self) -> None:
        """Raise SeriesError, its path the bound at fault, if no value can be within the bounds."""
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
        """Raise SeriesError, its path ("values", index), if an observed value is out of bounds.

        A missing value, None or NaN, is within all bounds.
        """
        values = np.asarray(given, dtype=np.float64)
        lower, upper = self._observed_range()
        outside = (values < lower) | (values > upper)
        if outside.any():
            index = int(outside.argmax())
            side = f"below {lower:g}" if values[index] < lower else f"above {upper:g}"
            raise SeriesError(
                f"the observed value {values[index]:g} is {side}, the bound that was given. Mend "
                "the value, or the bound.",
                code="value_out_of_bounds",
                path=("values", index),
            )

    def stays_non_negative(self, values: Floats) -> bool:
        """Return whether zero bounds the forecasts of observations (t,) though nobody asked."""
        return (
            self.non_negative is None
            and self.lower is None
            and values.size >= _ENOUGH_TO_TELL
            and float(values.min()) >= 0
        )

    def _observed_range(self) -> tuple[float, float]:
        lower = -math.inf if self.lower is None else self.lower
        upper = math.inf if self.upper is None else self.upper
        return max(lower, 0.0) if self.non_negative else lower, upper


ANY = Bounds()
"""Nothing is known about the values: zero bounds the forecasts of what was never negative."""


def keep_within(
    forecast: Forecast, bounds: Sequence[Bounds], series: Sequence[Series]
) -> tuple[Forecast, dict[int, tuple[Note, ...]]]:
    """Keep the forecasts of n series within their bounds.

    Values outside are moved to the bound, and those of integer series are rounded; quantiles still
    rise. Returns the forecasts and, by position, the notes on those that changed.
    """
    if not bounds or (bounds.count(ANY) == len(bounds) and _lowest(forecast) >= 0):
        return forecast, {}
    by_default = np.array(
        [own.stays_non_negative(item.values) for own, item in zip(bounds, series, strict=True)]
    )
    given = np.array([own.given for own in bounds])
    lower = np.where(by_default, 0.0, given[:, 0])[:, None]
    upper = given[:, 1][:, None]
    integer = np.array([own.integer for own in bounds])[:, None]
    kept = Forecast(
        _clip(forecast.point, lower, upper, integer),
        _clip(forecast.quantiles, lower[..., None], upper[..., None], integer[..., None]),
    )
    low, high = _steps_outside(forecast, lower, upper)
    notes = {}
    for position in np.flatnonzero((low | high).any(axis=1)).tolist():
        notes[position] = _notes(
            low[position], high[position], by_default=bool(by_default[position])
        )
    return kept, notes


def _lowest(forecast: Forecast) -> float:
    """Return the least of all values. If they are few, Python finds it sooner than NumPy."""
    point, quantiles = forecast.point, forecast.quantiles
    if point.size + quantiles.size < _FEW_VALUES:
        return float(min(point.ravel().tolist() + quantiles.ravel().tolist()))
    return float(min(point.min(), quantiles.min(initial=math.inf)))


def _clip(values: Floats, lower: Floats, upper: Floats, integer: np.ndarray) -> Floats:
    # Adding zero turns the minus zero that rounding leaves into a plain zero.
    rounded = np.where(integer, np.rint(values), values) + 0.0
    return np.clip(rounded, lower, upper)


def _steps_outside(
    forecast: Forecast, lower: Floats, upper: Floats
) -> tuple[np.ndarray, np.ndarray]:
    """Return which steps of each series have a value below and above the bounds, (n, horizon)."""
    low = forecast.point < lower
    high = forecast.point > upper
    if forecast.quantiles.size:
        low |= forecast.quantiles[..., 0] < lower
        high |= forecast.quantiles[..., -1] > upper
    return low, high


def _notes(low: np.ndarray, high: np.ndarray, *, by_default: bool) -> tuple[Note, ...]:
    """Return the notes on one series whose steps `low` and `high` (horizon,) were moved.

    `by_default` says that zero is its lower bound though nobody asked.
    """
    notes = []
    moved = high if by_default else low | high
    if by_default and low.any():
        message = (
            "No value of the series is negative, so forecasts below 0 were raised to it; "
            "send non_negative as false where they can be. The count is of steps."
        )
        notes.append(Note("kept_non_negative", message, int(low.sum())))
    if moved.any():
        message = "Forecasts outside the bounds were moved to them. The count is of steps."
        notes.append(Note("kept_within_bounds", message, int(moved.sum())))
    return tuple(notes)

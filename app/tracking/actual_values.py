"""What really happened, and the steps of kept forecasts that it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from app.tracking.tracked import TimeUnit, TrackedForecast
from forecasting.errors import Path, SeriesError
from forecasting.notes import Note
from forecasting.series.time_zones import parse_zone
from forecasting.series.timestamps import Times
from forecasting.types import Floats, Positions

OLDEST = -(2**63)
_MOST_OFFSET = 2 * 86_400 * 1_000_000
"""No two clocks on the wall are so many microseconds apart."""


@dataclass(frozen=True, slots=True)
class ActualValues:
    """Values of one series, or of what one forecast was about."""

    values: Floats
    """(n,): NaN where a value is not known."""
    times: Times | Positions | None
    """The time of each value, or a whole number in its place; None if the first value belongs to
    the first step of the forecast, and so on."""
    series: str | None = None
    target: str | None = None
    forecast_id: str | None = None
    locate: Callable[[Path], Path] = tuple
    """Returns where in the request a path such as ("timestamps", 3) lies."""

    @property
    def where(self) -> tuple[str, ...]:
        """A condition in SQL for the forecasts that they may belong to, and its values."""
        if self.forecast_id is not None:
            return "id = ?", self.forecast_id
        if self.target is None:
            return "series = ? AND target IS NULL", self.series or ""
        return "series = ? AND target = ?", self.series or "", self.target

    @property
    def earliest(self) -> int:
        """A number that the last time of no forecast is below that they belong to."""
        if self.times is None or not self.values.size:
            return OLDEST
        if isinstance(self.times, Times):
            return int(_microseconds(self.times.stamps).min()) - _MOST_OFFSET
        return int(self.times.min())

    def times_as(self, forecast: TrackedForecast) -> Positions | None:
        """Return the times of the values (n,) in the unit of a forecast; None if they have none.

        Times without an offset are local times of the zone of the forecast, unless they have a zone
        of their own. Raises SeriesError, its path in the request, for a time of which the zone
        knows none, or two.
        """
        by_number = forecast.unit in {TimeUnit.NONE, TimeUnit.STEPS}
        if self.times is None:
            return None
        if not isinstance(self.times, Times):
            return self.times if by_number else None
        if by_number:
            return None
        times = self.times
        if forecast.unit is TimeUnit.WALL:
            return _microseconds(times.stamps) if times.wall else None
        if times.zone is None and forecast.zone is not None:
            times = times.in_zone(parse_zone(forecast.zone))
        try:
            return _microseconds(times.to_stamps(elapsed=True))
        except SeriesError as error:
            raise error.at(*self.locate(("timestamps", *error.path))) from error


@dataclass(slots=True)
class Matched:
    """What of some actual values belongs to forecasts that are kept."""

    given: ActualValues
    tracked: bool
    """Whether there is a forecast of that id, or of the series of that id."""
    forecasts: set[str] = field(default_factory=set)
    """The ids of the forecasts that some of the values belong to."""
    replaced: int = 0
    """Values that another one was known in place of, counted over all forecasts."""
    belongs: set[int] = field(default_factory=set)
    """The positions of the values that belong to at least one forecast."""

    @property
    def known(self) -> Positions:
        """The positions of the values that are known."""
        return np.flatnonzero(~np.isnan(self.given.values))

    def add(self, forecast: TrackedForecast) -> Floats | None:
        """Return the actual values of a forecast with those given; None if they stay the same."""
        known = self.known
        steps = self._steps(forecast)[known]
        found = steps >= 0
        if not found.any():
            return None
        values, steps = self.given.values[known[found]], steps[found]
        actual = forecast.actual.copy()
        different = actual[steps] != values
        self.replaced += int((~np.isnan(actual[steps]) & different).sum())
        actual[steps] = values
        self.belongs.update(known[found].tolist())
        self.forecasts.add(forecast.id)
        return actual if different.any() else None

    def note(self) -> Note | None:
        """Say which values belong to nothing; None if there are none."""
        left = [position for position in self.known.tolist() if position not in self.belongs]
        if not left:
            return None
        if not self.tracked and self.given.forecast_id is not None:
            message = "There is no forecast of this id that is kept, or that you may see."
            return Note("forecast_not_tracked", message, len(left))
        if not self.tracked:
            message = "No forecast of a series of this id is kept, or none that you may see."
            return Note("series_not_tracked", message, len(left))
        message = (
            f"The forecasts that are kept have no step at {self._name(left[0])}, the first of "
            "these values."
        )
        return Note("time_not_forecast", message, len(left))

    def _steps(self, forecast: TrackedForecast) -> Positions:
        """Return the step of a forecast, from 0, that each value (n,) belongs to; -1 for none."""
        count, horizon = self.given.values.size, forecast.times.size
        steps = np.arange(count)
        if self.given.times is None:
            return np.where(steps < horizon, steps, -1)
        times = self.given.times_as(forecast)
        if times is None:
            return np.full(count, -1)
        places = np.searchsorted(forecast.times, times).clip(max=horizon - 1)
        return np.where(forecast.times[places] == times, places, -1)

    def _name(self, position: int) -> str:
        times = self.given.times
        if isinstance(times, Times):
            return times.isoformat(position)
        return str(position + 1 if times is None else int(times[position]))


def _microseconds(stamps: np.ndarray) -> Positions:
    return stamps.astype("datetime64[us]").astype(np.int64)

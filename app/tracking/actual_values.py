"""What really happened, and the steps of kept forecasts that it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from app.tracking.tracked import TimeUnit, TrackedForecast
from forecasting.errors import Path, SeriesError
from forecasting.notes import Note
from forecasting.series.time_range import TimeRange
from forecasting.series.time_zones import parse_zone, wall_to_zoned, zoned_to_utc
from forecasting.series.timestamps import Times
from forecasting.types import Floats, Positions, Stamps

OLDEST = -(2**63)
_MOST_OFFSET = 2 * 86_400 * 1_000_000
"""No two clocks on the wall are so many microseconds apart."""


@dataclass(frozen=True, slots=True)
class ActualValues:
    """Values of one series, or of what one forecast was about."""

    values: Floats
    """(n,): NaN where a value is not known."""
    times: Times | TimeRange | Positions | None
    """The time of each value (n,), or a whole number in its place; None if the first value belongs
    to the first step of the forecast, and so on."""
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
        times = self.times.first() if isinstance(self.times, TimeRange) else self.times
        if isinstance(times, Times):
            return int(_microseconds(times.stamps).min()) - _MOST_OFFSET
        return int(times.min())

    def in_zone_of(self, forecast: TrackedForecast) -> Times | Positions | None:
        """Return the times of the values (n,) in the zone of a forecast, if it has one and they
        have none of their own. Raises SeriesError, its path in the request, for a start that is not
        clear there."""
        zone = None if forecast.zone is None else parse_zone(forecast.zone)
        if isinstance(self.times, TimeRange):
            try:
                return self.times.in_zone(zone)
            except SeriesError as error:
                raise error.at(*self.locate(error.path)) from error
        if isinstance(self.times, Times) and self.times.zone is None:
            return self.times.in_zone(zone)
        return self.times

    def misfit(self, forecast: TrackedForecast) -> str | None:
        """Say why no time can be one of the forecast; None if it can."""
        times = self.times.first() if isinstance(self.times, TimeRange) else self.times
        if not isinstance(times, Times):
            by_number = times is not None and forecast.dated
            return "have dates. Give these values dates in place of steps" if by_number else None
        if forecast.unit is TimeUnit.STEPS:
            return "have whole numbers in place of dates. Give these values steps"
        if forecast.unit is TimeUnit.NONE:
            return "have no dates. Give these values steps, 1 for the first"
        if forecast.unit is TimeUnit.WALL and not times.wall:
            return "have no time zone. Give these values local times, without an offset"
        return None

    def times_as(self, forecast: TrackedForecast) -> Positions | None:
        """Return the times of the values (n,) in the unit of a forecast; None if they have none.

        Times without an offset are local times of the zone of the forecast, unless they have a zone
        of their own. Where the steps are days or longer, one that the clocks skip or show twice is
        the moment at which such a step begins. Raises SeriesError, its path in the request, for a
        time of which the zone otherwise knows none, or two, and for one that comes again.
        """
        if self.misfit(forecast) is not None:
            return None
        times = self.in_zone_of(forecast)
        if not isinstance(times, Times):
            return times
        try:
            stamps = _stamps_as(times, forecast)
            check_different(stamps)
        except SeriesError as error:
            raise error.at(*self.locate(("timestamps", *error.path))) from error
        return _microseconds(stamps)


def _stamps_as(times: Times, forecast: TrackedForecast) -> Stamps:
    """Return times (n,) as `times_as` does. Raises SeriesError, its path a position."""
    in_utc = forecast.unit is TimeUnit.UTC
    if in_utc and times.wall and times.zone is not None and forecast.has_steps_of_days:
        return zoned_to_utc(wall_to_zoned(times.stamps, times.zone))
    return times.to_stamps(elapsed=in_utc)


@dataclass(slots=True)
class Matched:
    """What of some actual values belongs to forecasts that are kept."""

    given: ActualValues
    example: TrackedForecast | None
    """A forecast of that id, or of the series of that id; None if there is none."""
    targets: tuple[str | None, ...] = ()
    """The targets of the forecasts of the series, if none is of the one that was given."""
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
        if self.example is None:
            return self._note_untracked(len(left))
        why = self.given.misfit(self.example) or (
            f"have no step at {self._name(left[0], self.example)}, the first of these values"
        )
        return Note("time_not_forecast", f"The forecasts that are kept {why}.", len(left))

    def _note_untracked(self, count: int) -> Note:
        if self.given.forecast_id is not None:
            message = "There is no forecast of this id that is kept, or that you may see."
            return Note("forecast_not_tracked", message, count)
        message = "No forecast of a series of this id is kept, or none that you may see."
        if self.targets:
            names = ", ".join("none" if name is None else repr(name) for name in self.targets)
            asked = self.given.target
            which = "`target` is missing" if asked is None else f"none has the target {asked!r}"
            message = f"Forecasts of this series are kept, but {which}. Their targets: {names}."
        return Note("series_not_tracked", message, count)

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

    def _name(self, position: int, forecast: TrackedForecast) -> str:
        times = self.given.in_zone_of(forecast)
        if isinstance(times, Times):
            return times.isoformat(position)
        return str(position + 1 if times is None else int(times[position]))


def check_different(stamps: Stamps | Positions) -> None:
    """Raise SeriesError, its path a position, if one of the times (n,) comes again."""
    order = np.argsort(stamps, kind="stable")
    repeated = np.flatnonzero(stamps[order][1:] == stamps[order][:-1])
    if repeated.size:
        raise SeriesError(
            "A time comes again, so that it is not clear which value is meant. Give each once.",
            code="timestamps_repeated",
            path=(int(order[repeated[0] + 1]),),
        )


def _microseconds(stamps: Stamps) -> Positions:
    return stamps.astype("datetime64[us]").astype(np.int64)

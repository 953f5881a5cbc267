"""Timestamps that lie slightly off regular steps, and the steps that they are meant to lie at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timezone

import numpy as np
import numpy.typing as npt

from forecasting.errors import SeriesError
from forecasting.series.frequency import DAY, FixedStep, Frequency, MonthDay, parse_frequency
from forecasting.series.frequency_inference import FEWEST, alias_of, commonest, months_between
from forecasting.series.opening import OpenSteps
from forecasting.series.repair import Repair
from forecasting.series.timestamps import Times
from forecasting.types import Positions, Stamps

_FARTHEST = 0.25
"""How far from a step a timestamp may lie, in steps. The next nearest step is then at least three
times as far, so that there is no doubt about which one is meant."""
_USUAL = 0.1
"""How far half of the timestamps may lie from their steps. Events that come at any time, rather
than regular ones that are late, lie farther."""
_MONTHS_APART = (1, 3, 6, 12)
_MOST_STEPS = 1_000_000
_SECOND = 1_000_000
_HOUR = 3_600 * _SECOND
_CLOCK_MONTHS = (3, 4, 9, 10, 11)
"""The months in which clocks are changed for summer or for winter."""
_SHORTEST_SEASON = np.timedelta64(80 * DAY, "us")
_SHORTEST_MONTH = 27 * DAY
_UNITS = [
    seconds * _SECOND
    for seconds in (86_400, 43_200, 3_600, 1_800, 900, 600, 300, 60, 30, 15, 10, 5, 1)
]
"""What the time of day of a step is rounded to, the largest first."""
_STEPS = sorted(
    [seconds * scale * _SECOND for seconds in (1, 2, 5, 10, 15, 20, 30) for scale in (1, 60)]
    + [hours * _HOUR for hours in (1, 2, 3, 4, 6, 8, 12)]
    + [days * DAY for days in (1, 7, 14)]
)
"""The steps that jitter may hide. Longer ones are months, whose lengths differ."""


@dataclass(frozen=True, slots=True)
class Snapped:
    """Stamps moved to the nearest of regular steps."""

    stamps: Stamps
    """Shape (n,), rising, or level where two stamps have the same nearest step."""
    moved: npt.NDArray[np.bool_]
    """Shape (n,): which stamps did not lie at a step."""
    elapsed: bool
    """Whether the stamps are elapsed time. Otherwise they are on the wall clock."""
    frequency: Frequency | None
    """The frequency of the steps, if it was known or follows the wall clock."""
    distance: float = 0.0
    """The mean distance of the stamps as given from their steps, in steps."""

    @property
    def crowded(self) -> int | None:
        """The position of the first stamp whose step is taken by the one before it, or None."""
        same = self.stamps[1:] <= self.stamps[:-1]
        return int(same.argmax()) + 1 if same.any() else None

    def isoformat(self, position: int, given: Times) -> str:
        """Return the stamp at `position` in ISO 8601, in the zone of the times as given."""
        return replace(given, stamps=self.stamps, wall=not self.elapsed).isoformat(position)


def snap(times: Times, known: Frequency | None, *, on_wall_clock: bool) -> Snapped | None:
    """Move rising times (n,) to the nearest step, or return None if they show no regular steps.

    `known` is the frequency, if it is known. With `on_wall_clock` any steps are those of the wall
    clock; otherwise only days are, and hours if that fits better. Times whose offsets change
    although no zone is known show no regular steps: the clocks may have changed.

    Raises:
        SeriesError: The wall clock does not determine a moment, as for `Times.to_stamps`.
    """
    if times.stamps.size < FEWEST or not times.zone_known:
        return None
    wall = times.to_stamps(elapsed=False)
    known_step = None if known is None else _step_of(known)
    if known is not None and known_step is None:
        return _snap_to_dates(wall, known)
    steps = _likely_steps(wall) if known_step is None else [known_step]
    found = (_snap_with(times, wall, step, known, on_wall_clock=on_wall_clock) for step in steps)
    return next(filter(None, found), None)


def _snap_with(
    times: Times, wall: Stamps, step: int, known: Frequency | None, *, on_wall_clock: bool
) -> Snapped | None:
    """Move times to steps of one length, as `snap` does; `wall` is what the clock showed."""
    if on_wall_clock or step >= DAY or (known is not None and not known.rule.elapsed):
        return _snap_to_step(wall, step, known, elapsed=False)
    found = [_snap_to_step(times.to_stamps(elapsed=True), step, known, elapsed=True)]
    if times.zone is not None and step > _HOUR and DAY % step == 0:
        frequency = (known or parse_frequency(alias_of(step))).on_wall_clock()
        found.append(_snap_to_step(wall, step, frequency, elapsed=False))
    return min(filter(None, found), key=lambda snapped: snapped.distance, default=None)


def clocks_shift(times: Times) -> bool:
    """Return whether rising times (n,) are one time of day of a zone that is not named.

    They are whole days apart, but for an hour that comes and goes when a season of summer time
    does: written in UTC, the midnights of Berlin are at 22:00 in summer and at 23:00 in winter.
    """
    if times.zone is not None and not isinstance(times.zone, timezone):
        return False
    stamps = times.to_stamps(elapsed=False)
    times_of_day = (stamps - stamps.astype("datetime64[D]")).astype(np.int64)
    two = np.unique(times_of_day)
    if two.size != 2 or two[1] - two[0] not in (_HOUR, DAY - _HOUR):
        return False
    changes = np.flatnonzero(np.diff(times_of_day))
    apart = np.diff(stamps).astype(np.int64)
    if apart.min() < DAY - _HOUR or (np.diff(stamps[changes]) < _SHORTEST_SEASON).any():
        return False
    months = stamps[changes + 1].astype("datetime64[M]").astype(np.int64) % 12 + 1
    return bool((np.isin(months, _CLOCK_MONTHS) | (apart[changes] >= _SHORTEST_MONTH)).all())


def clocks_error(times: Times) -> SeriesError:
    """Return the error for times that are one time of day of a zone that is not named."""
    stamps = times.to_stamps(elapsed=False)
    times_of_day = (stamps - stamps.astype("datetime64[D]")).astype(np.int64)
    position = int(np.flatnonzero(np.diff(times_of_day))[0]) + 1
    cure = "Write them with their offset from UTC, such as Z, and name" if times.wall else "Name"
    return SeriesError(
        f"The timestamps move by an hour, from {times.isoformat(position - 1)} to "
        f"{times.isoformat(position)}, as local midnights do in UTC when the clocks change. {cure} "
        "the timezone of the series, such as Europe/Berlin, or write its local dates.",
        code="timestamps_irregular",
        path=(position,),
    )


def stray_error(
    snapped: Snapped | None, position: int, times: Times, repair: Repair
) -> SeriesError:
    """Return the error that names a timestamp off regular steps, and its neighbours.

    If the timestamps could be moved to the nearest step, it offers that.
    """
    cure = "Correct it or leave it out, or name another frequency."
    if snapped is not None:
        count = int(snapped.moved.sum())
        them = "it" if count == 1 else f"it and {count - 1} more"
        cure = (
            f"Correct it, or send {repair.with_changes(jitter='snap')} to move {them} to the "
            f"nearest step, in this case {snapped.isoformat(position, times)}."
        )
    neighbours = []
    if position:
        neighbours.append(f"after {times.isoformat(position - 1)}")
    if position + 1 < times.stamps.size:
        neighbours.append(f"before {times.isoformat(position + 1)}")
    return SeriesError(
        f"The timestamp {times.isoformat(position)}, {' and '.join(neighbours)}, lies off the "
        f"regular steps that the others show. {cure}",
        code="timestamps_irregular",
        path=(position,),
    )


def monthly_error(times: Times, repair: Repair) -> SeriesError | None:
    """Return the error for times of which each month, or every so many months, has one.

    None if these are other times, or all but one of them lie on the same day of the month.
    """
    wall = times.to_stamps(elapsed=False)
    months = months_between(wall)
    days = wall.astype("datetime64[D]") - wall.astype("datetime64[M]")
    usual = np.unique(days, return_counts=True)[1].max()
    if months not in _MONTHS_APART or wall.size - usual < 2:
        return None
    name = "MS" if months == 1 else f"{months}MS"
    every = "each month" if months == 1 else f"every {months} months"
    return SeriesError(
        f"The timestamps, such as {times.isoformat(0)} and {times.isoformat(1)}, come once "
        f"{every}, on different days. Write the months alone, for example 2024-01, or send the "
        f"frequency {name} and {repair.with_changes(jitter='snap')} to move them to the first "
        "days of their months.",
        code="timestamps_irregular",
        path=(1,),
    )


def crowded_error(snapped: Snapped, position: int, times: Times) -> SeriesError:
    """Return the error for two timestamps that would be moved to the same step."""
    return SeriesError(
        f"The timestamps {times.isoformat(position - 1)} and {times.isoformat(position)} have the "
        f"same nearest step, {snapped.isoformat(position, times)}. Leave one of them out.",
        code="timestamps_irregular",
        path=(position,),
    )


def _step_of(frequency: Frequency) -> int | None:
    """Return the step of a frequency in microseconds if its steps may begin at any time."""
    rule = frequency.rule
    if isinstance(rule, OpenSteps) or (isinstance(rule, FixedStep) and rule.weekday is None):
        return rule.step
    return None


def _likely_steps(stamps: Stamps) -> list[int]:
    """Return what the step of stamps (n,) may be, in microseconds, the likeliest first.

    That is a usual step within a tenth of the median difference, or else the commonest difference.
    """
    given: Positions = stamps.astype(np.int64)
    differences = given[1:] - given[:-1]
    middle = float(np.median(differences))
    nearest = min(_STEPS, key=lambda usual: abs(usual - middle))
    likely = [nearest] if abs(nearest - middle) <= _USUAL * nearest else []
    exact = commonest(differences)
    return likely if exact is None or not 0 < exact <= _STEPS[-1] else [*likely, exact]


def _snap_to_step(
    stamps: Stamps, step: int, frequency: Frequency | None, *, elapsed: bool
) -> Snapped | None:
    """Move stamps (n,) to whole steps from their usual place within a step."""
    given = stamps.astype(np.int64)
    phase = _phase(given, step)
    positions = (given - phase + step // 2) // step
    snapped = positions * step + phase
    distances = np.abs(given - snapped) / step
    if distances.max() > _FARTHEST or np.median(distances) > _USUAL:
        return None
    moved = snapped.astype("datetime64[us]")
    return Snapped(moved, snapped != given, elapsed, frequency, float(distances.mean()))


def _phase(given: Positions, step: int) -> int:
    """Return where within a step, in microseconds, most of the times (n,) lie.

    If no place holds more than half of them, it is the median on a circle that is one step around,
    rounded to a round time of day by no more than the times differ from it.
    """
    offsets = given % step
    places, counts = np.unique(offsets, return_counts=True)
    if 2 * counts.max() > given.size:
        return int(places[counts.argmax()])
    angles = np.exp(2j * np.pi * offsets / step)
    middle = float(np.angle(angles.mean())) / (2 * np.pi) * step
    deviations = (offsets - middle + step / 2) % step - step / 2
    middle += float(np.median(deviations))
    deviations = (offsets - middle + step / 2) % step - step / 2
    spread = float(np.abs(deviations).max())
    for unit in [step, *_UNITS]:
        rounded = round(middle / unit) * unit
        if abs(rounded - middle) <= spread:
            return rounded % step
    return round(middle) % step


def _snap_to_dates(wall: Stamps, frequency: Frequency) -> Snapped | None:
    """Move stamps (n,) to the nearest date of a frequency such as months or weeks from Monday on.

    Most of them must lie on such a date already: otherwise another frequency is meant. If fewer
    do, but each month has one, they are moved to the first or last days of theirs.
    """
    rule = frequency.rule
    if isinstance(rule, MonthDay) and rule.day in (1, 31) and rule.months == months_between(wall):
        months = wall.astype("datetime64[M]")
        dates = (months + int(rule.day == 31)).astype("datetime64[D]") - int(rule.day == 31)
        moved = dates != wall
        if rule.contains(dates).all() and 2 * moved.sum() > moved.size:
            return Snapped(
                dates.astype("datetime64[us]"), moved, elapsed=False, frequency=frequency
            )
    days = wall.astype("datetime64[D]")
    time_of_day = np.sort(wall - days)[wall.size // 2]
    start = frequency.first_at_or_after(days[0] + time_of_day - np.timedelta64(200 * DAY, "us"))
    limit = min(_MOST_STEPS, 20 * wall.size + 400)
    count = frequency.rule.count_steps(start, wall[-1], limit)
    if count > limit:
        return None
    dates = frequency.stamps(start, 0, count + 2)
    after = np.clip(np.searchsorted(dates, wall), 1, dates.size - 1)
    gap = (dates[after] - dates[after - 1]).astype(np.int64)
    share = (wall - dates[after - 1]).astype(np.int64) / gap
    snapped = np.where(share > 0.5, dates[after], dates[after - 1])
    moved = snapped != wall
    distances = np.minimum(np.abs(share), np.abs(1 - share))
    if 2 * moved.sum() > moved.size or distances.max() > _FARTHEST:
        return None
    return Snapped(snapped, moved, elapsed=False, frequency=frequency)

"""The frequency that timestamps show, also where some are missing."""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt

from forecasting.errors import SeriesError
from forecasting.series.frequency import (
    DAY,
    MONTH_NAMES,
    WEEKDAY_NAMES,
    Frequency,
    Months,
    Spaced,
    parse_frequency,
)
from forecasting.series.timestamps import Times
from forecasting.types import Stamps

Steps = npt.NDArray[np.int64]
_FEWEST = 3
_HOUR = 3_600_000_000
_UNITS = {"h": _HOUR, "min": 60_000_000, "s": 1_000_000, "ms": 1_000, "us": 1}


def infer_frequency(stamps: Stamps, *, elapsed: bool) -> Frequency:
    """The frequency of rising stamps: elapsed time, or days and longer steps of the wall clock.

    More than half of the steps must be of one period, and all of whole periods. Raises
    SeriesError, its path the index of the first stamp off the commonest period, if there is one.
    """
    if stamps.size < _FEWEST:
        raise _irregular()
    if elapsed:
        return parse_frequency(_elapsed(stamps))
    alias = _months(stamps) or _days(stamps) or _pandas(stamps)
    if alias is None:
        steps = _differences(stamps, "D")
        raise _irregular(steps, _commonest(steps))
    return parse_frequency(alias)


def infer_wall_clock_frequency(times: Times, named: Frequency | None) -> Frequency | None:
    """The frequency of times (n,) that are evenly spaced on the clock of their zone, at parts of a
    day longer than an hour, and not in elapsed time: the clocks change among them.

    `named` is the frequency that they are said to have, if any. None for all other times.
    """
    if times.zone is None or not times.zone_known or times.stamps.size < 2:
        return None
    if named is not None and not named.rule.elapsed:
        return None
    wall = times.line(elapsed=False).astype(np.int64)
    step = _step(wall, named)
    if not (step and _HOUR < step < DAY and DAY % step == 0) or _apart(wall, step):
        return None
    try:
        elapsed = times.line(elapsed=True).astype(np.int64)
    except SeriesError:  # an hour that comes twice, or that is skipped: no matter on the wall
        pass
    else:
        if not _apart(elapsed, step):
            return None
    return (named or parse_frequency(_alias_of(step))).on_wall_clock()


def _elapsed(stamps: Stamps) -> str:
    steps = _differences(stamps, "us")
    period = _period(steps)
    if period is None:
        raise _irregular(steps, _commonest(steps))
    return _alias_of(period)


def _alias_of(period: int) -> str:
    """The alias of so many microseconds, in the largest unit that they are whole multiples of."""
    unit = next(unit for unit, length in _UNITS.items() if period % length == 0)
    return f"{period // _UNITS[unit]}{unit}"


def _months(stamps: Stamps) -> str | None:
    """MS, ME, BMS, BME, months on a fixed day, and the quarters and years of each."""
    months = stamps.astype("datetime64[M]")
    steps = _differences(months, "M")
    period = _period(steps) if steps.min() > 0 else None
    if period is None:
        return None
    dates = stamps.astype("datetime64[D]")
    days = (dates - months.astype("datetime64[D]")).astype(np.int64) + 1
    for base, day in (("MS", 1), ("ME", 31), (f"MS-{days.max()}", int(days.max()))):
        if Months(1, day).holds(stamps).all():
            return _multiple(period, base, months[0])
    first, after = months.astype("datetime64[D]"), (months + 1).astype("datetime64[D]")
    if (np.busday_offset(first, 0, roll="forward") == dates).all():
        return _multiple(period, "BMS", months[0])
    if (np.busday_offset(after, -1, roll="forward") == dates).all():
        return _multiple(period, "BME", months[0])
    return None


def _multiple(period: int, base: str, first: np.datetime64) -> str:
    """Every 3 months is a quarter, every 12 a year; they are named for the month they begin or
    end in."""
    if "-" in base or (period != 3 and period % 12):
        return base if period == 1 else f"{period}{base}"
    month = int(first.astype(np.int64)) % 12
    letter, every = ("Q", 1) if period == 3 else ("Y", period // 12)
    if letter == "Q":
        month = month % 3 if base.endswith("S") else 9 + month % 3
    alias = f"{base.replace('M', letter)}-{MONTH_NAMES[month]}"
    return alias if every == 1 else f"{every}{alias}"


def _days(stamps: Stamps) -> str | None:
    """B, D and W, and multiples of days and weeks."""
    steps = _differences(stamps, "D")
    period = _period(steps)
    if period is None:
        return None
    weekdays = (stamps.astype("datetime64[D]").astype(np.int64) + 3) % 7
    if period == 1 and weekdays.max() < 5 and (steps + weekdays[:-1] > 4).any():
        return "B"
    if period % 7 == 0:
        every = "" if period == 7 else str(period // 7)
        return f"{every}W-{WEEKDAY_NAMES[int(weekdays[0])]}"
    return "D" if period == 1 else f"{period}D"


def _pandas(stamps: Stamps) -> str | None:
    """What only pandas knows: the third Friday of the month."""
    import pandas as pd

    with pd.option_context("future.infer_freq_returns_offset", True):
        offset = cast("pd.offsets.BaseOffset | None", pd.infer_freq(pd.DatetimeIndex(stamps)))
    return None if offset is None else str(offset.freqstr)


def _step(wall: np.ndarray, named: Frequency | None) -> int | None:
    """Microseconds; what most of the times are apart where no frequency is named."""
    if named is None:
        return int(np.median(np.abs(np.diff(wall))))
    return named.rule.step if isinstance(named.rule, Spaced) else None


def _apart(stamps: np.ndarray, step: int) -> bool:
    """Whether they are not all whole steps from one another."""
    return bool((stamps % step != stamps[0] % step).any())


def _differences(stamps: Stamps, unit: str) -> Steps:
    counts: Steps = stamps.astype(f"datetime64[{unit}]").astype(np.int64)
    return counts[1:] - counts[:-1]


def _commonest(steps: Steps) -> int | None:
    """The step that more than half of them are."""
    middle = int(np.sort(steps)[steps.size // 2])
    return middle if 2 * int((steps == middle).sum()) > steps.size else None


def _period(steps: Steps) -> int | None:
    period = _commonest(steps)
    return period if period is not None and not (steps % period).any() else None


def _irregular(steps: Steps | None = None, period: int | None = None) -> SeriesError:
    place: tuple[int, ...] = ()
    if steps is not None and period is not None:
        place = (int((steps % period != 0).argmax()) + 1,)
    return SeriesError(
        "no regular frequency can be read from the timestamps. Give at least three, more than half "
        'of them one period apart, or name the "frequency"; use null for a missing value.',
        code="timestamps_irregular",
        path=place,
    )

"""The frequency that timestamps show, even if some of them are missing."""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt

from forecasting.errors import SeriesError, TooFewTimestampsError
from forecasting.series.frequency import (
    DAY,
    MONTH_NAMES,
    WEEKDAY_NAMES,
    FixedStep,
    Frequency,
    MonthDay,
    parse_frequency,
)
from forecasting.series.opening import Opening, check_open
from forecasting.series.timestamps import Times
from forecasting.tables.libraries import pd
from forecasting.types import Stamps

Differences = npt.NDArray[np.int64]
FEWEST = 3
"""How many timestamps it takes to show a frequency."""
_HOUR = 3_600_000_000
_UNITS = {"h": _HOUR, "min": 60_000_000, "s": 1_000_000, "ms": 1_000, "us": 1}


def infer_frequency(stamps: Stamps, *, elapsed: bool) -> Frequency:
    """Return the frequency of rising stamps (n,).

    More than half of the differences between them must be one period, and all of them whole
    periods. With `elapsed` the stamps are elapsed time and the frequency is at most hours;
    otherwise they are local dates and the frequency is days or longer.

    Raises:
        SeriesError: There is no such frequency. The path of the error is the position of the first
            stamp that is off the commonest period, or empty if there is no such stamp.
    """
    if stamps.size < FEWEST:
        raise _too_few()
    if elapsed:
        return parse_frequency(_elapsed_alias(stamps))
    alias = _month_alias(stamps) or _day_alias(stamps) or _pandas_alias(stamps)
    if alias is None:
        raise _irregular(_first_off(_differences(stamps, "D")))
    return parse_frequency(alias)


def infer_open_frequency(stamps: Stamps, opening: Opening) -> Frequency:
    """Return the frequency of rising stamps (n,) on the wall clock that keep to an opening.

    More than half of the differences between stamps of the same day must be one period, and all of
    them whole periods. If no day has two stamps, the frequency is days.

    Raises:
        SeriesError: There is no such frequency, as for `infer_frequency`, or a stamp lies outside
            the opening. The path is then the position of that stamp.
    """
    if stamps.size < FEWEST:
        raise _too_few()
    dates = stamps.astype("datetime64[D]")
    if (dates[1:] > dates[:-1]).all():
        return parse_frequency("D" if any(opening.days[5:]) else "B")
    check_open(stamps, opening)
    days, within = opening.split(stamps)
    same_day = np.flatnonzero(days[1:] == days[:-1])
    differences = np.diff(within)[same_day]
    period = commonest(differences)
    if period is None or (differences % period).any():
        off = same_day if period is None else same_day[differences % period != 0]
        raise _irregular(None if period is None else int(off[0]) + 1)
    return parse_frequency(alias_of(period))


def infer_wall_clock_frequency(times: Times, named: Frequency | None) -> Frequency | None:
    """Return the frequency of times (n,) that step by several hours along the wall clock, or None.

    Such times, for example 00:00, 06:00, 12:00 and 18:00 all the year, are evenly spaced on the
    clock of their zone, at a part of a day longer than an hour, but not in elapsed time, because
    the clocks change among them. `named` is the frequency that the caller gave, if any.
    """
    if times.zone is None or not times.zone_known or times.stamps.size < 2:
        return None
    if named is not None and not named.rule.elapsed:
        return None
    wall = times.to_stamps(elapsed=False).astype(np.int64)
    step = _likely_step(wall, named)
    if not (step and _HOUR < step < DAY and DAY % step == 0) or not _evenly_spaced(wall, step):
        return None
    try:
        elapsed = times.to_stamps(elapsed=True).astype(np.int64)
    except SeriesError:
        pass  # The clocks skip one of the times, or show it twice. On the wall clock that is fine.
    else:
        if _evenly_spaced(elapsed, step):
            return None
    return (named or parse_frequency(alias_of(step))).on_wall_clock()


def _likely_step(wall: npt.NDArray[np.int64], named: Frequency | None) -> int | None:
    """Return the step of the named frequency, or else the median difference, in microseconds."""
    if named is None:
        return int(np.median(np.abs(np.diff(wall))))
    return named.rule.step if isinstance(named.rule, FixedStep) else None


def _evenly_spaced(stamps: npt.NDArray[np.int64], step: int) -> bool:
    """Return whether stamps (n,), in microseconds, are whole steps from one another."""
    return bool((stamps % step == stamps[0] % step).all())


def _elapsed_alias(stamps: Stamps) -> str:
    differences = _differences(stamps, "us")
    period = _period(differences)
    if period is None:
        raise _irregular(_first_off(differences))
    return alias_of(period)


def alias_of(microseconds: int) -> str:
    """Return the alias of a period, in the largest unit that it is a whole multiple of."""
    unit = next(unit for unit, length in _UNITS.items() if microseconds % length == 0)
    return f"{microseconds // _UNITS[unit]}{unit}"


def _month_alias(stamps: Stamps) -> str | None:
    """Return MS, ME, BMS, BME or months on a fixed day, or the quarters and years of these."""
    months = stamps.astype("datetime64[M]")
    period = months_between(stamps)
    if period is None:
        return None
    dates = stamps.astype("datetime64[D]")
    first, after = months.astype("datetime64[D]"), (months + 1).astype("datetime64[D]")
    day = int((dates - first).astype(np.int64).max()) + 1
    for base, day_of_month in (("MS", 1), ("ME", 31), (f"MS-{day}", day)):
        if MonthDay(1, day_of_month).contains(stamps).all():
            return _multiple_of_months(period, base, months[0])
    if (np.busday_offset(first, 0, roll="forward") == dates).all():
        return _multiple_of_months(period, "BMS", months[0])
    if (np.busday_offset(after, -1, roll="forward") == dates).all():
        return _multiple_of_months(period, "BME", months[0])
    return None


def months_between(stamps: Stamps) -> int | None:
    """Return how many months lie between rising stamps (n,), no two of which share a month.

    None if there is no such number, or too few stamps; some stamps may be left out.
    """
    differences = _differences(stamps, "M")
    regular = stamps.size >= FEWEST and differences.min() > 0
    return _period(differences) if regular else None


def _multiple_of_months(period: int, base: str, first: np.datetime64) -> str:
    """Return the alias of every `period` months, which are a part of a year or half years.

    Three months are a quarter and twelve a year; both are named for the month that they begin or
    end in.
    """
    if period % 6 and 12 % period:
        raise SeriesError(
            f"The timestamps are {period} months apart, which is no part of a year and no number "
            "of half years, so they may have been misread. Write dates as ISO 8601, for example "
            f"2024-01-31, or send the frequency {period}{base}, if it is meant.",
            code="timestamps_irregular",
        )
    if "-" in base or (period != 3 and period % 12):
        return base if period == 1 else f"{period}{base}"
    month = int(first.astype(np.int64)) % 12
    letter, every = ("Q", 1) if period == 3 else ("Y", period // 12)
    if letter == "Q":
        month = month % 3 if base.endswith("S") else 9 + month % 3
    alias = f"{base.replace('M', letter)}-{MONTH_NAMES[month]}"
    return alias if every == 1 else f"{every}{alias}"


def _day_alias(stamps: Stamps) -> str | None:
    """Return B, D or W, or a multiple of days or weeks."""
    differences = _differences(stamps, "D")
    period = _period(differences)
    if period is None:
        return None
    weekdays = (stamps.astype("datetime64[D]").astype(np.int64) + 3) % 7
    if period == 1 and weekdays.max() < 5 and (differences + weekdays[:-1] > 4).any():
        return "B"
    if period % 7 == 0:
        every = "" if period == 7 else str(period // 7)
        return f"{every}W-{WEEKDAY_NAMES[int(weekdays[0])]}"
    return "D" if period == 1 else f"{period}D"


def _pandas_alias(stamps: Stamps) -> str | None:
    """Return what only pandas recognises, such as the third Friday of the month."""
    with pd.option_context("future.infer_freq_returns_offset", True):
        offset = cast("pd.offsets.BaseOffset | None", pd.infer_freq(pd.DatetimeIndex(stamps)))
    return None if offset is None else str(offset.freqstr)


def _differences(stamps: Stamps, unit: str) -> Differences:
    """Return the differences (n - 1,) between stamps (n,), in a unit of NumPy's datetime64."""
    counts: Differences = stamps.astype(f"datetime64[{unit}]").astype(np.int64)
    return counts[1:] - counts[:-1]


def commonest(differences: Differences) -> int | None:
    """Return the value of more than half of the differences, or None."""
    middle = int(np.sort(differences)[differences.size // 2])
    return middle if 2 * int((differences == middle).sum()) > differences.size else None


def _period(differences: Differences) -> int | None:
    """Return the commonest difference if all are whole multiples of it, or None."""
    period = commonest(differences)
    return period if period is not None and not (differences % period).any() else None


def _first_off(differences: Differences) -> int | None:
    """Return the position of the first stamp that is off the commonest period, or None."""
    period = commonest(differences)
    return None if period is None else int((differences % period != 0).argmax()) + 1


def _irregular(position: int | None) -> SeriesError:
    return SeriesError(
        "No regular frequency can be read from the timestamps. More than half of them must be one "
        "period after the one before them, and all whole periods. Correct them, or name "
        "the frequency. A missing value is null, or an empty cell.",
        code="timestamps_irregular",
        path=() if position is None else (position,),
    )


def _too_few() -> TooFewTimestampsError:
    return TooFewTimestampsError(
        f"It takes {FEWEST} timestamps to read a frequency from them. Give more values, or name "
        "the frequency."
    )

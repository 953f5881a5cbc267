"""Steps of several hours that follow the wall clock: 00:00, 06:00, 12:00, 18:00, all the year."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forecasting.errors import SeriesError
from forecasting.series.frequency import DAY, Frequency, Spaced, parse_frequency
from forecasting.series.frequency_inference import alias_of
from forecasting.series.timestamps import Times

_HOUR = 3_600_000_000


def steps_on_the_wall(times: Times, named: Frequency | None) -> Frequency | None:
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
    return on_the_wall(named or parse_frequency(alias_of(step)))


def on_the_wall(elapsed: Frequency) -> Frequency:
    """The same steps of several hours, along the clock on the wall."""
    assert isinstance(elapsed.rule, Spaced)
    return replace(elapsed, rule=replace(elapsed.rule, elapsed=False))


def _step(wall: np.ndarray, named: Frequency | None) -> int | None:
    """Microseconds; what most of the times are apart where no frequency is named."""
    if named is None:
        return int(np.median(np.abs(np.diff(wall))))
    return named.rule.step if isinstance(named.rule, Spaced) else None


def _apart(stamps: np.ndarray, step: int) -> bool:
    """Whether they are not all whole steps from one another."""
    return bool((stamps % step != stamps[0] % step).any())

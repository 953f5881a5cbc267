"""How far back a network with covariates looks, and which phases of the calendar it sees."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecasting.networks.signature import Phase
from forecasting.series.calendar import Calendar
from forecasting.series.frequency import DAY
from forecasting.series.series import Series

_LONGEST_LAG = 2_000
_YEARS = 2
"""The phase of a year is told to a network that sees so many of them in training."""
_DAYS_IN_YEAR = 365.25


def usual_lags(series: Sequence[Series], season_length: int) -> tuple[int, ...]:
    """Return the lags of a network for series: a season, and also a week if the season is a day.

    Those that the series are too short for are left out; then the last value remains.
    """
    longest = max(item.values.size for item in series)
    calendar = series[0].calendar
    lags = [season_length]
    if calendar is not None and season_length * _step(calendar) == DAY:
        lags.append(7 * season_length)
    return tuple(lag for lag in lags if lag <= min(longest // 2, _LONGEST_LAG)) or (1,)


def usual_phases(series: Sequence[Series], counts: Sequence[int]) -> tuple[Phase, ...]:
    """Return the phases that a network for series sees. Without dates, there are none.

    `counts` are the first values of each series that it is trained on.
    """
    spans, steps = [], []
    for item, count in zip(series, counts, strict=True):
        if item.calendar is None:
            return ()
        steps.append(_step(item.calendar))
        spans.append(count * steps[-1])
    phases: list[Phase] = []
    if steps[0] < DAY:
        phases.append("day")
    if steps[0] <= DAY:
        phases.append("week")
    if max(spans) >= _YEARS * _DAYS_IN_YEAR * DAY:
        phases.append("year")
    return tuple(phases)


def _step(calendar: Calendar) -> int:
    """Return the usual length of a step in microseconds."""
    stamps = calendar.stamps(0, 100).astype("datetime64[us]")
    return int(np.median(np.diff(stamps).astype(np.int64)))

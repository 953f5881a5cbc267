"""How a version does by what really happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from app.tracking.tracked import TrackedForecast
from forecasting.evaluation.drift import Drift, find_drift
from forecasting.evaluation.live_points import LivePoints
from forecasting.evaluation.live_scores import ScoredGroup, score_groups
from forecasting.types import Positions, Stamps

Period = Literal["hour", "day", "week", "month", "year"]

_MOST_PERIODS = 60
_DAYS: dict[Period, float] = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30, "year": np.inf}
_UNITS: dict[Period, str] = {"hour": "h", "day": "D", "month": "M", "year": "Y"}
_MONDAY = np.datetime64("1970-01-05", "D")


@dataclass(frozen=True, slots=True)
class Performance:
    """The scores of a version, and whether it drifts."""

    kept: int
    """How many forecasts are kept."""
    evaluated: int
    """Of how many of them actual values are known."""
    drift: Drift
    since: np.datetime64 | None
    """The last date in the round from which on it drifts; None if there is none."""
    overall: ScoredGroup
    period: Period
    over_time: list[tuple[np.datetime64, ScoredGroup]]
    """The scores of each period, by its start; the earliest first."""
    by_series: list[tuple[tuple[str | None, str | None], ScoredGroup]]
    """The scores of each series, by its id and target; the largest MASE first."""


def judge(known: Sequence[TrackedForecast], kept: int) -> Performance:
    """Score the forecasts of a version of which actual values are known, the newest last."""
    forecasts = [forecast.known() for forecast in known]
    points = LivePoints.of(forecasts)
    everything = np.zeros(points.series.size, dtype=np.int64)
    period, starts, of_point = _periods(_moments(known, points))
    names = points.names
    by_series = list(zip(names, score_groups(points, points.series, len(names)), strict=True))
    by_series.sort(key=lambda pair: -(pair[1].model.mase or 0.0))
    drift = find_drift(forecasts, points)
    dated = drift.since is not None and all(forecast.dated for forecast in known)
    return Performance(
        kept=kept,
        evaluated=len(forecasts),
        drift=drift,
        since=np.datetime64(drift.since, "us") if dated else None,
        overall=score_groups(points, everything, 1)[0],
        period=period,
        over_time=list(zip(starts, score_groups(points, of_point, starts.size), strict=True)),
        by_series=by_series,
    )


def _moments(known: Sequence[TrackedForecast], points: LivePoints) -> Stamps:
    """Return when each point was (n,), or when its forecast was made if it has no date."""
    dated = np.array([forecast.dated for forecast in known], dtype=bool)
    made = np.array([forecast.made_at * 1e6 for forecast in known], dtype=np.int64)
    moments = np.where(dated[points.forecast], points.times, made[points.forecast])
    return moments.astype("datetime64[us]")


def _periods(moments: Stamps) -> tuple[Period, Stamps, Positions]:
    """Return the shortest period of which few span all moments (n,).

    Also return the starts of the periods that there are, and the index among them for each moment.
    """
    span = moments.max() - moments.min() if moments.size else np.timedelta64(0, "D")
    days = span / np.timedelta64(1, "D")
    period = next(name for name, length in _DAYS.items() if days <= _MOST_PERIODS * length)
    if period == "week":
        weeks = (moments.astype("datetime64[D]") - _MONDAY).astype(np.int64) // 7
        starts = _MONDAY + 7 * weeks
    else:
        starts = moments.astype(f"datetime64[{_UNITS[period]}]")
    return period, *np.unique(starts, return_inverse=True)

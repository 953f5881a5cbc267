"""A forecast as it is kept, from when it is made until its actual values are known."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from app.access.caller import current
from app.predict.render import Answer
from forecasting.evaluation.baselines import seasonal_naive_forecast
from forecasting.evaluation.drift import LEVEL
from forecasting.evaluation.live_points import KnownForecast
from forecasting.evaluation.metrics import seasonal_naive_scale
from forecasting.prediction.defaults import name_intervals
from forecasting.prediction.seasons.detection import detect_season_length
from forecasting.prediction.theta import LONGEST_THETA_PAST
from forecasting.series.series import Series
from forecasting.series.series_file import dump_series
from forecasting.series.time_zones import parse_zone, zone_name, zoned_to_utc
from forecasting.series.timestamps import Times
from forecasting.types import Floats, Positions

MICROSECONDS = 1_000_000


class TimeUnit(StrEnum):
    """What the times of a forecast are."""

    NONE = "none"
    """The series has neither dates nor numbers: 1 for the first step, and so on."""
    STEPS = "steps"
    """Whole numbers in place of dates."""
    WALL = "wall"
    """Dates without a zone, in microseconds since 1970 by the clock on the wall."""
    UTC = "utc"
    """Moments, in microseconds since 1970."""


@dataclass(frozen=True, slots=True)
class TrackedForecast:
    """A forecast of one series, h steps long, that is kept."""

    id: str
    model: str
    version: int
    owner: str | None
    """Whose key asked for it; None if no keys are asked for."""
    made_at: float
    """In seconds since 1970."""
    series: str | None
    target: str | None
    unit: TimeUnit
    zone: str | None
    """The time zone of the series; None if it has none."""
    times: Positions
    """(h,)"""
    scale: float | None
    """The denominator of MASE; None if there is none."""
    levels: tuple[str, ...]
    """The levels of its intervals, in percent."""
    values: Floats
    """(2 + 2 × levels, h): the point forecast, seasonal naive's, and the bounds of each level."""
    actual: Floats
    """(h,): NaN where it is not known."""
    known_at: float | None = None
    """When the latest actual value came, in seconds since 1970."""

    @property
    def dated(self) -> bool:
        """Whether its times are times, rather than numbers."""
        return self.unit in {TimeUnit.WALL, TimeUnit.UTC}

    @property
    def has_steps_of_days(self) -> bool:
        """Whether all steps begin at the same time of day in its zone, as days and months do."""
        zone = None if self.zone is None else parse_zone(self.zone)
        times = Times(self.times.astype("datetime64[us]"), zone, wall=zone is None)
        return self.dated and times.to_daily_stamps() is not None

    def known(self) -> KnownForecast:
        """Return what can be scored of it."""
        bounds = self.values[2:].reshape(len(self.levels), 2, self.times.size)
        return KnownForecast(
            name=(self.series, self.target),
            made=int(self.made_at * MICROSECONDS),
            known=int((self.known_at or self.made_at) * MICROSECONDS),
            times=None if self.unit is TimeUnit.NONE else self.times,
            point=self.values[0],
            naive=self.values[1],
            scale=np.nan if self.scale is None else self.scale,
            intervals={
                level: (pair[0], pair[1]) for level, pair in zip(self.levels, bounds, strict=True)
            },
            actual=self.actual,
        )


@dataclass(frozen=True, slots=True)
class Past:
    """A series as it came last to be forecast, which its model can be trained on again."""

    model: str
    name: tuple[str, str]
    """Its id, or else its place in the request, and its target."""
    at: float
    """When it came, in seconds since 1970."""
    document: bytes


def track(answer: Answer) -> Iterator[TrackedForecast]:
    """Yield what is kept of each forecast of an answer."""
    plan, manifest = answer.prediction.plan, answer.prediction.version.manifest
    forecast = answer.finished.forecast
    owner, made_at = current.get().name, time.time()
    columns = {quantile: column for column, quantile in enumerate(plan.quantiles)}
    intervals = answer.prediction.intervals
    if plan.signature.quantiles is not None:
        intervals = intervals | name_intervals([float(LEVEL)])
    bounds = [columns[quantile] for pair in intervals.values() for quantile in pair]
    usual = plan.signature.season_length
    for position, series in enumerate(plan.series):
        length = answer.prediction.season_lengths[position] or _season_length(series, usual)
        naive = seasonal_naive_forecast([series.values], [length], plan.horizon).point
        scale = seasonal_naive_scale(series.values, length)
        unit, times = _times(series, plan.horizon)
        zone = None if series.calendar is None else series.calendar.zone
        yield TrackedForecast(
            id=secrets.token_hex(8),
            model=manifest.model,
            version=manifest.version,
            owner=owner,
            made_at=made_at,
            series=series.id,
            target=series.target,
            unit=unit,
            zone=None if zone is None else zone_name(zone),
            times=times,
            scale=None if np.isnan(scale) else scale,
            levels=tuple(intervals),
            values=np.vstack(
                [forecast.point[position], naive[0], forecast.quantiles[position].T[bounds]]
            ),
            actual=np.full(plan.horizon, np.nan),
        )


def pasts(answer: Answer) -> Iterator[Past]:
    """Yield the past of each forecast of an answer, without covariates."""
    model, now = answer.prediction.version.manifest.model, time.time()
    for position, series in enumerate(answer.prediction.plan.series):
        name = (series.id or f"#{position}", series.target or "")
        named = "/".join(filter(None, name))
        alone = replace(series, id=named, target=None, covariates=None, static={}, notes=())
        yield Past(model, name, now, dump_series([alone]))


def _season_length(series: Series, usual: int) -> int:
    """Return the season length of a series whose dates imply none, as a backtest does."""
    return usual if usual > 1 else detect_season_length(series.values[-LONGEST_THETA_PAST:])


def _times(series: Series, horizon: int) -> tuple[TimeUnit, Positions]:
    first = series.dropped + series.values.size
    if series.steps is not None:
        return TimeUnit.STEPS, series.steps.numbers(first, horizon)
    if series.calendar is None:
        return TimeUnit.NONE, np.arange(1, horizon + 1, dtype=np.int64)
    index = series.calendar.range(first, horizon)
    if series.calendar.zone is None:
        stamps, unit = index.to_numpy(), TimeUnit.WALL
    else:
        stamps, unit = zoned_to_utc(index), TimeUnit.UTC
    return unit, stamps.astype("datetime64[us]").astype(np.int64)

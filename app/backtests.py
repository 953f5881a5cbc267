"""From a parsed `/backtest` request to its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from app.asking import check_horizon, intervals_of, levels_of, season_length_of
from app.batcher import Batcher
from app.failures import Failure, insert_failures
from app.hindcast import AT_ONCE, check_windows, hindcast, joined
from app.items import Item, check_number
from app.read_series import read_some
from app.registry import Served
from app.schemas.backtest import BacktestOptions
from app.settings import Settings
from forecasting.backtest import (
    MODEL,
    Backtest,
    Plan,
    Windows,
    cut,
    judge,
    wanted_quantiles,
    yardsticks,
)
from forecasting.bounds import Bounds
from forecasting.errors import RequestError
from forecasting.forecaster import Forecast, no_quantiles
from forecasting.series import Series

_METHODS = 3


@dataclass(frozen=True, slots=True)
class Work:
    """What a backtest has to forecast with one model version."""

    served: Served
    season_lengths: list[int]
    """For the network, one a series; 0 has it detected."""
    bounds: list[Bounds]
    """Of each series."""
    windows: Windows
    intervals: dict[str, tuple[float, float]]
    quantiles: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class BacktestQuestion:
    """A checked request."""

    series: list[Series]
    plan: Plan
    work: Work
    failures: list[Failure] | None
    """Rising in their places, which `series` leaves out; None where one fails the request."""
    forecasts: bool
    """Whether the answer holds them."""


def ask(
    options: BacktestOptions, items: Sequence[Item], served: Served, settings: Settings
) -> BacktestQuestion:
    """Check a request against the model. Raises SeriesError or RequestError with its place."""
    check_number(items, settings.max_series, "FORECAST_MAX_SERIES")
    signature = served.forecaster.signature
    horizon = options.horizon or signature.usual_horizon
    check_horizon(horizon, settings)
    plan = Plan(horizon, options.windows, options.step or horizon)
    intervals = intervals_of(levels_of(options.levels, signature))
    if intervals and signature.quantiles is None:
        raise no_quantiles().under("levels")
    quantiles = wanted_quantiles(intervals)
    series, bounds, failures = read_some(
        options, items, lambda one: plan.check(one.values.size, signature.shortest_context)
    )
    check_size(len(series) * plan.windows, horizon, quantiles, settings)
    season_lengths = [season_length_of(options.season_length, one) for one in series]
    windows = cut(series, season_lengths, [plan] * len(series), signature)
    work = Work(served, season_lengths, bounds, windows, intervals, quantiles)
    return BacktestQuestion(series, plan, work, failures, options.forecasts)


def check_size(windows: int, horizon: int, quantiles: Sequence[float], settings: Settings) -> None:
    """Raises RequestError for more than the service may be asked for."""
    check_windows(windows, settings, "Ask for fewer series or windows at a time.")
    size = windows * horizon * (len(quantiles) + 1) * _METHODS
    if size > settings.max_forecast_values:
        raise RequestError(
            f"the forecasts would hold {size} values; {settings.max_forecast_values} is the most. "
            "Ask for fewer series, windows or steps at a time.",
            code="answer_too_large",
            path=("horizon",),
        )


async def run(work: Work, batcher: Batcher) -> Backtest:
    """The model's forecasts and the yardsticks', with their scores. Raises OverloadedError."""
    windows = work.windows
    horizon = windows.actual.shape[1]
    given = [work.season_lengths[place] for place in windows.series]
    bounds = [work.bounds[place] for place in windows.series]
    known = work.quantiles if work.served.forecaster.signature.quantiles else ()
    forecasts = {
        MODEL: await hindcast(
            batcher, work.served, windows.pasts, given, horizon, known, bounds=bounds
        )
    }
    parts: dict[str, list[Forecast]] = {}
    for start in range(0, len(windows.pasts), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        found = await asyncio.to_thread(
            yardsticks,
            windows.pasts[part],
            windows.season_lengths[part],
            horizon,
            work.quantiles,
        )
        for method, forecast in found.items():
            parts.setdefault(method, []).append(forecast)
    forecasts |= {method: joined(found) for method, found in parts.items()}
    return await asyncio.to_thread(judge, windows, forecasts, work.quantiles, work.intervals)


def answer(question: BacktestQuestion, found: Backtest) -> bytes:
    """The body of the answer, BacktestResponse as JSON."""
    manifest, plan = question.work.served.manifest, question.plan
    series = [_one(question, found, place) for place in range(len(question.series))]
    insert_failures(series, question.failures)
    return orjson.dumps(
        {
            "model": manifest.model,
            "version": manifest.version,
            "horizon": plan.horizon,
            "windows": plan.windows,
            "step": plan.step,
            "overall": found.overall,
            "series": series,
        }
    )


def _one(question: BacktestQuestion, found: Backtest, place: int) -> dict[str, Any]:
    series = question.series[place]
    first = place * question.plan.windows
    rows = range(first, first + question.plan.windows)
    return {
        "id": series.id,
        "frequency": None if series.calendar is None else series.calendar.frequency,
        "season_length": found.windows.season_lengths[first],
        "scores": found.by_series[place],
        "windows": [_window(question, found, row) for row in rows] if question.forecasts else None,
        "notes": series.notes,
    }


def _window(question: BacktestQuestion, found: Backtest, row: int) -> dict[str, Any]:
    windows = found.windows
    series = question.series[windows.series[row]]
    cutoff = int(windows.cutoffs[row]) + series.dropped
    stamps = None
    if series.calendar is not None:
        stamps = series.calendar.timestamps(cutoff - 1, question.plan.horizon + 1)
    return {
        "cutoff": cutoff,
        "cutoff_timestamp": None if stamps is None else stamps[0],
        "timestamps": None if stamps is None else stamps[1:],
        "actual": windows.actual[row].tolist(),
        "forecasts": {
            method: {
                "point": forecast.point[row].tolist(),
                "intervals": _intervals(question, forecast.quantiles[row].T.tolist()),
            }
            for method, forecast in found.forecasts.items()
        },
    }


def _intervals(question: BacktestQuestion, steps: list[list[float]]) -> dict[str, Any]:
    by_quantile = dict(zip(question.work.quantiles, steps, strict=False))
    return {
        level: {"lower": by_quantile[lower], "upper": by_quantile[upper]}
        for level, (lower, upper) in question.work.intervals.items()
    }

"""The document that a backtest is answered with, in JSON."""

from __future__ import annotations

from typing import Any

import orjson

from forecasting.evaluation.backtest import Backtest
from forecasting.evaluation.backtest_task import BacktestTask


def to_json(task: BacktestTask, found: Backtest) -> bytes:
    """What was asked and what was found. Each window is written on its own: as Python objects its
    numbers take several times the memory of their text."""
    series = [_text(_one(task, found, place)) for place in range(len(task.series))]
    for place, failed in task.failed:
        series.insert(place, _text(failed))
    return orjson.dumps(
        {
            "model": task.model,
            "version": task.version,
            "horizon": task.plan.horizon,
            "windows": task.plan.windows,
            "step": task.plan.step,
            "overall": found.overall,
            "series": series,
        }
    )


def _one(task: BacktestTask, found: Backtest, place: int) -> dict[str, Any]:
    series = task.series[place]
    first = place * task.plan.windows
    rows = range(first, first + task.plan.windows) if task.forecasts else ()
    windows = [_text(_window(task, found, row)) for row in rows]
    return {
        "id": series.id,
        "frequency": None if series.calendar is None else series.calendar.frequency.name,
        "season_length": found.windows.season_lengths[first],
        "scores": found.by_series[place],
        "windows": windows if task.forecasts else None,
        "notes": series.notes,
    }


def _text(part: dict[str, Any]) -> orjson.Fragment:
    """Copied, for what orjson returns keeps all the room that it took to write."""
    return orjson.Fragment(memoryview(orjson.dumps(part)).tobytes())


def _window(task: BacktestTask, found: Backtest, row: int) -> dict[str, Any]:
    windows = found.windows
    series = task.series[windows.series[row]]
    cutoff = int(windows.cutoffs[row]) + series.dropped
    stamps = None
    if series.calendar is not None:
        stamps = series.calendar.timestamps(cutoff - 1, task.plan.horizon + 1)
    return {
        "cutoff": cutoff,
        "cutoff_timestamp": None if stamps is None else stamps[0],
        "timestamps": None if stamps is None else stamps[1:],
        "actual": windows.actual[row].tolist(),
        "forecasts": {
            method: {
                "point": forecast.point[row].tolist(),
                "intervals": _intervals(task, forecast.quantiles[row].T.tolist()),
            }
            for method, forecast in found.forecasts.items()
        },
    }


def _intervals(task: BacktestTask, steps: list[list[float]]) -> dict[str, Any]:
    by_quantile = dict(zip(task.quantiles, steps, strict=False))
    return {
        level: {"lower": by_quantile[lower], "upper": by_quantile[upper]}
        for level, (lower, upper) in task.intervals.items()
    }

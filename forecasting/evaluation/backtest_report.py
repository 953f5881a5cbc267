"""The JSON document that answers a backtest, whether at once or as the result of a job."""

from __future__ import annotations

from typing import Any

import orjson

from forecasting.evaluation.backtest import BacktestResult
from forecasting.evaluation.backtest_task import BacktestTask


def render_json(task: BacktestTask, result: BacktestResult) -> bytes:
    """Write the answer to a backtest.

    Each window is written on its own, for as Python objects its numbers take several times the
    memory of their text.
    """
    series = [_fragment(_series(task, result, index)) for index in range(len(task.series))]
    for position, failed in task.failed:
        series.insert(position, _fragment(failed))
    return orjson.dumps(
        {
            "model": task.model,
            "version": task.version,
            "horizon": task.plan.horizon,
            "windows": task.plan.windows,
            "step": task.plan.step,
            "overall": result.overall,
            "series": series,
            "notes": task.notes,
        }
    )


def _series(task: BacktestTask, result: BacktestResult, index: int) -> dict[str, Any]:
    series = task.series[index]
    first = index * task.plan.windows
    rows = range(first, first + task.plan.windows) if task.forecasts else ()
    windows = [_fragment(_window(task, result, row)) for row in rows]
    return {
        **series.names,
        "frequency": None if series.calendar is None else series.calendar.frequency.name,
        "season_length": result.windows.season_lengths[first],
        "scores": result.by_series[index],
        "windows": windows if task.forecasts else None,
        "notes": series.notes,
    }


def _fragment(part: dict[str, Any]) -> orjson.Fragment:
    """Write a part. It is copied, for what orjson returns keeps all the room it took to write."""
    return orjson.Fragment(memoryview(orjson.dumps(part)).tobytes())


def _window(task: BacktestTask, result: BacktestResult, row: int) -> dict[str, Any]:
    windows = result.windows
    series = task.series[windows.series[row]]
    cutoff = int(windows.cutoffs[row]) + series.dropped
    stamps = steps = None
    if series.calendar is not None:
        stamps = series.calendar.timestamps(cutoff - 1, task.plan.horizon + 1)
    if series.steps is not None:
        steps = series.steps.numbers(cutoff - 1, task.plan.horizon + 1).tolist()
    return {
        "cutoff": cutoff,
        "cutoff_timestamp": None if stamps is None else stamps[0],
        "cutoff_step": None if steps is None else steps[0],
        "timestamps": None if stamps is None else stamps[1:],
        "steps": None if steps is None else steps[1:],
        "actual": windows.actual[row].tolist(),
        "forecasts": {
            method: {
                "point": forecast.point[row].tolist(),
                "intervals": _intervals(task, forecast.quantiles[row].T.tolist()),
            }
            for method, forecast in result.forecasts.items()
        },
    }


def _intervals(task: BacktestTask, steps: list[list[float]]) -> dict[str, Any]:
    by_quantile = dict(zip(task.quantiles, steps, strict=False))
    return {
        level: {"lower": by_quantile[lower], "upper": by_quantile[upper]}
        for level, (lower, upper) in task.intervals.items()
    }

"""The answer to `/backtest` as one long table, in the form of a cross-validation data frame."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.backtest.planning import PlannedBacktest
from app.backtest.schemas import BacktestOptions
from app.tables.long_table import LongTable, present
from forecasting.errors import RequestError
from forecasting.evaluation.backtest import MODEL, BacktestResult


def check_table(options: BacktestOptions) -> None:
    """Raise RequestError if a table would have nothing in it."""
    if not options.forecasts:
        raise RequestError(
            "without the forecasts, a table would be empty. Leave out forecasts, which is false, "
            "or ask for JSON (accept: application/json).",
            code="forecasts_left_out",
            path=("forecasts",),
        )


def render_table(backtest: PlannedBacktest, result: BacktestResult, media_type: str) -> bytes:
    """Write the answer as a table with a row for each step of each window.

    The columns are `unique_id`, `ds` and `cutoff` (dates, or whole numbers if the series came with
    them; if some series have neither, `step`, from 1, and the number of values known), `y`, the
    point forecasts of each method, and `lower-…` and `upper-…` of the model for each level; also
    `error` if the request takes partial answers.
    """
    task, windows = backtest.task, result.windows
    series, plan = task.series, task.plan
    table = LongTable(
        series, [plan.windows * plan.horizon] * len(series), backtest.failures, media_type
    )
    ahead = np.arange(plan.horizon)
    dropped = np.array([item.dropped for item in series])[windows.series]
    known_counts = (windows.cutoffs + dropped).reshape(len(series), plan.windows)
    columns: dict[str, Any] = dict(table.names())
    if table.dated:
        columns["ds"] = table.dates(
            [(cutoffs[:, None] + ahead).ravel() for cutoffs in known_counts]
        )
    if table.undated:
        columns["step"] = np.tile(ahead + 1, known_counts.size)
        columns["cutoff"] = np.repeat(known_counts, plan.horizon)
    else:
        columns["cutoff"] = table.dates(
            [np.repeat(cutoffs - 1, plan.horizon) for cutoffs in known_counts]
        )
    columns["y"] = present(windows.actual.ravel())
    columns |= {method: forecast.point.ravel() for method, forecast in result.forecasts.items()}
    by_quantile = dict(zip(task.quantiles, result.forecasts[MODEL].quantiles.T, strict=False))
    for level, (lower, upper) in task.intervals.items():
        columns[f"lower-{level}"] = by_quantile[lower].T.ravel()
        columns[f"upper-{level}"] = by_quantile[upper].T.ravel()
    notes = [item.notes for item in series]
    scores = {"overall": result.overall, "series": result.by_series}
    return table.written(columns, backtest.version.manifest, notes, task.notes, scores=scores)

"""The answer to `/backtest` as one long table, in the form of cross-validation frames."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.backtest.schemas import BacktestOptions
from app.backtest.service import BacktestQuestion
from app.tables.long_table import LongTable, present
from forecasting.errors import RequestError
from forecasting.evaluation.backtest import MODEL, Backtest


def check_table(options: BacktestOptions) -> None:
    """Raises RequestError where a table would have nothing in it."""
    if not options.forecasts:
        raise RequestError(
            'a table holds the forecasts: leave "forecasts" out, or ask for JSON (accept: '
            "application/json).",
            code="forecasts_left_out",
            path=("forecasts",),
        )


def to_table(question: BacktestQuestion, found: Backtest, media_type: str) -> bytes:
    """`unique_id`, `ds`, `cutoff` (`step`, from 1, and the number of values known where some series
    have no dates), `y`, the methods' point forecasts, `lower-…` and `upper-…` of the model a level;
    `error` where the request takes partial answers.
    """
    task, windows = question.task, found.windows
    series, plan = task.series, task.plan
    long = LongTable(
        series, [plan.windows * plan.horizon] * len(series), question.failures, media_type
    )
    ahead = np.arange(plan.horizon)
    dropped = np.array([one.dropped for one in series])[windows.series]
    known = (windows.cutoffs + dropped).reshape(len(series), plan.windows)
    columns: dict[str, Any] = {"unique_id": long.ids()}
    if long.dated:
        columns["ds"] = long.dates([(own[:, None] + ahead).ravel() for own in known])
    if long.undated:
        columns["step"] = np.tile(ahead + 1, known.size)
        columns["cutoff"] = np.repeat(known, plan.horizon)
    else:
        columns["cutoff"] = long.dates([np.repeat(own - 1, plan.horizon) for own in known])
    columns["y"] = present(windows.actual.ravel())
    columns |= {method: forecast.point.ravel() for method, forecast in found.forecasts.items()}
    by_quantile = dict(zip(task.quantiles, found.forecasts[MODEL].quantiles.T, strict=False))
    for level, (lower, upper) in task.intervals.items():
        columns[f"lower-{level}"] = by_quantile[lower].T.ravel()
        columns[f"upper-{level}"] = by_quantile[upper].T.ravel()
    notes = [one.notes for one in series]
    scores = {"overall": found.overall, "series": found.by_series}
    return long.written(columns, question.served.manifest, notes, scores=scores)

"""The answer to `/predict` as one long table."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.predict.forecasts import Answer
from app.tables.long_table import LongTable


def to_table(answer: Answer, media_type: str) -> bytes:
    """`unique_id`, `ds` (`step`, from 1, for series without dates), `point`, one column a quantile,
    `lower-…` and `upper-…` a level; `error` where the request takes partial answers."""
    question, horizon = answer.question, answer.question.horizon
    count = len(question.series)
    long = LongTable(question.series, [horizon] * count, question.failures, media_type)
    ahead = np.arange(horizon)
    columns: dict[str, Any] = {"unique_id": long.ids()}
    if long.dated:
        columns["ds"] = long.dates(
            [one.dropped + one.values.size + ahead for one in question.series]
        )
    if long.undated:
        columns["step"] = np.tile(ahead + 1, count)
    columns["point"] = answer.forecast.point.ravel()
    by_quantile = dict(zip(question.quantiles, answer.forecast.quantiles.T, strict=True))
    for name, quantile in question.asked.items():
        columns[name] = by_quantile[quantile].T.ravel()
    for level, (lower, upper) in question.intervals.items():
        columns[f"lower-{level}"] = by_quantile[lower].T.ravel()
        columns[f"upper-{level}"] = by_quantile[upper].T.ravel()
    notes = [answer.notes_on(place) for place in range(count)]
    return long.written(columns, question.served.manifest, notes)

"""The answer to `/anomalies` as one long table."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.anomalies.service import AnomaliesQuestion
from app.tables.long_table import LongTable, present
from forecasting.evaluation.anomalies import Judgement


def to_table(question: AnomaliesQuestion, found: Judgement, media_type: str) -> bytes:
    """`unique_id`, `ds` (`index`, from 0, for series without dates), `y`, `expected`, `lower`,
    `upper`, `outside`, `score`; `error` where the request takes partial answers."""
    series = question.series
    counts = [len(places) for places in question.places]
    long = LongTable(series, counts, question.failures, media_type)
    positions = [
        np.array(places) + one.dropped for one, places in zip(series, question.places, strict=True)
    ]
    columns: dict[str, Any] = {"unique_id": long.ids()}
    if long.dated:
        columns["ds"] = long.dates(positions)
    if long.undated:
        columns["index"] = np.concatenate(positions)
    columns |= {
        "y": present(found.actual),
        "expected": found.expected,
        "lower": found.lower,
        "upper": found.upper,
        "outside": found.outside,
        "score": present(found.score),
    }
    notes = [one.notes for one in series]
    return long.written(columns, question.served.manifest, notes, level=question.level)

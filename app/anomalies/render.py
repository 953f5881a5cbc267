"""The answer to `/anomalies`: JSON in the shape of AnomaliesResponse, or one long table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson

from app.anomalies.planning import AnomalySearch
from app.requests.series_items import insert_failures
from app.tables.long_table import LongTable, present
from forecasting.evaluation.anomalies import AnomalyScores
from forecasting.notes import Note
from forecasting.series.series import Series


def render_json(search: AnomalySearch, scores: AnomalyScores, table_notes: Sequence[Note]) -> bytes:
    """Write the answer as JSON."""
    manifest = search.version.manifest
    series = [
        _series(item, positions, scores, rows)
        for item, positions, rows in zip(
            search.series, search.positions, search.values.rows(), strict=True
        )
    ]
    insert_failures(series, search.failures)
    return orjson.dumps(
        {
            "model": manifest.model,
            "version": manifest.version,
            "level": search.level,
            "series": series,
            "notes": table_notes,
        },
        option=orjson.OPT_SERIALIZE_NUMPY,
    )


def render_table(
    search: AnomalySearch, scores: AnomalyScores, media_type: str, table_notes: Sequence[Note]
) -> bytes:
    """Write the answer as a table with a row for each value that is scored.

    The columns are `unique_id`, `ds` (dates, or whole numbers if the series came with them;
    `index`, from 0, for series with neither), `y`, `expected`, `lower`, `upper`, `outside` and
    `score`; also `error` if the request takes partial answers.
    """
    series = search.series
    counts = [len(positions) for positions in search.positions]
    table = LongTable(series, counts, search.failures, media_type)
    indices = [
        np.array(positions) + item.dropped
        for item, positions in zip(series, search.positions, strict=True)
    ]
    columns: dict[str, Any] = dict(table.names())
    if table.dated:
        columns["ds"] = table.dates(indices)
    if table.undated:
        columns["index"] = np.concatenate(indices)
    columns |= {
        "y": present(scores.actual),
        "expected": scores.expected,
        "lower": scores.lower,
        "upper": scores.upper,
        "outside": scores.outside,
        "score": present(scores.score),
    }
    notes = [item.notes for item in series]
    manifest = search.version.manifest
    return table.written(columns, manifest, notes, table_notes, level=search.level)


def _series(series: Series, positions: range, scores: AnomalyScores, rows: slice) -> dict[str, Any]:
    calendar = series.calendar
    index = np.array(positions) + series.dropped
    outside = scores.outside[rows]
    return {
        **series.names,
        "frequency": None if calendar is None else calendar.frequency.name,
        "anomalies": index[outside],
        "index": index,
        "timestamps": (
            None if calendar is None else calendar.timestamps(int(index[0]), len(positions))
        ),
        "steps": (
            None if series.steps is None else series.steps.numbers(int(index[0]), len(positions))
        ),
        "actual": scores.actual[rows],
        "expected": scores.expected[rows],
        "lower": scores.lower[rows],
        "upper": scores.upper[rows],
        "outside": outside,
        "score": scores.score[rows],
        "notes": series.notes,
    }

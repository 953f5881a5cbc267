"""The answer to `/predict` as JSON, in the shape of PredictResponse."""

from __future__ import annotations

from typing import Any

import orjson

from app.predict.forecasts import Answer, Question
from app.requests.partial_errors import insert_failures
from forecasting.notes import Note
from forecasting.series.series import Series


def to_json(answer: Answer) -> bytes:
    question = answer.question
    forecasts = [_forecast(question, *row) for row in answer.rows()]
    for forecast, scores in zip(forecasts, answer.scores or (), strict=False):
        forecast["scores"] = scores
    insert_failures(forecasts, question.failures)
    manifest = question.served.manifest
    return orjson.dumps(
        {"model": manifest.model, "version": manifest.version, "forecasts": forecasts}
    )


def _forecast(
    question: Question,
    series: Series,
    point: list[float],
    quantiles: list[list[float]],
    notes: tuple[Note, ...],
) -> dict[str, Any]:
    steps = dict(zip(question.quantiles, quantiles, strict=True))
    return {
        "id": series.id,
        "frequency": None if series.calendar is None else series.calendar.frequency.name,
        "timestamps": series.future_timestamps(question.horizon),
        "point": point,
        "quantiles": {name: steps[quantile] for name, quantile in question.asked.items()},
        "intervals": {
            level: {"lower": steps[lower], "upper": steps[upper]}
            for level, (lower, upper) in question.intervals.items()
        },
        "notes": [
            {"code": note.code, "message": note.message, "count": note.count} for note in notes
        ],
        "scores": None,
    }

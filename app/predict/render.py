"""The answer to `/predict`: JSON in the shape of PredictResponse, or one long table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import orjson

from app.predict.planning import PlannedPrediction
from app.requests.series_items import insert_failures
from forecasting.notes import Note
from forecasting.prediction.pipeline import FinishedForecast

if TYPE_CHECKING:
    from app.predict.explanation import Explained
    from forecasting.evaluation.metrics import MethodScores

SeriesScores: TypeAlias = "Sequence[dict[str, MethodScores] | None]"
"""The scores of each series by method; None for a series that is too short to be scored."""


class Answer(NamedTuple):
    """All that an answer to `/predict` says."""

    prediction: PlannedPrediction
    finished: FinishedForecast
    scores: SeriesScores = ()
    """The scores of each series, if the request asked for them."""
    explained: Sequence[Explained] = ()
    """The explanation of each forecast, if the request asked for them."""
    table_notes: Sequence[Note] = ()
    """What was assumed to read the table that the series came in."""
    forecast_ids: Sequence[str] = ()
    """What each forecast is kept by, if the request asked for that."""


def render_json(answer: Answer) -> bytes:
    """Write the answer as JSON."""
    prediction, finished, scores, explained, table_notes, forecast_ids = answer
    points = finished.forecast.point.tolist()
    quantiles = finished.forecast.quantiles.swapaxes(1, 2).tolist()
    forecasts = [
        _forecast(prediction, position, point, quantiles[position], finished)
        for position, point in enumerate(points)
    ]
    for forecast, series_scores in zip(forecasts, scores, strict=False):
        forecast["scores"] = series_scores
    for forecast, forecast_id in zip(forecasts, forecast_ids, strict=False):
        forecast["forecast_id"] = forecast_id
    if explained:
        from app.predict.explanation import explanation_object

        for forecast, series, own in zip(forecasts, prediction.plan.series, explained, strict=True):
            forecast["explanation"] = explanation_object(series, own)
    insert_failures(forecasts, prediction.failures)
    manifest = prediction.version.manifest
    return orjson.dumps(
        {
            "model": manifest.model,
            "version": manifest.version,
            "forecasts": forecasts,
            "notes": table_notes,
        }
    )


def render_table(answer: Answer, media_type: str) -> bytes:
    """Write the answer as a table with a row for each step of each series.

    The columns are `unique_id`, `ds` (dates, or whole numbers if the series came with them; `step`,
    from 1, for series with neither), `point`, one for each quantile, and `lower-…` and `upper-…`
    for each level; if the request asks for explanations, those of `explanation_columns`;
    `forecast_id` if the forecasts are kept; `error` if the request takes partial answers.
    """
    from app.tables.long_table import LongTable, present

    prediction, finished, _, explained, table_notes, forecast_ids = answer
    plan, horizon = prediction.plan, prediction.plan.horizon
    count = len(plan.series)
    table = LongTable(plan.series, [horizon] * count, prediction.failures, media_type)
    ahead = np.arange(horizon)
    columns: dict[str, Any] = dict(table.names())
    if table.dated:
        columns["ds"] = table.dates(
            [series.dropped + series.values.size + ahead for series in plan.series]
        )
    if table.undated:
        columns["step"] = np.tile(ahead + 1, count)
    columns["point"] = finished.forecast.point.ravel()
    by_quantile = dict(zip(plan.quantiles, finished.forecast.quantiles.T, strict=True))
    for name, quantile in prediction.quantiles.items():
        columns[name] = by_quantile[quantile].T.ravel()
    for level, (lower, upper) in prediction.intervals.items():
        columns[f"lower-{level}"] = by_quantile[lower].T.ravel()
        columns[f"upper-{level}"] = by_quantile[upper].T.ravel()
    if explained:
        from app.predict.explanation import explanation_columns

        forms, components = explanation_columns(explained, horizon)
        columns["form"] = forms
        columns |= {name: present(values) for name, values in components.items()}
    if forecast_ids:
        columns["forecast_id"] = np.repeat(forecast_ids, horizon)
    notes = [_notes(prediction, finished, position) for position in range(count)]
    return table.written(columns, prediction.version.manifest, notes, table_notes)


def _notes(
    prediction: PlannedPrediction, finished: FinishedForecast, position: int
) -> tuple[Note, ...]:
    """Return the notes on a series and on its forecast."""
    plan = prediction.plan
    notes = plan.series[position].notes
    if position in plan.fallbacks:
        notes = (*notes, plan.fallbacks[position])
    if position in finished.bound_notes:
        notes = (*notes, *finished.bound_notes[position])
    return notes


def _forecast(
    prediction: PlannedPrediction,
    position: int,
    point: list[float],
    quantiles: list[list[float]],
    finished: FinishedForecast,
) -> dict[str, Any]:
    series = prediction.plan.series[position]
    by_quantile = dict(zip(prediction.plan.quantiles, quantiles, strict=True))
    return {
        **series.names,
        "frequency": None if series.calendar is None else series.calendar.frequency.name,
        "timestamps": series.future_timestamps(prediction.plan.horizon),
        "steps": series.future_steps(prediction.plan.horizon),
        "point": point,
        "quantiles": {
            name: by_quantile[quantile] for name, quantile in prediction.quantiles.items()
        },
        "intervals": {
            level: {"lower": by_quantile[lower], "upper": by_quantile[upper]}
            for level, (lower, upper) in prediction.intervals.items()
        },
        "notes": [
            {"code": note.code, "message": note.message, "count": note.count}
            for note in _notes(prediction, finished, position)
        ],
        "scores": None,
        "explanation": None,
    }

"""`"calibrate": true`: intervals corrected by how the latest past of each series went."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from app.predict.forecasts import Question
from app.serving.batcher import Batcher
from forecasting.errors import RequestError
from forecasting.notes import Note
from forecasting.prediction.conformal import stretch
from forecasting.prediction.forecaster import no_quantiles
from forecasting.prediction.recent_windows import FEWEST_WINDOWS, MOST_WINDOWS, recent_windows
from forecasting.prediction.seasonality import detect_season_length
from forecasting.types import Floats

_WINDOWS_AT_ONCE = 1_000
"""Others' forecasts get their turn in between."""


def check_calibration(question: Question, most_values: int) -> None:
    """Raises RequestError for a model without quantiles, or where more than `most_values` values
    would be computed."""
    signature = question.served.forecaster.signature
    if signature.quantiles is None:
        raise no_quantiles().at("calibrate")
    size = len(question.values) * MOST_WINDOWS * question.horizon * signature.outputs
    if size > most_values:
        raise RequestError(
            f"calibrating would take {size} values; {most_values} is the most. Ask for fewer "
            "series or steps at a time.",
            code="calibration_too_large",
            path=("calibrate",),
        )


async def calibrate(
    batcher: Batcher, question: Question, predicted: Floats
) -> tuple[Question, Floats]:
    """The forecasts (n, …, outputs) of the question's n series with calibrated intervals, and the
    question with a note on each of its series. The network's work goes through the batcher."""
    signature = question.served.forecaster.signature
    assert signature.quantiles is not None
    parts = [predicted[:0, : question.horizon]]
    counts: list[int] = []
    for rows in _slices(len(question.values)):
        ours = question.values[rows]
        windows = await asyncio.to_thread(
            recent_windows, ours, question.horizon, signature.shortest_context
        )
        part = predicted[rows, : question.horizon]
        if windows.contexts:
            lengths = await asyncio.to_thread(_season_lengths, question, rows)
            tried = await batcher.predict(
                question.served,
                windows.contexts,
                question.horizon,
                [lengths[place] for place in windows.series.tolist()],
            )
            widths = await asyncio.to_thread(windows.fit_widths, tried, signature.quantiles)
            part = stretch(part, widths, signature.point_index)
        parts.append(part)
        counts += windows.counts.tolist()
    return _noted(question, counts), np.concatenate(parts)


def _slices(count: int) -> Iterator[slice]:
    size = _WINDOWS_AT_ONCE // MOST_WINDOWS
    return (slice(start, start + size) for start in range(0, count, size))


def _season_lengths(question: Question, rows: slice) -> list[int]:
    """Those of the series as a whole, so that their windows need not have them detected again."""
    signature = question.served.forecaster.signature
    given = question.season_lengths[rows]
    if not signature.takes_season_out or signature.season_length > 1:
        return given
    return [
        length or detect_season_length(values[-signature.history_length :])
        for length, values in zip(given, question.values[rows], strict=True)
    ]


def _noted(question: Question, counts: list[int]) -> Question:
    of_network = iter(counts)
    series = [
        replace(
            one,
            notes=(*one.notes, _note(0 if place in question.fallbacks else next(of_network))),
        )
        for place, one in enumerate(question.series)
    ]
    return replace(question, series=series)


def _note(windows: int) -> Note:
    if windows:
        return Note(
            "calibrated",
            "Intervals were made wider or narrower by how forecasts of the latest past of the "
            "series went, in so many windows.",
            windows,
        )
    return Note(
        "calibration_skipped",
        f"Intervals are as the model gives them: fewer than {FEWEST_WINDOWS} windows of the "
        "latest past could be forecast.",
        0,
    )

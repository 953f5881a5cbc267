"""`"calibrate": true`: intervals corrected by how the latest past of each series went."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from app.requests.limits import check_calibration_values
from app.serving.batcher import Batcher
from app.serving.effort import run_plan
from app.serving.served_version import ServedVersion
from forecasting.notes import Note
from forecasting.prediction.calibration import FEWEST_WINDOWS, MOST_WINDOWS, recent_windows
from forecasting.prediction.conformal import stretch
from forecasting.prediction.effort.effort import network_runs
from forecasting.prediction.forecaster import quantiles_not_available
from forecasting.prediction.origins import AS_THEY_ARE, Contexts
from forecasting.prediction.pipeline import ForecastPlan
from forecasting.prediction.seasons.detection import detect_season_length
from forecasting.types import Floats

_SERIES_AT_ONCE = 50


def check_calibration(plan: ForecastPlan, most_values: int) -> None:
    """Raise RequestError if a plan cannot be calibrated.

    That is so if the model has no quantiles, or if more than `most_values` values would have to be
    computed.
    """
    signature = plan.signature
    if signature.quantiles is None:
        raise quantiles_not_available().under("calibrate")
    windows = len(plan.contexts) * MOST_WINDOWS * network_runs(plan.effort)
    check_calibration_values(windows * plan.horizon * signature.outputs, most_values)


async def calibrate(
    plan: ForecastPlan, predicted: Floats, version: ServedVersion, batcher: Batcher
) -> tuple[ForecastPlan, Floats]:
    """Calibrate what the network predicted for a plan's m contexts, (m, at least horizon, outputs).

    Every series is forecast from cutoffs in its latest past, some series at a time, so that the
    forecasts of other requests get their turn in between. Returns the plan with a note on each of
    its series, and the calibrated predictions, (m, horizon, outputs), in the units of the series.
    """
    signature = plan.signature
    assert signature.quantiles is not None
    series = [item for n, item in enumerate(plan.series) if n not in plan.fallbacks]
    predicted = plan.restored(predicted)
    parts = [predicted[:0]]
    counts: list[int] = []
    for rows in _slices(len(series)):
        windows = await asyncio.to_thread(
            recent_windows, series[rows], plan.horizon, signature.shortest_context
        )
        part = predicted[rows]
        if windows.pasts:
            lengths = await asyncio.to_thread(_season_lengths, plan, rows)
            season_lengths = [lengths[position] for position in windows.series.tolist()]
            contexts = await asyncio.to_thread(
                Contexts.of, windows.pasts, signature, season_lengths, plan.horizon
            )
            past_plan = replace(
                plan,
                series=contexts.series,
                fallbacks={},
                contexts=contexts.values,
                season_lengths=season_lengths,
                dates=contexts.dates,
                origins=contexts.origins,
                beside=contexts.beside,
            )
            past_plan, hindcasts = await run_plan(past_plan, version, batcher)
            hindcasts = past_plan.restored(hindcasts)
            widths = await asyncio.to_thread(windows.fit_widths, hindcasts, signature.quantiles)
            part = stretch(part, widths, signature.point_index)
        parts.append(part)
        counts += windows.counts.tolist()
    return _with_notes(plan, counts), np.concatenate(parts)


def _slices(count: int) -> Iterator[slice]:
    return (slice(start, start + _SERIES_AT_ONCE) for start in range(0, count, _SERIES_AT_ONCE))


def _season_lengths(plan: ForecastPlan, rows: slice) -> list[int]:
    """Return the season lengths of whole series, so that they are not detected in every window."""
    signature = plan.signature
    season_lengths = plan.season_lengths[rows]
    if not signature.takes_season_out or signature.season_length > 1:
        return season_lengths
    return [
        length or detect_season_length(values[-signature.history_length :])
        for length, values in zip(season_lengths, plan.contexts[rows], strict=True)
    ]


def _with_notes(plan: ForecastPlan, counts: list[int]) -> ForecastPlan:
    """Add a note on each series, whose predictions are in its own units by now.

    `counts` are the windows of those that the network forecasts.
    """
    of_network = iter(counts)
    series = [
        replace(
            item,
            notes=(*item.notes, _note(0 if n in plan.fallbacks else next(of_network))),
        )
        for n, item in enumerate(plan.series)
    ]
    return replace(plan, series=series, origins=AS_THEY_ARE)


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

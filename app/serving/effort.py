"""Forecasts in the batcher, with the effort that was asked for."""

from __future__ import annotations

import asyncio

from app.serving.batcher import Batcher
from app.serving.served_version import ServedVersion
from forecasting.prediction.pipeline import ForecastPlan
from forecasting.types import Floats


async def run_plan(
    plan: ForecastPlan, version: ServedVersion, batcher: Batcher
) -> tuple[ForecastPlan, Floats]:
    """Forecast the m contexts of a plan with its effort: (m, at least horizon, outputs).

    With the best effort, some series go at a time, so that the forecasts of other requests get
    their turn in between. Returns the plan too, which has notes on what was done. Raises
    OverloadedError if too many requests wait for a network.
    """
    if plan.effort != "best":
        predicted = await batcher.predict(
            version, plan.contexts, plan.horizon, plan.season_lengths, plan.dates, plan.beside
        )
        return plan, predicted
    from forecasting.prediction.effort.best import BestTask, join_parts, parts_of

    parts = []
    for rows in parts_of(plan):
        task = await asyncio.to_thread(BestTask.of, plan, rows)
        pasts = task.looks.network_pasts()
        predicted = await batcher.predict(
            version, pasts.values, plan.horizon, pasts.season_lengths, pasts.dates
        )
        of_larger = None
        if version.load_larger is not None:
            larger, pasts = await asyncio.to_thread(version.load_larger), task.looks.pasts
            of_larger = await batcher.predict(
                larger, pasts.values, plan.horizon, pasts.season_lengths, pasts.dates
            )
        parts.append(await asyncio.to_thread(task.combine, predicted, of_larger))
    return await asyncio.to_thread(join_parts, plan, parts)

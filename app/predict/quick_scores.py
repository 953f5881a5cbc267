"""`"scores": true`: a quick backtest of each series that is forecast."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from app.backtest.service import Work, check_size, run
from app.serving.batcher import Batcher
from app.serving.registry import ServedVersion
from app.settings import Settings
from forecasting.evaluation.backtest import Plan, cut, wanted_quantiles
from forecasting.evaluation.scores import MethodScores
from forecasting.prediction.bounds import Bounds
from forecasting.series.series import Series

_WINDOWS = 3


async def quick_scores(
    served: ServedVersion,
    series: Sequence[Series],
    season_lengths: Sequence[int],
    bounds: Sequence[Bounds],
    horizon: int,
    intervals: dict[str, tuple[float, float]],
    *,
    batcher: Batcher,
    settings: Settings,
) -> list[dict[str, MethodScores] | None]:
    """By method, over the last windows of each series, three at most, one after the other; None for
    a series that none fits into. Raises RequestError where there are too many."""
    signature = served.forecaster.signature
    whole = Plan(horizon, _WINDOWS, step=horizon)
    fitting = [whole.most_windows(one.values.size, signature.shortest_context) for one in series]
    plans = {
        place: Plan(horizon, min(count, _WINDOWS), step=horizon)
        for place, count in enumerate(fitting)
        if count
    }
    scores: list[dict[str, MethodScores] | None] = [None] * len(series)
    if not plans:
        return scores
    count = sum(plan.windows for plan in plans.values())
    check_size(count, horizon, wanted_quantiles(intervals), settings)
    given = [season_lengths[place] for place in plans]
    windows = await asyncio.to_thread(
        cut, [series[place] for place in plans], given, list(plans.values()), signature
    )
    found = await run(
        Work(served, given, [bounds[place] for place in plans], windows, intervals), batcher
    )
    for place, of_series in zip(plans, found.by_series, strict=True):
        scores[place] = of_series
    return scores

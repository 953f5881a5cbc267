"""`"scores": true`: a quick backtest of each series that is forecast."""

from __future__ import annotations

import asyncio

from app.predict.planning import PlannedPrediction
from app.predict.render import SeriesScores
from app.predict.schemas import PredictOptions
from app.requests.limits import check_backtest_values, check_windows
from app.serving.batcher import Batcher
from app.serving.forecasting import run_backtest
from app.settings.settings import Settings
from forecasting.evaluation.backtest import BacktestPlan, backtest_values, cut_windows
from forecasting.prediction.defaults import choose_season_length
from forecasting.prediction.effort.effort import network_runs

_WINDOWS = 3


async def quick_scores(
    prediction: PlannedPrediction, options: PredictOptions, batcher: Batcher, settings: Settings
) -> SeriesScores:
    """Score each series over its last windows, up to three that follow one another.

    Raises RequestError if there are too many windows or values.
    """
    plan = prediction.plan
    full_plan = BacktestPlan(plan.horizon, _WINDOWS, step=plan.horizon)
    fitting = [
        full_plan.most_windows(series.values.size, plan.signature.shortest_context)
        for series in plan.series
    ]
    plans = {
        position: BacktestPlan(plan.horizon, min(count, _WINDOWS), step=plan.horizon)
        for position, count in enumerate(fitting)
        if count
    }
    if not plans:
        return [None] * len(plan.series)
    count = network_runs(plan.effort) * sum(plan.windows for plan in plans.values())
    check_windows(count, settings.max_windows, "Ask for fewer series or windows at a time.")
    check_backtest_values(
        backtest_values(count, plan.horizon, prediction.intervals), settings.max_forecast_values
    )
    series = [plan.series[position] for position in plans]
    windows = await asyncio.to_thread(
        cut_windows,
        series,
        list(plans.values()),
        plan.signature,
        season_lengths=[choose_season_length(options.season_length, item) for item in series],
        bounds=[plan.bounds[position] for position in plans],
        effort=plan.effort,
    )
    result = await run_backtest(windows, prediction.intervals, prediction.version, batcher)
    scores = dict(zip(plans, result.by_series, strict=True))
    return [scores.get(position) for position in range(len(plan.series))]

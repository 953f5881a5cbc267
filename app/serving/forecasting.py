"""Forecasts of many pasts: the windows of a backtest, or the values searched for anomalies.

They are prepared and finished in threads and run in the batcher, some hundred at a time, so that
the forecasts of other requests get their turn in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from app.serving.batcher import Batcher
from app.serving.effort import run_plan
from app.serving.served_version import ServedVersion
from forecasting.evaluation.backtest import (
    METHODS,
    MODEL,
    BacktestResult,
    BacktestWindows,
    backtest_quantiles,
    score_backtest,
)
from forecasting.prediction.bounds import Bounds
from forecasting.prediction.forecaster import Forecast
from forecasting.prediction.pipeline import ForecastPlan, finish, join_forecasts, prepare
from forecasting.series.series import Series

_PASTS_AT_ONCE = 256


async def forecast_pasts(
    pasts: Sequence[Series],
    version: ServedVersion,
    batcher: Batcher,
    *,
    horizon: int,
    quantiles: tuple[float, ...],
    season_lengths: Sequence[int],
    bounds: Sequence[Bounds],
) -> Forecast:
    """Forecast n ≥ 1 series as they were at their cutoffs, with a season length and bounds each.

    Raises OverloadedError if too many requests wait for a network.
    """
    parts = []
    for start in range(0, len(pasts), _PASTS_AT_ONCE):
        rows = slice(start, start + _PASTS_AT_ONCE)
        plan = await asyncio.to_thread(
            prepare,
            pasts[rows],
            version.forecaster.signature,
            horizon=horizon,
            quantiles=quantiles,
            season_lengths=season_lengths[rows],
            bounds=bounds[rows],
        )
        parts.append(await _forecast(plan, version, batcher))
    return join_forecasts(parts)


async def run_backtest(
    windows: BacktestWindows,
    intervals: dict[str, tuple[float, float]],
    version: ServedVersion,
    batcher: Batcher,
) -> BacktestResult:
    """Forecast all windows with a version and with the baselines, and score them.

    `intervals` are the quantiles that bound each interval, by its name. Raises OverloadedError if
    too many requests wait for a network.
    """
    quantiles = backtest_quantiles(intervals)
    parts: dict[str, list[Forecast]] = {method: [] for method in METHODS}
    for rows in windows.parts():
        signature = version.forecaster.signature
        plan = await asyncio.to_thread(windows.prepare, rows, signature, quantiles)
        parts[MODEL].append(await _forecast(plan, version, batcher))
        baselines = await asyncio.to_thread(windows.forecast_baselines, rows, quantiles)
        for method, forecast in baselines.items():
            parts[method].append(forecast)
    forecasts = {method: join_forecasts(of_method) for method, of_method in parts.items()}
    return await asyncio.to_thread(score_backtest, windows, forecasts, intervals)


async def _forecast(plan: ForecastPlan, version: ServedVersion, batcher: Batcher) -> Forecast:
    plan, predicted = await run_plan(plan, version, batcher)
    return (await asyncio.to_thread(finish, plan, predicted)).forecast

"""`POST /v2/cross_validation`: forecasts of the past, as `/backtest` and `/anomalies` make them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from starlette.requests import Request

from app.anomalies.schemas import AnomaliesOptions
from app.anomalies.service import AnomalyService
from app.backtest.planning import PlannedBacktest
from app.backtest.schemas import BacktestOptions
from app.backtest.service import BacktestService
from app.compat.timegpt.forecasts.intervals import levels_of, render_intervals
from app.compat.timegpt.models import model_of
from app.compat.timegpt.schemas import CrossValidationPayload
from app.compat.timegpt.series import to_series_items
from app.compat.timegpt.support import check_supported, refuse
from app.requests.series_items import SeriesItem
from forecasting.errors import RequestError
from forecasting.evaluation.backtest import BacktestWindows
from forecasting.prediction.defaults import name_intervals
from forecasting.series.series import Series
from forecasting.types import Positions


async def cross_validate(
    request: Request,
    payload: CrossValidationPayload,
    backtests: BacktestService,
    anomalies: AnomalyService,
) -> dict[str, Any]:
    """Return the answer to a request.

    Raises ForecastingError, ServiceError or ValidationError if it cannot be answered.
    """
    check_supported(payload)
    if payload.feature_contributions:
        refuse(
            "feature_contributions",
            "what features add is told of forecasts of the future only. Leave out add_history.",
        )
    items = await asyncio.to_thread(
        to_series_items, payload.series, payload.freq, payload.hist_exog or ()
    )
    if payload.full_history:
        return await _forecast_history(request, payload, items, anomalies)
    options = BacktestOptions(
        model=model_of(payload),
        horizon=payload.h,
        windows=payload.n_windows,
        step=payload.step_size,
        levels=levels_of(payload.level),
    )
    backtest = await plan_windows(backtests, options, items)
    windows, made = await backtests.forecast(request, backtest)
    task = backtest.task
    return {
        "mean": made.point.ravel(),
        "sizes": [task.plan.windows * task.plan.horizon] * len(task.series),
        "idxs": positions(windows, task.series, payload.series.sizes).ravel(),
        "intervals": render_intervals(payload.level, task.intervals, task.quantiles, made),
        "weights_x": None,
        "feature_contributions": None,
    }


async def _forecast_history(
    request: Request,
    payload: CrossValidationPayload,
    items: list[SeriesItem],
    anomalies: AnomalyService,
) -> dict[str, Any]:
    """Forecast all of the past but its start, each value from those before it."""
    intervals = name_intervals(levels_of(payload.level))
    quantiles = tuple(sorted({bound for pair in intervals.values() for bound in pair}))
    options = AnomaliesOptions(model=model_of(payload))
    search, made = await anomalies.expect(request, options, items, quantiles)
    return {
        "mean": made.point.ravel(),
        "sizes": [len(of_series) for of_series in search.values.positions],
        "intervals": render_intervals(payload.level, intervals, quantiles, made),
        "weights_x": None,
        "feature_contributions": None,
    }


async def plan_windows(
    service: BacktestService, options: BacktestOptions, items: list[SeriesItem]
) -> PlannedBacktest:
    """Check a backtest that is to be answered at once.

    Raises ForecastingError, ServiceError or ValidationError if that cannot be done.
    """
    backtest = await service.plan(options, items)
    if backtest.as_job:
        raise RequestError(
            "this would take more forecasts than one request may (FORECAST_MAX_WINDOWS, "
            "FORECAST_MAX_FORECAST_VALUES). Pass num_partitions, or ask for fewer windows.",
            code="too_many_windows",
        )
    return backtest


def positions(
    windows: BacktestWindows, series: Sequence[Series], sizes: Sequence[int]
) -> Positions:
    """Return where the steps of n windows lie among the values of all series, (n, horizon)."""
    starts = np.array(list(accumulate(sizes, initial=0))[:-1])
    starts += np.array([item.dropped for item in series])
    first = starts[windows.series] + windows.cutoffs
    steps: Positions = first[:, None] + np.arange(windows.horizon)
    return steps

"""`POST /v2/anomaly_detection` and `/v2/online_anomaly_detection`: unusual values of the past."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import numpy as np
from starlette.requests import Request

from app.anomalies.schemas import AnomaliesOptions
from app.anomalies.service import AnomalyService
from app.backtest.schemas import BacktestOptions
from app.backtest.service import BacktestService
from app.compat.timegpt.forecasts.cross_validation import plan_windows, positions
from app.compat.timegpt.models import model_of
from app.compat.timegpt.schemas import AnomalyPayload, OnlineAnomalyPayload
from app.compat.timegpt.series import to_series_items
from app.compat.timegpt.support import check_supported, refuse
from forecasting.errors import SeriesError
from forecasting.evaluation.anomalies import score_anomalies
from forecasting.evaluation.backtest import BacktestWindows
from forecasting.evaluation.backtest_task import BacktestTask
from forecasting.evaluation.joint_anomalies import JointScores, score_jointly
from forecasting.prediction.defaults import decimal_name
from forecasting.prediction.forecaster import Forecast
from forecasting.prediction.quantiles import interval_quantiles
from forecasting.series.series import Series


async def find_anomalies(
    request: Request, payload: AnomalyPayload, service: AnomalyService
) -> dict[str, Any]:
    """Judge all of the past but its start, each value by its forecast from those before it.

    Raises ForecastingError, ServiceError or ValidationError if that cannot be done.
    """
    check_supported(payload)
    items = await asyncio.to_thread(to_series_items, payload.series, payload.freq, ())
    options = AnomaliesOptions(model=model_of(payload), level=payload.level)
    band = interval_quantiles(float(payload.level))
    search, made = await service.expect(request, options, items, band)
    scores = score_anomalies(search.values.actual(), made)
    return {
        "mean": scores.expected.ravel(),
        "sizes": [len(of_series) for of_series in search.values.positions],
        "intervals": {
            f"lo-{payload.level}": scores.lower,
            f"hi-{payload.level}": scores.upper,
        },
        "anomaly": scores.outside,
        "weights_x": None,
    }


async def find_latest_anomalies(
    request: Request, payload: OnlineAnomalyPayload, service: BacktestService
) -> dict[str, Any]:
    """Judge the last `detection_size` values of each series by forecasts of windows of them.

    The windows lie one after another. So each value is judged by the forecast of the latest window
    that begins before it, also where the client's `step_size` has its windows overlap.

    Raises ForecastingError, ServiceError or ValidationError if that cannot be done.
    """
    check_supported(payload)
    step = payload.step_size or payload.h
    if step > payload.h:
        refuse("step_size", f"steps of {step} would leave values between windows of {payload.h}.")
    items = await asyncio.to_thread(
        to_series_items, payload.series, payload.freq, payload.hist_exog or ()
    )
    options = BacktestOptions(
        model=model_of(payload),
        horizon=step,
        step=step,
        windows=-(-payload.detection_size // step),
        levels=[float(payload.level)],
    )
    backtest = await plan_windows(service, options, items)
    windows, made = await service.forecast(request, backtest)
    return await asyncio.to_thread(_judge_latest, payload, backtest.task, windows, made)


def _judge_latest(
    payload: OnlineAnomalyPayload, task: BacktestTask, windows: BacktestWindows, made: Forecast
) -> dict[str, Any]:
    """Judge the last values in the windows of each series by the forecasts of these windows."""
    count, n = payload.detection_size, len(task.series)
    bounds = task.intervals[decimal_name(float(payload.level))]
    band = made.quantiles[:, :, [task.quantiles.index(bound) for bound in bounds]]
    point = made.point.reshape(n, -1)[:, -count:].reshape(-1, 1)
    band = band.reshape(n, -1, 2)[:, -count:].reshape(-1, 1, 2)
    actual = windows.actual.reshape(n, -1)[:, -count:].ravel()
    scores = score_anomalies(actual, Forecast(point, band))
    joint: JointScores | None = None
    if payload.threshold_method == "multivariate":
        _check_aligned(task.series)
        joint = score_jointly(scores, n, float(payload.level))
    index = positions(windows, task.series, payload.series.sizes).reshape(n, -1)[:, -count:]
    outside = scores.outside if joint is None else np.tile(joint.outside, n)
    accumulated = None if joint is None else np.tile(joint.accumulated, n)
    return {
        "mean": scores.expected.ravel(),
        "sizes": [count] * n,
        "idxs": index.ravel(),
        "anomaly": outside,
        "anomaly_score": scores.score,
        "accumulated_anomaly_score": accumulated,
        "intervals": {
            f"lo-{payload.level}": scores.lower,
            f"hi-{payload.level}": scores.upper,
        },
    }


def _check_aligned(series: Sequence[Series]) -> None:
    """Raise SeriesError unless all series end at the same time."""
    ends = [
        None
        if item.calendar is None
        else item.calendar.timestamps(item.dropped + item.values.size - 1, 1)[0]
        for item in series
    ]
    if len(set(ends)) > 1:
        raise SeriesError(
            "series are judged together only if all of them end at the same time. Cut them, or use "
            "the threshold_method 'univariate'.",
            code="not_supported",
            path=("threshold_method",),
        )

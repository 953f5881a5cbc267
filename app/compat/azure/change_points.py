"""Azure's detection of change points, by forecasts from before each, on `/backtest`'s road."""

from __future__ import annotations

import asyncio

import numpy as np
from starlette.requests import Request

from app.backtest.schemas import BacktestOptions
from app.backtest.service import BacktestService
from app.compat.azure.detection import false_alarm_rate
from app.compat.azure.known_series import KnownSeries
from app.compat.azure.points import Points, read_points
from app.compat.azure.schemas import ChangePointAnswer, ChangePointRequest
from forecasting.errors import RequestError, SeriesError
from forecasting.evaluation.anomalies import choose_warm_up
from forecasting.evaluation.change_points import ChangePoints, find_change_points
from forecasting.prediction.defaults import choose_season_length
from forecasting.prediction.forecaster import Forecast
from forecasting.prediction.quantiles import interval_quantiles

_USUAL_THRESHOLD = 0.9
_USUAL_WINDOW = 5
_LEVEL = 99.0
"""The level of the band that errors are measured by, in percent."""


async def detect_change_points(
    request: Request, asked: ChangePointRequest, service: BacktestService
) -> ChangePointAnswer:
    """Say at which points the series begins to go another way.

    Nothing is found at the first points, before which too little lies, and at the last, after which
    the new way is not long enough. Raises ForecastingError or ServiceError if that cannot be done.
    """
    points = await asyncio.to_thread(read_points, asked)
    version = await service.registry.get(None, None)
    series, count = points.series, points.series.values.size
    season_length = choose_season_length(asked.period or None, series)
    warm_up = min(choose_warm_up(None, season_length, version.forecaster.signature), count // 2)
    window = asked.stable_trend_window or _USUAL_WINDOW
    if warm_up + window > count:
        raise SeriesError(
            f"there are {count - warm_up} steps after the first, which nothing is said of; the "
            "window cannot be longer.",
            path=("stableTrendWindow",),
        )
    options = BacktestOptions(
        model=version.manifest.model,
        version=version.manifest.version,
        horizon=window,
        windows=count - window + 1 - warm_up,
        step=1,
        levels=[_LEVEL],
        season_length=asked.period or None,
    )
    backtest = await service.plan(options, [KnownSeries(series)])
    if backtest.as_job:
        raise RequestError(
            f"this would take {options.windows} forecasts of {window} steps, which is too much for "
            "one request. Send fewer points at a time, or ask for a shorter stableTrendWindow.",
            code="too_many_windows",
        )
    windows, forecast = await service.forecast(request, backtest)
    edges = [backtest.task.quantiles.index(edge) for edge in interval_quantiles(_LEVEL)]
    threshold = _USUAL_THRESHOLD if asked.threshold is None else asked.threshold
    changes = await asyncio.to_thread(
        find_change_points,
        windows.actual,
        Forecast(forecast.point, forecast.quantiles[:, :, edges]),
        level=_LEVEL,
        false_alarm_rate=false_alarm_rate(threshold / _USUAL_THRESHOLD),
    )
    return _answer(points, warm_up, changes)


def _answer(points: Points, warm_up: int, changes: ChangePoints) -> ChangePointAnswer:
    judged = slice(warm_up, warm_up + changes.found.size)
    found = np.zeros(points.series.values.size, bool)
    confidence = np.zeros(found.size)
    found[judged], confidence[judged] = changes.found, changes.confidence
    return ChangePointAnswer(
        period=points.period,
        is_change_point=found[points.rows].tolist(),
        confidence_scores=confidence[points.rows].tolist(),
    )

"""`POST /v2/forecast`: forecasts of the future, as `/predict` makes them."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
from starlette.requests import Request

from app.compat.timegpt.forecasts.intervals import levels_of, render_intervals
from app.compat.timegpt.models import model_of
from app.compat.timegpt.schemas import ForecastPayload
from app.compat.timegpt.series import feature_name, to_series_items
from app.compat.timegpt.support import check_contributions, check_supported
from app.predict.render import Answer
from app.predict.schemas import PredictOptions
from app.predict.service import PredictService
from forecasting.types import Floats


async def forecast(
    request: Request, payload: ForecastPayload, service: PredictService
) -> dict[str, Any]:
    """Return the answer to a request.

    Raises ForecastingError, ServiceError or ValidationError if it cannot be answered.
    """
    check_supported(payload)
    check_contributions(payload)
    series = payload.series
    known = len(series.X_future or ())
    past_only = range(known, len(series.X or ()))
    items = await asyncio.to_thread(to_series_items, series, payload.freq, past_only, payload.h)
    options = PredictOptions(
        model=model_of(payload),
        horizon=payload.h,
        levels=levels_of(payload.level),
        explain=payload.feature_contributions,
    )
    answer = await service.forecast(request, options, items)
    prediction, made = answer.prediction, answer.finished.forecast
    return {
        "mean": made.point.ravel(),
        "intervals": render_intervals(
            payload.level, prediction.intervals, prediction.plan.quantiles, made
        ),
        "weights_x": None,
        "feature_contributions": (
            _contributions(answer, len(series.X or ())) if payload.feature_contributions else None
        ),
    }


def _contributions(answer: Answer, count: int) -> list[Floats]:
    """Return what each of `count` features adds to each step of all series, and last, the rest."""
    rest = answer.finished.forecast.point.copy()
    added = {feature_name(number): np.zeros_like(rest) for number in range(count)}
    for place, explained in enumerate(answer.explained):
        for kind, name, values in explained.explanation.components:
            if kind == "covariate":
                added[name][place] = values
                rest[place] -= values
    return [values.ravel() for values in (*added.values(), rest)]

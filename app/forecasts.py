"""From a parsed `/predict` request to its answer, the network apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from app.registry import Served
from app.schemas.predict import PredictRequest, decimal, interval_bounds
from app.schemas.series import to_series
from app.settings import Settings
from forecasting.arrays import Floats
from forecasting.errors import RequestError
from forecasting.fallback import fallback_forecast, fallback_note
from forecasting.forecaster import Forecast, no_quantiles
from forecasting.series import Note, Series

_DEFAULT_LEVELS = [80.0]


@dataclass(frozen=True, slots=True)
class Question:
    """A checked request: what to forecast with one model version."""

    served: Served
    series: list[Series]
    fallbacks: dict[int, Note]
    """By place, which series are not the network's to forecast, and why."""
    values: list[Floats]
    """Those that are."""
    season_lengths: list[int]
    """One for each of `values`; 0 has it detected."""
    horizon: int
    asked: dict[str, float]
    """The quantiles that were asked for, by the name that they have in the answer."""
    intervals: dict[str, tuple[float, float]]
    """The quantiles that bound each level, by its name in the answer."""
    quantiles: tuple[float, ...]
    """All of them, rising."""


def ask(request: PredictRequest, served: Served, settings: Settings) -> Question:
    """Check a request against the model. Raises SeriesError or RequestError with its place."""
    series = to_series(request.series, settings.max_series, "FORECAST_MAX_SERIES")
    signature = served.forecaster.signature
    horizon = request.horizon or signature.usual_horizon
    if horizon > settings.max_horizon:
        raise RequestError(
            f"a horizon of {horizon} is over the limit of {settings.max_horizon}.",
            code="horizon_too_long",
            path=("horizon",),
        )
    default = _DEFAULT_LEVELS if signature.quantiles else []
    asked = {decimal(quantile): quantile for quantile in request.quantiles}
    intervals = interval_bounds(default if request.levels is None else request.levels)
    bounds = (bound for pair in intervals.values() for bound in pair)
    quantiles = tuple(sorted({*asked.values(), *bounds}))
    size = len(series) * horizon * (len(quantiles) + 1)
    if size > settings.max_forecast_values:
        raise RequestError(
            f"the answer would hold {size} values; {settings.max_forecast_values} is the most. "
            "Ask for fewer series, steps or quantiles at a time.",
            code="answer_too_large",
            path=("horizon",),
        )
    if quantiles and signature.quantiles is None:
        raise no_quantiles().under("levels" if request.levels else "quantiles")
    fallbacks = {
        place: note
        for place, one in enumerate(series)
        if (note := fallback_note(one, signature.shortest_context))
    }
    ours = [one for place, one in enumerate(series) if place not in fallbacks]
    return Question(
        served=served,
        series=series,
        fallbacks=fallbacks,
        values=[one.values for one in ours],
        season_lengths=[_season_length(request, one) for one in ours],
        horizon=horizon,
        asked=asked,
        intervals=intervals,
        quantiles=quantiles,
    )


def _season_length(request: PredictRequest, series: Series) -> int:
    """What was asked for, else the frequency's; 0 where that says nothing."""
    if request.season_length is not None:
        return request.season_length
    return 0 if series.calendar is None else series.calendar.season_length


def answer(question: Question, predicted: Floats) -> bytes:
    """The body of the answer, PredictResponse as JSON, from what the network predicted."""
    manifest = question.served.manifest
    forecast = question.served.forecaster.read(predicted, question.horizon, question.quantiles)
    if question.fallbacks:
        forecast = _with_fallbacks(question, forecast)
    points = forecast.point.tolist()
    quantiles = np.swapaxes(forecast.quantiles, 1, 2).tolist()
    return orjson.dumps(
        {
            "model": manifest.model,
            "version": manifest.version,
            "forecasts": [
                _forecast(question, place, *row)
                for place, row in enumerate(zip(question.series, points, quantiles, strict=True))
            ],
        }
    )


def _with_fallbacks(question: Question, forecast: Forecast) -> Forecast:
    """The network's forecasts and the fallbacks', each in the place of its series."""
    of_network = iter(zip(forecast.point[:, None], forecast.quantiles[:, None], strict=True))
    rows = [
        fallback_forecast(series, question.horizon, question.quantiles)
        if place in question.fallbacks
        else Forecast(*next(of_network))
        for place, series in enumerate(question.series)
    ]
    return Forecast(
        np.concatenate([row.point for row in rows]), np.concatenate([row.quantiles for row in rows])
    )


def _forecast(
    question: Question, place: int, series: Series, point: list[float], quantiles: list[list[float]]
) -> dict[str, Any]:
    fallback = question.fallbacks.get(place)
    notes = series.notes if fallback is None else (*series.notes, fallback)
    steps = dict(zip(question.quantiles, quantiles, strict=True))
    return {
        "id": series.id,
        "frequency": None if series.calendar is None else series.calendar.frequency,
        "timestamps": series.future_timestamps(question.horizon),
        "point": point,
        "quantiles": {name: steps[quantile] for name, quantile in question.asked.items()},
        "intervals": {
            level: {"lower": steps[lower], "upper": steps[upper]}
            for level, (lower, upper) in question.intervals.items()
        },
        "notes": [
            {"code": note.code, "message": note.message, "count": note.count} for note in notes
        ],
    }

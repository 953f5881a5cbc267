"""Azure's detection of anomalies, on the road of `/anomalies`.

Each point is judged by what the model expected one step before it. The first points, before which
too little lies, are judged by what it expects of the series backwards, from the points after them.
"""

from __future__ import annotations

import asyncio
from dataclasses import fields

import numpy as np
from starlette.requests import Request

from app.anomalies.schemas import AnomaliesOptions
from app.anomalies.service import AnomalyService
from app.compat.azure.known_series import KnownSeries
from app.compat.azure.points import read_points
from app.compat.azure.schemas import FEWEST_POINTS, DetectRequest, EntireAnswer, LastAnswer
from app.serving.served_version import ServedVersion
from forecasting.evaluation.anomalies import AnomalyScores, choose_warm_up, score_anomalies
from forecasting.prediction.defaults import choose_season_length
from forecasting.prediction.quantiles import interval_quantiles
from forecasting.series.series import Series
from forecasting.types import Floats, Positions

_USUAL_SENSITIVITY = 85
_USUAL_RATIO = 0.25


def false_alarm_rate(sensitivity: float) -> float:
    """Return the share of values that may be found where there is nothing to find.

    It is 1% for a sensitivity of 1, the usual one, as in `/anomalies`, and 0.0001% for 0, and its
    logarithm is a straight line through these.
    """
    return float(10 ** (4 * sensitivity - 6))


async def detect_entire(
    request: Request, asked: DetectRequest, service: AnomalyService
) -> EntireAnswer:
    """Judge all points. Raises ForecastingError or ServiceError if that cannot be done."""
    points = await asyncio.to_thread(read_points, asked)
    version = await service.versions.get(None, None)
    series, count = points.series, points.series.values.size
    season_length = choose_season_length(asked.period or None, series)
    warm_up = min(choose_warm_up(None, season_length, version.forecaster.signature), count // 2)
    options = _options(asked, version, warm_up=warm_up)
    later = await _score(request, series, options, service)
    turned = {"warm_up": count - warm_up, "season_length": season_length or None}
    backwards = Series.from_values(series.observed()[::-1], gaps=series.gaps)
    first = await _score(request, backwards, options.model_copy(update=turned), service)
    scores = _take(_join(first, later), points.rows)
    severity = _severity(scores)
    severity[_too_many(severity, asked.max_anomaly_ratio or _USUAL_RATIO)] = 0
    found, above = severity > 0, scores.actual > scores.expected
    return EntireAnswer(
        period=points.period,
        expected_values=scores.expected.tolist(),
        upper_margins=(scores.upper - scores.expected).tolist(),
        lower_margins=(scores.expected - scores.lower).tolist(),
        is_anomaly=found.tolist(),
        is_negative_anomaly=(found & ~above).tolist(),
        is_positive_anomaly=(found & above).tolist(),
        severity=severity.tolist(),
    )


async def detect_last(
    request: Request, asked: DetectRequest, service: AnomalyService
) -> LastAnswer:
    """Judge the latest point. Raises ForecastingError or ServiceError if that cannot be done."""
    points = await asyncio.to_thread(read_points, asked)
    version = await service.versions.get(None, None)
    options = _options(asked, version, warm_up=FEWEST_POINTS - 1, last=1)
    scores = await _score(request, points.series, options, service)
    severity = float(_severity(scores)[0])
    actual, expected, lower, upper = (
        float(of_one[0]) for of_one in (scores.actual, scores.expected, scores.lower, scores.upper)
    )
    signature = version.forecaster.signature
    return LastAnswer(
        period=points.period,
        suggested_window=max(*signature.spans.values(), signature.history_length) + 1,
        expected_value=expected,
        upper_margin=upper - expected,
        lower_margin=expected - lower,
        is_anomaly=severity > 0,
        is_negative_anomaly=severity > 0 and actual < expected,
        is_positive_anomaly=severity > 0 and actual > expected,
        severity=severity,
    )


def _options(
    asked: DetectRequest, version: ServedVersion, *, warm_up: int, last: int | None = None
) -> AnomaliesOptions:
    sensitivity = _USUAL_SENSITIVITY if asked.sensitivity is None else asked.sensitivity
    rate = false_alarm_rate(sensitivity / _USUAL_SENSITIVITY)
    return AnomaliesOptions(
        model=version.manifest.model,
        version=version.manifest.version,
        level=round(100 * (1 - rate), 6),
        season_length=asked.period or None,
        warm_up=warm_up,
        last=last,
    )


async def _score(
    request: Request, series: Series, options: AnomaliesOptions, service: AnomalyService
) -> AnomalyScores:
    band = interval_quantiles(options.level)
    search, forecast = await service.expect(request, options, [KnownSeries(series)], band)
    return score_anomalies(search.values.actual(), forecast)


def _join(first: AnomalyScores, later: AnomalyScores) -> AnomalyScores:
    """Return the scores of both, of which the first come backwards."""
    names = [field.name for field in fields(AnomalyScores)]
    return AnomalyScores(
        *(np.concatenate([getattr(first, name)[::-1], getattr(later, name)]) for name in names)
    )


def _take(scores: AnomalyScores, rows: Positions) -> AnomalyScores:
    """Return the scores of some values."""
    return AnomalyScores(*(getattr(scores, field.name)[rows] for field in fields(AnomalyScores)))


def _severity(scores: AnomalyScores) -> Floats:
    """Return for each value the share of its distance from what was expected that lies beyond the
    margin, (n,): from 0 for a value within it to 1 if there is no margin."""
    beyond = 1 - 1 / np.maximum(np.abs(np.nan_to_num(scores.score, nan=np.inf)), 1)
    return np.where(scores.outside, beyond, 0.0)


def _too_many(severity: Floats, most: float) -> Positions:
    """Return the positions of the values beyond the share `most` that are the most severe."""
    return np.argsort(-severity, kind="stable")[int(most * severity.size) :]

"""Change points: times from which on a series goes another way than was forecast just before them.

At each time the next h steps are forecast. If nothing changes, each of them lies beyond the edge of
a band with the probability p that the band leaves beyond it. Then at least half of them do with a
probability of at most 2 p, however much the errors of the steps depend on each other: Markov's
inequality for their number. So the distance that half of the steps lie at, or farther, says how
surely the series changes there, and a single outlier does not move it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from forecasting.evaluation.anomalies import score_anomalies
from forecasting.prediction.forecaster import Forecast
from forecasting.prediction.quantiles import interval_quantiles, normal_scores
from forecasting.types import Floats

_normal_tail = np.vectorize(lambda score: math.erfc(score / math.sqrt(2)) / 2, otypes=[float])
"""The probability that a standard normal variable exceeds a score."""

_FARTHEST = 10.0
"""Distances beyond this say nothing more about where a series changes."""


@dataclass(frozen=True, slots=True)
class ChangePoints:
    """n times that follow each other, each the first of h steps; both arrays are (n,)."""

    confidence: Floats
    """From 0 to 1: 1 less the probability that the steps lie so far off, or farther, by chance."""
    found: npt.NDArray[np.bool_]
    """Whether the series changes there: what is seen is improbable enough without a change, and at
    no other time within h - 1 steps that this holds for are the steps farther off on average."""


def find_change_points(
    actual: Floats, forecast: Forecast, level: float, false_alarm_rate: float
) -> ChangePoints:
    """Look for changes where the steps (n, h) of n times that follow each other begin.

    `actual` is NaN where a value is missing. The quantiles of the forecast, (n, h, 2), bound the
    band of `level` percent, and errors are taken to be normal with that band. A time at which
    nothing changes is found with a probability of at most `false_alarm_rate`.
    """
    steps = actual.shape[1]
    distances = _distances(actual, forecast)
    edge = normal_scores(interval_quantiles(level))[1]
    chance = np.minimum(1.0, 4 * _normal_tail(edge * np.abs(_distance_of_half(distances))))
    mean = np.abs(np.clip(distances, -_FARTHEST, _FARTHEST).mean(axis=1))
    off = np.where(chance <= false_alarm_rate, mean, -1.0)
    around = np.pad(off, steps - 1, constant_values=-1.0)
    first = sliding_window_view(around, 2 * steps - 1).argmax(axis=1) == steps - 1
    return ChangePoints(1 - chance, (off >= 0) & first)


def _distances(actual: Floats, forecast: Forecast) -> Floats:
    """Return how far from the forecast each step lies, (n, h): 1 at the upper edge of its band.

    A missing value lies at 0, and one off a band that has no width lies infinitely far.
    """
    flat = Forecast(forecast.point.reshape(-1, 1), forecast.quantiles.reshape(-1, 1, 2))
    scores = score_anomalies(actual.ravel(), flat)
    infinite = np.where(scores.outside, np.copysign(np.inf, scores.actual - scores.expected), 0.0)
    return np.where(np.isnan(scores.score), infinite, scores.score).reshape(actual.shape)


def _distance_of_half(distances: Floats) -> Floats:
    """Return the distance (n,) that half of the steps (n, h) lie at on one side, or farther."""
    half = (distances.shape[1] + 1) // 2
    rising = np.sort(distances, axis=1)
    upper, lower = rising[:, -half], rising[:, half - 1]
    return np.where(upper >= -lower, np.maximum(upper, 0), np.minimum(lower, 0))

"""Scores of forecasts. Lower is better for all of them but coverage."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.prediction.forecaster import Forecast
from forecasting.types import Floats

WQL_QUANTILES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""The quantiles that the weighted quantile loss is averaged over."""


def seasonal_naive_scale(past: Floats, season_length: int) -> float:
    """Return the in-sample mean absolute error of seasonal naive on `past` (n,).

    It is the denominator of MASE: Hyndman and Koehler (2006), Another look at measures of forecast
    accuracy, section 3. It is NaN if the past is no longer than a season or repeats itself exactly.
    """
    if past.size <= season_length:
        return float("nan")
    scale = float(np.mean(np.abs(past[season_length:] - past[:-season_length])))
    return scale or float("nan")


def mase(y: Floats, point: Floats, scales: Floats) -> float:
    """Return the mean absolute scaled error of `point` (n, horizon) against `y` (n, horizon).

    `scales` (n,) are the denominators from the past of each row; rows whose scale is NaN are left
    out. Hyndman and Koehler (2006), section 3.
    """
    return float(np.nanmean(np.mean(np.abs(y - point), axis=1) / scales))


def smape(y: Floats, point: Floats) -> float:
    """Return the symmetric mean absolute percentage error, from 0 to 200.

    `y` and `point` have the same shape; 0/0 counts as 0. Makridakis (1993), Accuracy measures:
    theoretical and practical concerns.
    """
    size = np.abs(y) + np.abs(point)
    return float(200 * np.mean(np.abs(y - point) / np.where(size > 0, size, 1.0)))


def rmse(y: Floats, point: Floats) -> float:
    """Return the root mean squared error in the unit of `y`; both have the same shape."""
    return float(np.sqrt(np.mean((y - point) ** 2)))


def wql(y: Floats, forecasts: Floats, quantiles: Sequence[float]) -> float:
    """Return the weighted quantile loss, averaged over `quantiles`.

    `y` has the shape (n, horizon), `forecasts` (n, horizon, number of quantiles). For each quantile
    it is twice the summed pinball loss over the summed absolute values: Salinas et al. (2020),
    DeepAR, section 4 (there called ρ-risk). It is NaN if every y is 0.
    """
    q = np.asarray(quantiles)
    errors = y[:, :, None] - forecasts
    pinball = np.maximum(q * errors, (q - 1) * errors)
    total = float(np.abs(y).sum())
    return float(2 * pinball.sum() / total / len(q)) if total else float("nan")


def coverage(y: Floats, lower: Floats, upper: Floats) -> float:
    """Return the share of `y` that lies within [lower, upper]; all three have the same shape."""
    return float(np.mean((lower <= y) & (y <= upper)))


@dataclass(frozen=True, slots=True)
class MethodScores:
    """All scores of one method's forecasts.

    A score is None if it is not defined: because nothing was observed, because MASE has no scale,
    or because the method predicts no quantiles.
    """

    mase: float | None
    smape: float | None
    rmse: float | None
    wql: float | None
    coverage: dict[str, float | None]
    """The share of the observed values that lie within each interval, by its name."""


def score_forecasts(
    actual: Floats,
    forecast: Forecast,
    scales: Floats,
    quantiles: Sequence[float],
    intervals: dict[str, tuple[float, float]],
) -> MethodScores:
    """Score forecasts of `actual` (n, horizon), which is NaN where a value is missing.

    `scales` (n,) are the denominators of MASE. `quantiles` are those that the forecast has, if it
    has any; WQL_QUANTILES and the bounds of `intervals` are among them. Missing values are left
    out of every score.
    """
    seen = ~np.isnan(actual)
    if not seen.any():
        return MethodScores(None, None, None, None, dict.fromkeys(intervals))
    y, point = actual[seen][:, None], forecast.point[seen][:, None]
    scale = np.broadcast_to(scales[:, None], actual.shape)[seen]
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = mase(y, point, scale) if np.isfinite(scale).any() else math.nan
        of_point = (_finite(scaled), _finite(smape(y, point)), _finite(rmse(y, point)))
        if not forecast.quantiles.shape[2]:
            return MethodScores(*of_point, None, {})
        columns = dict(zip(quantiles, forecast.quantiles[seen].T[:, :, None], strict=True))
        of_wql = np.stack([columns[quantile] for quantile in WQL_QUANTILES], axis=2)
        return MethodScores(
            *of_point,
            _finite(wql(y, of_wql, WQL_QUANTILES)),
            {
                name: _finite(coverage(y, columns[lower], columns[upper]))
                for name, (lower, upper) in intervals.items()
            },
        )


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None

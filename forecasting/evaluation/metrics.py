"""Scores of forecasts. Lower is better, coverage apart."""

from collections.abc import Sequence

import numpy as np

from forecasting.types import Floats


def seasonal_naive_scale(past: Floats, season_length: int) -> float:
    """The in-sample mean absolute error of seasonal naive on `past` (n,): MASE's denominator.

    Hyndman and Koehler (2006), Another look at measures of forecast accuracy, section 3.
    NaN where the past is no longer than a season, or repeats itself exactly.
    """
    if past.size <= season_length:
        return float("nan")
    scale = float(np.mean(np.abs(past[season_length:] - past[:-season_length])))
    return scale or float("nan")


def mase(y: Floats, point: Floats, scales: Floats) -> float:
    """Mean absolute scaled error: y and point (n, horizon), scales (n,) from the past of each.

    Rows whose scale is NaN are left out. Hyndman and Koehler (2006), section 3.
    """
    return float(np.nanmean(np.mean(np.abs(y - point), axis=1) / scales))


def smape(y: Floats, point: Floats) -> float:
    """Symmetric mean absolute percentage error, 0 … 200: Makridakis (1993). 0/0 counts as 0."""
    size = np.abs(y) + np.abs(point)
    return float(200 * np.mean(np.abs(y - point) / np.where(size > 0, size, 1.0)))


def rmse(y: Floats, point: Floats) -> float:
    """Root mean squared error, in the unit of y; y and point (n, horizon)."""
    return float(np.sqrt(np.mean((y - point) ** 2)))


def wql(y: Floats, forecasts: Floats, quantiles: Sequence[float]) -> float:
    """Weighted quantile loss: 2 × pinball summed over all, over the sum of |y|, mean of quantiles.

    y (n, horizon), forecasts (n, horizon, len(quantiles)). Salinas et al. (2020), DeepAR,
    section 4 (there ρ-risk). NaN where every y is 0.
    """
    q = np.asarray(quantiles)
    errors = y[:, :, None] - forecasts
    pinball = np.maximum(q * errors, (q - 1) * errors)
    total = float(np.abs(y).sum())
    return float(2 * pinball.sum() / total / len(q)) if total else float("nan")


def coverage(y: Floats, lower: Floats, upper: Floats) -> float:
    """The share of y (n, horizon) within [lower, upper], same shapes."""
    return float(np.mean((lower <= y) & (y <= upper)))

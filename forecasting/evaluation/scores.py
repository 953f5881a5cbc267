"""The scores of one method's forecasts, missing values left out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.evaluation.metrics import coverage, mase, rmse, smape, wql
from forecasting.prediction.forecaster import Forecast
from forecasting.types import Floats

WQL_QUANTILES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True, slots=True)
class MethodScores:
    """None where a score is not defined: no observation, no scale, no quantiles."""

    mase: float | None
    smape: float | None
    rmse: float | None
    wql: float | None
    coverage: dict[str, float | None]
    """The share of what came that lies within each interval, by its name."""


def score(
    actual: Floats,
    forecast: Forecast,
    scales: Floats,
    quantiles: Sequence[float],
    intervals: dict[str, tuple[float, float]],
) -> MethodScores:
    """Score forecasts of `actual` (n, horizon), NaN where a value is missing; `scales` (n,) are
    MASE's. `quantiles`, WQL_QUANTILES and the bounds of `intervals` among them, are what the
    forecast has, unless it has none."""
    seen = ~np.isnan(actual)
    if not seen.any():
        return MethodScores(None, None, None, None, dict.fromkeys(intervals))
    y, point = actual[seen][:, None], forecast.point[seen][:, None]
    scale = np.broadcast_to(scales[:, None], actual.shape)[seen]
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = mase(y, point, scale) if np.isfinite(scale).any() else math.nan
        found = (_finite(scaled), _finite(smape(y, point)), _finite(rmse(y, point)))
        if not forecast.quantiles.shape[2]:
            return MethodScores(*found, None, {})
        columns = dict(zip(quantiles, forecast.quantiles[seen].T[:, :, None], strict=True))
        of_wql = np.stack([columns[quantile] for quantile in WQL_QUANTILES], axis=2)
        return MethodScores(
            *found,
            _finite(wql(y, of_wql, WQL_QUANTILES)),
            {
                name: _finite(coverage(y, columns[lower], columns[upper]))
                for name, (lower, upper) in intervals.items()
            },
        )


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None

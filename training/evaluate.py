"""Scores on the held-out tail, beside seasonal naive's on the same windows."""

from __future__ import annotations

import math

import numpy as np

from forecasting.arrays import Floats
from forecasting.baselines import seasonal_naive
from forecasting.forecaster import Forecast, Forecaster
from forecasting.manifest import Evaluation, Scores
from forecasting.metrics import coverage, mase, seasonal_naive_scale, smape, wql
from training.dataset import Dataset
from training.split import Split

QUANTILES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def evaluate(forecaster: Forecaster, dataset: Dataset, parts: Split) -> Evaluation:
    """Score every window of the held-out tail.

    MASE is scaled by seasonal naive's error on what lies before the tail. Seasonal naive predicts
    no quantiles: its WQL takes the point forecast for each of them.
    """
    test = parts.test
    signature = forecaster.signature
    asked = QUANTILES if signature.quantiles else ()
    forecast = forecaster.forecast(list(test.contexts), signature.horizon, asked)
    naive = seasonal_naive(test.contexts, signature.horizon, signature.season_length)
    naive_quantiles = np.repeat(naive[:, :, None], len(asked), axis=2)
    scales = np.empty(len(dataset.series))
    for place, bound in parts.bounds.items():
        past = dataset.series[place].values[: bound.validation]
        scales[place] = seasonal_naive_scale(past, signature.season_length)
    return Evaluation(
        windows=len(test),
        horizon=signature.horizon,
        season_length=signature.season_length,
        model=score(test.targets, forecast, scales[test.series]),
        seasonal_naive=score(
            test.targets, Forecast(naive, naive_quantiles), scales[test.series]
        ).model_copy(update={"coverage_80": None}),
    )


def score(y: Floats, forecast: Forecast, scales: Floats) -> Scores:
    """Scores of n forecasts of y (n, horizon); their quantiles are QUANTILES, or there are none."""
    scores = Scores(
        mase=_finite(mase(y, forecast.point, scales)), smape=_finite(smape(y, forecast.point))
    )
    if not forecast.quantiles.shape[2]:
        return scores
    lower, upper = forecast.quantiles[:, :, 0], forecast.quantiles[:, :, -1]
    return scores.model_copy(
        update={
            "wql": _finite(wql(y, forecast.quantiles, QUANTILES)),
            "coverage_80": _finite(coverage(y, lower, upper)),
        }
    )


def _finite(score: float) -> float | None:
    return round(score, 6) if math.isfinite(score) else None

"""Scores on the held-out tail, beside others' on the same windows."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from forecasting.evaluation.baselines import seasonal_naive
from forecasting.evaluation.metrics import coverage, mase, seasonal_naive_scale, smape, wql
from forecasting.evaluation.scores import WQL_QUANTILES
from forecasting.networks.signature import Signature
from forecasting.prediction.forecaster import Forecast, Forecaster
from forecasting.store.manifest import Evaluation, Scores
from forecasting.types import Floats
from training.dataset import Dataset
from training.fitting.split import Split


def evaluate(forecaster: Forecaster, dataset: Dataset, parts: Split) -> Evaluation:
    """Score every window of the held-out tail.

    MASE is scaled by seasonal naive's error on what lies before the tail. Seasonal naive predicts
    no quantiles: its WQL takes the point forecast for each of them.
    """
    test = parts.test
    signature = forecaster.signature
    asked = _asked(signature)
    forecast = forecaster.forecast(list(test.contexts), signature.horizon, asked)
    naive = seasonal_naive(test.contexts, signature.horizon, signature.season_length)
    scales = _scales(signature, dataset, parts)
    return Evaluation(
        windows=len(test),
        horizon=signature.horizon,
        season_length=signature.season_length,
        model=score(test.targets, forecast, scales),
        seasonal_naive=_single_scores(test.targets, naive, scales, asked),
    )


def evaluate_other_version(
    other: Forecaster, signature: Signature, dataset: Dataset, parts: Split
) -> Scores:
    """Another version's scores on the windows that `evaluate` scores a version of `signature` on.

    It sees as much of each series' past as it would in service; past its own horizon it feeds its
    forecasts back. Raises SeriesError for a window with too short a past for it, or
    NetworkOutputError.
    """
    test = parts.test
    length = max(other.signature.context_length, other.signature.history_length)
    pasts = []
    for place, cutoff in zip(test.series, test.cutoffs, strict=True):
        past = dataset.series[place].values[max(0, cutoff - length) : cutoff]
        other.check(past)
        pasts.append(past)
    asked = _asked(signature)
    known = () if other.signature.quantiles is None else asked
    season = signature.season_length if signature.season_length > 1 else 0
    forecast = other.forecast(pasts, signature.horizon, known, [season] * len(pasts))
    scales = _scales(signature, dataset, parts)
    if known != asked:
        return _single_scores(test.targets, forecast.point, scales, asked)
    return score(test.targets, forecast, scales)


def _asked(signature: Signature) -> Sequence[float]:
    return WQL_QUANTILES if signature.quantiles else ()


def _scales(signature: Signature, dataset: Dataset, parts: Split) -> Floats:
    """MASE's denominator for each window of the tail."""
    scales: Floats = np.empty(len(dataset.series))
    for place, bound in parts.ends.items():
        past = dataset.series[place].values[: bound.validation]
        scales[place] = seasonal_naive_scale(past, signature.season_length)
    of_windows: Floats = scales[parts.test.series]
    return of_windows


def _single_scores(y: Floats, point: Floats, scales: Floats, asked: Sequence[float]) -> Scores:
    """Of a single forecast, which counts as every quantile."""
    quantiles = np.repeat(point[:, :, None], len(asked), axis=2)
    scores = score(y, Forecast(point, quantiles), scales)
    return scores.model_copy(update={"coverage_80": None})


def score(y: Floats, forecast: Forecast, scales: Floats) -> Scores:
    """Scores of n forecasts of y (n, horizon); their quantiles, if any, are WQL_QUANTILES."""
    scores = Scores(
        mase=_finite(mase(y, forecast.point, scales)), smape=_finite(smape(y, forecast.point))
    )
    if not forecast.quantiles.shape[2]:
        return scores
    lower, upper = forecast.quantiles[:, :, 0], forecast.quantiles[:, :, -1]
    return scores.model_copy(
        update={
            "wql": _finite(wql(y, forecast.quantiles, WQL_QUANTILES)),
            "coverage_80": _finite(coverage(y, lower, upper)),
        }
    )


def _finite(score: float) -> float | None:
    return round(score, 6) if math.isfinite(score) else None

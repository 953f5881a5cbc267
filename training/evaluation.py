"""The scores of a version on the held-out tail, beside those of others on the same windows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecasting.evaluation.baselines import seasonal_naive
from forecasting.evaluation.metrics import WQL_QUANTILES, score_forecasts, seasonal_naive_scale
from forecasting.networks.signature import Signature
from forecasting.prediction.forecaster import Forecast, Forecaster
from forecasting.store.manifest import Evaluation, Scores
from forecasting.types import Floats
from training.dataset import Dataset
from training.fitting.split import Split

_INTERVAL = {"80": (WQL_QUANTILES[0], WQL_QUANTILES[-1])}


def evaluate(forecaster: Forecaster, dataset: Dataset, parts: Split) -> Evaluation:
    """Score a forecaster, and seasonal naive, on every window of the held-out tail.

    Missing values are not scored, nor is a window in which nothing was observed counted. MASE is
    scaled by the error of seasonal naive on the observations before the tail.
    """
    test = parts.test
    signature = forecaster.signature
    quantiles = _quantiles(signature)
    forecast = forecaster.forecast(list(test.contexts), signature.horizon, quantiles)
    naive = seasonal_naive(test.contexts, signature.horizon, signature.season_length)
    scales = _mase_scales(signature, dataset, parts)
    return Evaluation(
        windows=int((~np.isnan(test.targets)).any(axis=1).sum()),
        horizon=signature.horizon,
        season_length=signature.season_length,
        model=score_forecast(test.targets, forecast, scales),
        seasonal_naive=score_point_forecast(test.targets, naive, scales, quantiles),
    )


def evaluate_other_version(
    other: Forecaster, signature: Signature, dataset: Dataset, parts: Split
) -> Scores:
    """Score another version on the windows on which `evaluate` scores a version of `signature`.

    The other version sees as much of each series' past as it would in service. Beyond its own
    horizon its forecasts are fed back to it.

    Raises SeriesError if the past of a window is too short for it, and NetworkOutputError if its
    network gives numbers that are not finite.
    """
    test = parts.test
    length = max(other.signature.context_length, other.signature.history_length)
    pasts = []
    for position, cutoff in zip(test.series, test.cutoffs, strict=True):
        past = dataset.series[position].known_values(int(cutoff))[-length:]
        other.check(past)
        pasts.append(past)
    quantiles = _quantiles(signature)
    predicted = () if other.signature.quantiles is None else quantiles
    season_length = signature.season_length if signature.season_length > 1 else 0
    forecast = other.forecast(pasts, signature.horizon, predicted, [season_length] * len(pasts))
    scales = _mase_scales(signature, dataset, parts)
    if predicted != quantiles:
        return score_point_forecast(test.targets, forecast.point, scales, quantiles)
    return score_forecast(test.targets, forecast, scales)


def score_forecast(y: Floats, forecast: Forecast, scales: Floats) -> Scores:
    """Score a forecast of y (n, horizon), whose quantiles, if it has any, are WQL_QUANTILES.

    Steps whose y is NaN are not scored. `scales` (n,) are the denominators of MASE.
    """
    scores = score_forecasts(y, forecast, scales, WQL_QUANTILES, _INTERVAL)
    return Scores(
        mase=_rounded(scores.mase),
        smape=_rounded(scores.smape),
        wql=_rounded(scores.wql),
        coverage_80=_rounded(scores.coverage.get("80")),
    )


def score_point_forecast(
    y: Floats, point: Floats, scales: Floats, quantiles: Sequence[float]
) -> Scores:
    """Score a forecast of y (n, horizon) without quantiles, beside one that has `quantiles`.

    For WQL its single value counts as each of the quantiles. Coverage is left out, because the
    forecast has no interval.
    """
    repeated = np.repeat(point[:, :, None], len(quantiles), axis=2)
    scores = score_forecast(y, Forecast(point, repeated), scales)
    return scores.model_copy(update={"coverage_80": None})


def _quantiles(signature: Signature) -> Sequence[float]:
    return WQL_QUANTILES if signature.quantiles else ()


def _mase_scales(signature: Signature, dataset: Dataset, parts: Split) -> Floats:
    """Return the denominator of MASE for each window of the tail, (n,)."""
    scales: Floats = np.empty(len(dataset.series))
    for position, points in parts.points.items():
        past = dataset.series[position].values[: points.validation]
        scales[position] = seasonal_naive_scale(past, signature.season_length)
    window_scales: Floats = scales[parts.test.series]
    return window_scales


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 6)

"""Scores of forecasts of a set, by the rule of the public zero-shot benchmark (fev, Chronos)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from utilsforecast import losses

from benchmarks.accuracy.forecasts import QUANTILES, Forecasts
from benchmarks.accuracy.sets import EvaluationSet
from forecasting.types import Floats


@dataclass(frozen=True)
class Scores:
    """Of one method on one set; `mase_of_series` (n,), the others over all series."""

    mase: float
    wql: float
    coverage_80: float
    milliseconds: float
    mase_of_series: Floats


def score(given: EvaluationSet, forecasts: Forecasts) -> Scores:
    """MASE, WQL and coverage of the forecasts of a set.

    MASE: the mean absolute error of the point forecast over the mean absolute error of seasonal
    naive within the past, averaged over series: Hyndman and Koehler (2006), Another look at
    measures of forecast accuracy, section 3. As in the benchmark, series whose scale is 0 are left
    out. WQL: over quantiles 0.1 … 0.9, twice the pinball loss of the whole set over the sum of |y|,
    averaged over quantiles: Salinas et al. (2020), DeepAR, section 4. Coverage: the share of values
    within the quantiles 0.1 and 0.9.
    """
    frame, past = _long(given, forecasts), _long_past(given)
    scaled = losses.mase(frame, ["forecast"], seasonality=given.mase_season, train_df=past)
    columns = [f"q{quantile}" for quantile in QUANTILES]
    pinball = losses.mqloss(frame, {"forecast": columns}, quantiles=np.array(QUANTILES))
    covered = losses.coverage(frame, ["forecast"], level=80)
    mase_of_series = scaled["forecast"].to_numpy(float)
    return Scores(
        mase=float(mase_of_series[np.isfinite(mase_of_series)].mean()),
        wql=float(2 * pinball["forecast"].mean() / np.abs(given.future).mean()),
        coverage_80=float(covered["forecast"].mean()),
        milliseconds=forecasts.milliseconds_a_series,
        mase_of_series=mase_of_series,
    )


def geometric_mean(ratios: Iterable[float]) -> float:
    return float(np.exp(np.mean(np.log(list(ratios)))))


def _long(given: EvaluationSet, forecasts: Forecasts) -> pd.DataFrame:
    quantiles = forecasts.quantiles.reshape(-1, len(QUANTILES)).T
    return pd.DataFrame(
        {
            "unique_id": _numbers(np.full(len(given.series), given.horizon)),
            "y": given.future.ravel(),
            "forecast": forecasts.point.ravel(),
            **{f"q{quantile}": row for quantile, row in zip(QUANTILES, quantiles, strict=True)},
            "forecast-lo-80": quantiles[0],
            "forecast-hi-80": quantiles[-1],
        }
    )


def _long_past(given: EvaluationSet) -> pd.DataFrame:
    pasts = given.pasts
    return pd.DataFrame(
        {
            "unique_id": _numbers(np.array([past.size for past in pasts])),
            "y": np.concatenate(pasts),
        }
    )


def _numbers(lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Each series' number as often as it has values: the order of the series stays."""
    return np.repeat(np.arange(len(lengths)), lengths)

"""Scoring forecasts of a set by the rule of the public zero-shot benchmark (fev, Chronos)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from utilsforecast import losses

from benchmarks.accuracy.sets import EvaluationSet
from forecasting.types import Floats

QUANTILES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True)
class Forecasts:
    """The forecasts that one method makes of one set."""

    point: Floats
    """The point forecasts (n, horizon)."""
    quantiles: Floats
    """The forecasts of QUANTILES (n, horizon, 9)."""
    seconds: float
    """The time that all of them took."""

    @property
    def milliseconds_per_series(self) -> float:
        """The time that the forecast of one series took."""
        return 1000 * self.seconds / len(self.point)


@dataclass(frozen=True)
class Scores:
    """The scores of one method on one set."""

    mase: float
    wql: float
    coverage_80: float
    milliseconds: float
    """The time that the forecast of one series took."""
    mase_by_series: Floats
    """MASE of each series (n,)."""


def score(evaluation_set: EvaluationSet, forecasts: Forecasts) -> Scores:
    """Return MASE, WQL and coverage of the forecasts of a set.

    MASE is the mean absolute error of the point forecast divided by the mean absolute error of
    seasonal naive within the past, averaged over the series (Hyndman and Koehler, 2006, Another
    look at measures of forecast accuracy, section 3). As in the public benchmark, series for which
    the divisor is 0 are left out.

    WQL is twice the pinball loss summed over the set divided by the sum of |y|, averaged over the
    quantiles 0.1 … 0.9 (Salinas et al., 2020, DeepAR, section 4).

    Coverage is the share of values that lie between the quantiles 0.1 and 0.9.
    """
    frame, past = _long(evaluation_set, forecasts), _long_past(evaluation_set)
    scaled = losses.mase(frame, ["forecast"], seasonality=evaluation_set.mase_season, train_df=past)
    columns = [f"q{quantile}" for quantile in QUANTILES]
    pinball = losses.mqloss(frame, {"forecast": columns}, quantiles=np.array(QUANTILES))
    covered = losses.coverage(frame, ["forecast"], level=80)
    mase_by_series = scaled["forecast"].to_numpy(float)
    return Scores(
        mase=float(mase_by_series[np.isfinite(mase_by_series)].mean()),
        wql=float(2 * pinball["forecast"].mean() / np.abs(evaluation_set.future).mean()),
        coverage_80=float(covered["forecast"].mean()),
        milliseconds=forecasts.milliseconds_per_series,
        mase_by_series=mase_by_series,
    )


def geometric_mean(ratios: Iterable[float]) -> float:
    """Return the geometric mean, which is NaN if one of the ratios is."""
    return float(np.exp(np.mean(np.log(list(ratios)))))


def _long(evaluation_set: EvaluationSet, forecasts: Forecasts) -> pd.DataFrame:
    quantiles = forecasts.quantiles.reshape(-1, len(QUANTILES)).T
    return pd.DataFrame(
        {
            "unique_id": _positions(np.full(len(evaluation_set.series), evaluation_set.horizon)),
            "y": evaluation_set.future.ravel(),
            "forecast": forecasts.point.ravel(),
            **{f"q{quantile}": row for quantile, row in zip(QUANTILES, quantiles, strict=True)},
            "forecast-lo-80": quantiles[0],
            "forecast-hi-80": quantiles[-1],
        }
    )


def _long_past(evaluation_set: EvaluationSet) -> pd.DataFrame:
    pasts = evaluation_set.pasts
    return pd.DataFrame(
        {
            "unique_id": _positions(np.array([past.size for past in pasts])),
            "y": np.concatenate(pasts),
        }
    )


def _positions(lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the position of the series to which each value belongs, so that their order stays."""
    return np.repeat(np.arange(len(lengths)), lengths)

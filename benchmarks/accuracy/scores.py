"""Scoring forecasts of a set by the rule of the public benchmark that it is from."""

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
    def milliseconds_per_window(self) -> float:
        """The time that the forecast of one window took."""
        return 1000 * self.seconds / len(self.point)


@dataclass(frozen=True)
class Scores:
    """The scores of one method on one set."""

    mase: float
    wql: float
    """The quantile score of the set's rule: WQL, CRPS or SQL."""
    coverage_80: float
    milliseconds: float
    """The time that the forecast of one window took."""
    mase_by_series: Floats
    """MASE of each window (n,); NaN if nothing was observed in it."""


def score(evaluation_set: EvaluationSet, forecasts: Forecasts) -> Scores:
    """Return MASE, the quantile score and coverage of the forecasts of a set, by its rule.

    MASE is the mean absolute error of the point forecast divided by the mean absolute error of
    seasonal naive within the past, averaged over the windows (Hyndman and Koehler, 2006, Another
    look at measures of forecast accuracy, section 3). As in the public benchmarks, windows for
    which the divisor is 0 are left out. GIFT-Eval averages over all steps of all windows instead.

    WQL, which is also GIFT-Eval's CRPS, is twice the pinball loss summed over the set divided by
    the sum of |y|, averaged over the quantiles 0.1 … 0.9 (Salinas et al., 2020, DeepAR, section 4).
    SQL divides by the divisor of MASE instead, and is averaged over the windows as MASE is.

    Coverage is the share of values that lie between the quantiles 0.1 and 0.9.

    Missing values do not count, neither in the past nor in the future.
    """
    frame, past = _long(evaluation_set, forecasts), _long_past(evaluation_set)
    season, levels = evaluation_set.mase_season, np.array(QUANTILES)
    columns = {"forecast": [f"q{quantile}" for quantile in QUANTILES]}

    def by_window(found: pd.DataFrame) -> Floats:
        """Return a loss of each window, NaN for one without observed values."""
        ordered = found.set_index("unique_id")["forecast"].reindex(range(len(forecasts.point)))
        return ordered.to_numpy(np.float64)

    mase = by_window(losses.mase(frame, ["forecast"], seasonality=season, train_df=past))
    covered = by_window(losses.coverage(frame, ["forecast"], level=80))
    counts = np.isfinite(evaluation_set.future).sum(axis=1)
    if evaluation_set.rule == "fev":
        scaled = losses.scaled_mqloss(frame, columns, levels, seasonality=season, train_df=past)
        quantile_score = 2 * _mean(by_window(scaled))
    else:
        pinball = by_window(losses.mqloss(frame, columns, quantiles=levels))
        size = np.nansum(np.abs(evaluation_set.future)) / counts.sum()
        quantile_score = 2 * _mean(pinball, counts) / float(size)
    return Scores(
        mase=_mean(mase, counts if evaluation_set.rule == "gift" else None),
        wql=quantile_score,
        coverage_80=_mean(covered, counts),
        milliseconds=forecasts.milliseconds_per_window,
        mase_by_series=mase,
    )


def _mean(by_window: Floats, weights: npt.NDArray[np.int64] | None = None) -> float:
    known = np.isfinite(by_window)
    return float(np.average(by_window[known], weights=None if weights is None else weights[known]))


def geometric_mean(ratios: Iterable[float]) -> float:
    """Return the geometric mean, which is NaN if one of the ratios is."""
    return float(np.exp(np.mean(np.log(list(ratios)))))


def _long(evaluation_set: EvaluationSet, forecasts: Forecasts) -> pd.DataFrame:
    quantiles = forecasts.quantiles.reshape(-1, len(QUANTILES)).T
    frame = pd.DataFrame(
        {
            "unique_id": _positions(np.full(len(evaluation_set.pasts), evaluation_set.horizon)),
            "y": evaluation_set.future.ravel(),
            "forecast": forecasts.point.ravel(),
            **{f"q{quantile}": row for quantile, row in zip(QUANTILES, quantiles, strict=True)},
            "forecast-lo-80": quantiles[0],
            "forecast-hi-80": quantiles[-1],
        }
    )
    return frame[frame["y"].notna()]


def _long_past(evaluation_set: EvaluationSet) -> pd.DataFrame:
    pasts = [past.observed() for past in evaluation_set.pasts]
    return pd.DataFrame(
        {
            "unique_id": _positions(np.array([past.size for past in pasts])),
            "y": np.concatenate(pasts),
        }
    )


def _positions(lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the position of the window to which each value belongs, so that their order stays."""
    return np.repeat(np.arange(len(lengths)), lengths)

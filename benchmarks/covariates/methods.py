"""The methods that are compared: the pipeline of the service, and two ways around the network.

TimesFM's `forecast_with_covariates` (github.com/google-research/timesfm, xreg_lib.py) goes the two
ways: it either forecasts what a ridge regression on the covariates leaves of the context, or lets
the regression explain what the network missed in the context. Here both go around the network of
this project, with the covariates as they are.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from benchmarks.covariates.tasks import Task
from forecasting.prediction.forecaster import Forecast, Forecaster
from forecasting.prediction.pipeline import finish, prepare, run_network
from forecasting.series.series import Series
from forecasting.types import Floats

QUANTILES = (0.1, 0.5, 0.9)
_CONTEXT = 2048
"""The two ways of TimesFM regress on so many of the latest values, the context of its version 2."""
_PENALTY = 1.0
"""The ridge penalty on standardised covariates."""


@dataclass(frozen=True)
class Outcome:
    """The forecasts of all windows of a task, and what they took."""

    forecast: Forecast
    seconds: float
    """The processor time of one forecast."""
    training: float = 0.0
    """The seconds of the training before; 0 if there was none."""


def zero_shot(task: Task, forecaster: Forecaster, *, with_covariates: bool) -> Outcome:
    """Forecast as the service does."""
    started = time.process_time()
    forecast = forecast_series(
        task.pasts(with_covariates), task.horizon, task.season_length, forecaster
    )
    return Outcome(forecast, (time.process_time() - started) / len(task.cutoffs))


def ridge_then_network(task: Task, forecaster: Forecaster) -> Outcome:
    """Take what a ridge regression explains out of the context, and forecast the rest."""
    started = time.process_time()
    rests, added = [], []
    for past in task.pasts(with_covariates=True):
        known, ahead = _columns(past)
        values = past.values[-_CONTEXT:]
        fitted, predicted = _ridge(known[-_CONTEXT:], values, ahead)
        rests.append(Series.from_values(values - fitted + fitted.mean()))
        added.append(predicted - fitted.mean())
    forecast = forecast_series(rests, task.horizon, task.season_length, forecaster)
    return _shifted(forecast, np.stack(added), started)


def network_then_ridge(task: Task, forecaster: Forecaster) -> Outcome:
    """Forecast, and add what a ridge regression says of the errors that were made in the context.

    These are the errors of forecasts made at every horizon of the context.
    """
    started = time.process_time()
    horizon, season = task.horizon, task.season_length
    plain = forecast_series(task.pasts(with_covariates=False), horizon, season, forecaster)
    added = []
    for past in task.pasts(with_covariates=True):
        count = past.values.size
        cutoffs = range(count - horizon, max(count - _CONTEXT, horizon), -horizon)
        earlier = [Series.from_values(past.values[:cutoff]) for cutoff in cutoffs]
        hindcasts = forecast_series(earlier, horizon, season, forecaster).point
        targets = np.stack([past.values[cutoff : cutoff + horizon] for cutoff in cutoffs])
        known, ahead = _columns(past)
        rows = np.stack([known[cutoff : cutoff + horizon] for cutoff in cutoffs])
        errors = (targets - hindcasts).ravel()
        _, predicted = _ridge(rows.reshape(errors.size, -1), errors, ahead)
        added.append(predicted)
    return _shifted(plain, np.stack(added), started)


def forecast_series(
    series: list[Series], horizon: int, season_length: int, forecaster: Forecaster
) -> Forecast:
    """Forecast series as the service does."""
    plan = prepare(
        series,
        forecaster.signature,
        horizon=horizon,
        quantiles=QUANTILES,
        season_lengths=[season_length] * len(series),
    )
    return finish(plan, run_network(plan, forecaster)).forecast


def _shifted(forecast: Forecast, added: Floats, started: float) -> Outcome:
    shifted = Forecast(forecast.point + added, forecast.quantiles + added[:, :, None])
    return Outcome(shifted, (time.process_time() - started) / len(added))


def _columns(past: Series) -> tuple[Floats, Floats]:
    """Return the covariates beside a past (t, k) and ahead (h, k), 0 where one is missing."""
    assert past.covariates is not None
    return np.nan_to_num(past.covariates.past), np.nan_to_num(past.covariates.ahead)


def _ridge(known: Floats, targets: Floats, ahead: Floats) -> tuple[Floats, Floats]:
    """Regress targets (t,) on columns (t, k); return what is fitted, and predicted ahead (h,)."""
    mean, deviation = known.mean(axis=0), known.std(axis=0)
    scale = np.where(deviation > 0, deviation, np.inf)
    columns = (known - mean) / scale
    squares = columns.T @ columns + _PENALTY * np.eye(columns.shape[1])
    coefficients = np.linalg.solve(squares, columns.T @ (targets - targets.mean()))
    centre = targets.mean()
    return centre + columns @ coefficients, centre + (ahead - mean) / scale @ coefficients

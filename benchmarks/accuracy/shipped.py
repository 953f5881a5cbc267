"""Forecasts of a published version, made by the pipeline that the service uses."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.accuracy.scores import QUANTILES, Forecasts
from benchmarks.accuracy.sets import EvaluationSet
from forecasting.prediction.calibration import recent_windows
from forecasting.prediction.conformal import stretch
from forecasting.prediction.defaults import choose_season_length
from forecasting.prediction.effort.best import run_plan
from forecasting.prediction.effort.effort import Effort
from forecasting.prediction.forecaster import Forecaster
from forecasting.prediction.origins import AS_THEY_ARE, Contexts
from forecasting.prediction.pipeline import ForecastPlan, finish, prepare
from forecasting.types import Floats


@dataclass(frozen=True)
class Way:
    """A way to ask for the forecasts of a set: the options of a request."""

    name: str
    season_told: bool = True
    """Whether the request says the season length."""
    calibrate: bool = False
    effort: Effort = "standard"


STANDARD = Way("season length given")
NOT_SAID = Way("season length not said", season_told=False)
CALIBRATED = Way("season length given, calibrated", calibrate=True)
FAST = Way("season length given, effort fast", effort="fast")
BEST = Way("season length given, effort best", effort="best")
WAYS = (STANDARD, NOT_SAID, CALIBRATED, FAST, BEST)


def forecast_set(forecaster: Forecaster, evaluation_set: EvaluationSet, way: Way) -> Forecasts:
    """Forecast all windows of a set as one request, which asks for them in one of WAYS.

    Raises RequestError if the network has no quantiles.
    """
    told = evaluation_set.season_length if way.season_told else None
    started = time.process_time()
    plan = prepare(
        evaluation_set.pasts,
        forecaster.signature,
        horizon=evaluation_set.horizon,
        quantiles=QUANTILES,
        season_lengths=[choose_season_length(told, past) for past in evaluation_set.pasts],
        effort=way.effort,
    )
    plan, predicted = run_plan(plan, forecaster)
    if way.calibrate:
        plan, predicted = _calibrate(plan, predicted, forecaster)
    forecast = finish(plan, predicted).forecast
    return Forecasts(forecast.point, forecast.quantiles, time.process_time() - started)


def _calibrate(
    plan: ForecastPlan, predicted: Floats, forecaster: Forecaster
) -> tuple[ForecastPlan, Floats]:
    """Calibrate predictions as for a request with `"calibrate": true` and a season length.

    Returns them in the units of the series, and the plan that says so.
    """
    signature = forecaster.signature
    series = [item for position, item in enumerate(plan.series) if position not in plan.fallbacks]
    windows = recent_windows(series, plan.horizon, signature.shortest_context)
    if not windows.pasts:
        return plan, predicted
    season_lengths = [plan.season_lengths[position] for position in windows.series.tolist()]
    contexts = Contexts.of(windows.pasts, signature, season_lengths, plan.horizon)
    hindcasts = forecaster.predict(
        contexts.values,
        np.full(len(windows.pasts), plan.horizon),
        season_lengths,
        contexts.dates,
    )
    hindcasts = contexts.origins.restore(hindcasts[:, : plan.horizon], signature)
    widths = windows.fit_widths(hindcasts, signature.quantiles or ())
    calibrated = stretch(plan.restored(predicted), widths, signature.point_index)
    return replace(plan, origins=AS_THEY_ARE), calibrated


def warm_up(forecaster: Forecaster) -> None:
    """Load everything and make a first forecast, which takes longer, before anything is timed."""
    if forecaster.load_larger is not None:
        forecaster.load_larger()
    length = max(100, forecaster.signature.shortest_context)
    forecaster.forecast([np.arange(length, dtype=float)] * 2, 12, QUANTILES)

"""A version of the model store on a set, through the Forecaster that the service uses."""

from __future__ import annotations

import time

import numpy as np

from benchmarks.accuracy.forecasts import QUANTILES, Forecasts
from benchmarks.accuracy.sets import EvaluationSet
from forecasting.errors import SeriesError
from forecasting.prediction.conformal import stretch
from forecasting.prediction.forecaster import Forecaster
from forecasting.prediction.recent_windows import recent_windows

DETECTED = 0
"""The season length that has the Forecaster detect it."""


def forecast_set(forecaster: Forecaster, given: EvaluationSet, season_length: int) -> Forecasts:
    """Forecast a set in one batch; `season_length` is one for all, or DETECTED.

    Raises SeriesError for a series that is too short for the network, RequestError for a network
    without quantiles.
    """
    pasts = given.pasts
    for name, past in zip(given.ids, pasts, strict=True):
        try:
            forecaster.check(past)
        except SeriesError as error:
            raise SeriesError(f"{given.name}, series {name}: {error.message}") from error
    began = time.process_time()
    found = forecaster.forecast(pasts, given.horizon, QUANTILES, [season_length] * len(pasts))
    seconds = time.process_time() - began
    return Forecasts(found.point, found.quantiles, seconds)


def calibrated_set(forecaster: Forecaster, given: EvaluationSet, season_length: int) -> Forecasts:
    """As `forecast_set`, its intervals calibrated as `"calibrate": true` in a request does."""
    signature, pasts = forecaster.signature, given.pasts
    began = time.process_time()
    predicted = forecaster.predict(
        pasts, np.full(len(pasts), given.horizon), [season_length] * len(pasts)
    )[:, : given.horizon]
    windows = recent_windows(pasts, given.horizon, signature.shortest_context)
    if windows.contexts:
        count = len(windows.contexts)
        tried = forecaster.predict(
            windows.contexts, np.full(count, given.horizon), [season_length] * count
        )
        widths = windows.fit_widths(tried, signature.quantiles or ())
        predicted = stretch(predicted, widths, signature.point_index)
    found = forecaster.read(predicted, given.horizon, QUANTILES)
    return Forecasts(found.point, found.quantiles, time.process_time() - began)


def warm_up(forecaster: Forecaster) -> None:
    """What the first call pays once, paid before anything is timed."""
    length = max(100, forecaster.signature.shortest_context)
    forecaster.forecast([np.arange(length, dtype=float)] * 2, 12, QUANTILES)

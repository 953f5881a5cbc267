"""A version of the model store on a set, through the Forecaster that the service uses."""

from __future__ import annotations

import time

import numpy as np

from benchmarks.accuracy.forecasts import QUANTILES, Forecasts
from benchmarks.accuracy.sets import EvaluationSet
from forecasting.errors import SeriesError
from forecasting.forecaster import Forecaster

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


def warm_up(forecaster: Forecaster) -> None:
    """What the first call pays once, paid before anything is timed."""
    length = max(100, forecaster.signature.shortest_context)
    forecaster.forecast([np.arange(length, dtype=float)] * 2, 12, QUANTILES)

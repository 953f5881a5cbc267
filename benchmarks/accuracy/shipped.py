"""Forecasts of a published version, made by the Forecaster that the service uses."""

from __future__ import annotations

import time

import numpy as np

from benchmarks.accuracy.scores import QUANTILES, Forecasts
from benchmarks.accuracy.sets import EvaluationSet
from forecasting.errors import SeriesError
from forecasting.prediction.calibration import recent_windows
from forecasting.prediction.conformal import stretch
from forecasting.prediction.forecaster import Forecaster, read_forecast
from forecasting.series.series import Series

DETECTED = 0
"""This season length makes the Forecaster detect the season length."""


def forecast_set(
    forecaster: Forecaster, evaluation_set: EvaluationSet, season_length: int
) -> Forecasts:
    """Forecast a set in one batch. `season_length` is that of all its series, or DETECTED.

    Raises SeriesError if a series is too short for the network, and RequestError if the network has
    no quantiles.
    """
    pasts = evaluation_set.pasts
    for name, past in zip(evaluation_set.ids, pasts, strict=True):
        try:
            forecaster.check(past)
        except SeriesError as error:
            raise SeriesError(f"{evaluation_set.name}, series {name}: {error.message}") from error
    started = time.process_time()
    forecast = forecaster.forecast(
        pasts, evaluation_set.horizon, QUANTILES, [season_length] * len(pasts)
    )
    seconds = time.process_time() - started
    return Forecasts(forecast.point, forecast.quantiles, seconds)


def forecast_set_calibrated(
    forecaster: Forecaster, evaluation_set: EvaluationSet, season_length: int
) -> Forecasts:
    """Forecast a set, with intervals calibrated as for a request with `"calibrate": true`."""
    signature, pasts = forecaster.signature, evaluation_set.pasts
    started = time.process_time()
    predicted = forecaster.predict(
        pasts, np.full(len(pasts), evaluation_set.horizon), [season_length] * len(pasts)
    )[:, : evaluation_set.horizon]
    series = [Series.from_values(past) for past in pasts]
    windows = recent_windows(series, evaluation_set.horizon, signature.shortest_context)
    if windows.pasts:
        count = len(windows.pasts)
        tried = forecaster.predict(
            [past.values for past in windows.pasts],
            np.full(count, evaluation_set.horizon),
            [season_length] * count,
        )
        widths = windows.fit_widths(tried, signature.quantiles or ())
        predicted = stretch(predicted, widths, signature.point_index)
    forecast = read_forecast(signature, predicted, evaluation_set.horizon, QUANTILES)
    return Forecasts(forecast.point, forecast.quantiles, time.process_time() - started)


def warm_up(forecaster: Forecaster) -> None:
    """Make a first forecast, which takes longer than others, before anything is timed."""
    length = max(100, forecaster.signature.shortest_context)
    forecaster.forecast([np.arange(length, dtype=float)] * 2, 12, QUANTILES)

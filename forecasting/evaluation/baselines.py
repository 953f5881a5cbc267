"""Seasonal naive, a baseline that a network has to beat, as the Theta method is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecasting.prediction.forecaster import Forecast
from forecasting.prediction.quantiles import normal_scores
from forecasting.types import Floats


def seasonal_naive(contexts: Floats, horizon: int, season_length: int) -> Floats:
    """Repeat the last season of contexts (n, t): (n, horizon). At season length 1 it is naive.

    Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., section 5.2. If the
    value of a season ago is missing (NaN), the last value of the context takes its place.
    """
    if contexts.shape[1] < season_length:
        return np.repeat(contexts[:, -1:], horizon, axis=1)
    season = contexts[:, -season_length:]
    season = np.where(np.isnan(season), contexts[:, -1:], season)
    return np.tile(season, -(-horizon // season_length))[:, :horizon]


def seasonal_naive_forecast(
    pasts: Sequence[Floats],
    season_lengths: Sequence[int],
    horizon: int,
    quantiles: Sequence[float] = (),
) -> Forecast:
    """Forecast n pasts, each (t,) with t ≥ 1 finite values, by seasonal naive.

    `point` has the shape (n, horizon), `quantiles` (n, horizon, number of quantiles). A past that
    holds no whole season is forecast by its last value. The quantiles are normal: k seasons ahead
    the variance is k times the mean square of the changes over one season. Hyndman and
    Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., section 5.5.
    """
    lengths = [
        length if length < past.size else 1
        for past, length in zip(pasts, season_lengths, strict=True)
    ]
    point = np.concatenate(
        [
            seasonal_naive(past[None, -length:], horizon, length)
            for past, length in zip(pasts, lengths, strict=True)
        ]
    )
    deviation = [
        np.sqrt(np.mean((past[length:] - past[:-length]) ** 2)) if past.size > length else 0.0
        for past, length in zip(pasts, lengths, strict=True)
    ]
    seasons = np.arange(horizon) // np.array(lengths)[:, None] + 1
    spread = np.array(deviation)[:, None] * np.sqrt(seasons)
    return Forecast(point, point[:, :, None] + spread[:, :, None] * normal_scores(quantiles))

"""The forecasts that a network has to beat."""

from collections.abc import Sequence

import numpy as np

from forecasting.prediction.forecaster import Forecast
from forecasting.prediction.quantiles import normal_scores
from forecasting.types import Floats


def seasonal_naive(contexts: Floats, horizon: int, season_length: int) -> Floats:
    """The last season over again, (n, horizon), from contexts (n, t); naive at season length 1.

    Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., section 5.2. A
    context that misses the value a season ago gives its last value instead.
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
    """Seasonal naive for n series, each (t,), finite, t ≥ 1: `point` (n, horizon), `quantiles`
    (n, horizon, number asked).

    Naive where a past holds no whole season. Quantiles are normal: k seasons ahead the variance is
    k times the mean square of the changes over one. Hyndman and Athanasopoulos, section 5.5.
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

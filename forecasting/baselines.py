"""The forecasts that a network has to beat."""

import numpy as np

from forecasting.arrays import Floats


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

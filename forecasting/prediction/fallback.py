"""Forecasts without a network, for series that give a network nothing to go by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecasting.notes import Note
from forecasting.prediction.forecaster import Forecast
from forecasting.prediction.quantiles import normal_scores
from forecasting.series.series import Series
from forecasting.types import Floats


def fallback_note(series: Series, shortest_context: int) -> Note | None:
    """Say which fallback serves a series, and why.

    Returns None if a network that needs `shortest_context` values can serve the series.
    """
    count = series.values.size
    if not series.varies:
        return Note(
            "fallback_constant",
            "Every value is the same: so is the forecast. Its intervals have no width, for nothing "
            "shows how far it may go.",
            count,
        )
    if count < shortest_context:
        return Note(
            "fallback_naive",
            f"The model needs {shortest_context} values: the forecast is the last value, its "
            "intervals those of a random walk.",
            count,
        )
    return None


def fallback_forecast(series: Series, horizon: int, quantiles: Sequence[float] = ()) -> Forecast:
    """Forecast one series by repeating its last value.

    `point` has the shape (1, horizon), `quantiles` (1, horizon, number of quantiles). The quantiles
    are those of a random walk with normal steps whose deviation is √(π ÷ 2) times the mean absolute
    change: Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., section 5.5.
    """
    last = series.values[-1]
    changes = np.abs(np.diff(series.values)) if series.varies else np.zeros(1)
    deviation = changes.mean() * np.sqrt(np.pi / 2) * np.sqrt(np.arange(1, horizon + 1))
    spread: Floats = deviation[:, None] * normal_scores(quantiles)
    return Forecast(np.full((1, horizon), last), last + spread[None])

"""Forecasts without a network, for a series that one has nothing to go by in."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from forecasting.arrays import Floats
from forecasting.forecaster import Forecast
from forecasting.note import Note
from forecasting.series import Series


def fallback_note(series: Series, shortest_context: int) -> Note | None:
    """Which fallback serves the series, and why; None where a network does that needs
    `shortest_context` values."""
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
    """The last value over again, for one series: `point` (1, horizon), `quantiles`
    (1, horizon, number asked).

    Quantiles are those of a random walk with normal steps, whose deviation is √(π ÷ 2) times the
    mean absolute change: Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd ed.,
    section 5.5.
    """
    last = series.values[-1]
    changes = np.abs(np.diff(series.values)) if series.varies else np.zeros(1)
    deviation = changes.mean() * np.sqrt(np.pi / 2) * np.sqrt(np.arange(1, horizon + 1))
    scores = np.array([NormalDist().inv_cdf(quantile) for quantile in quantiles])
    spread: Floats = deviation[:, None] * scores
    return Forecast(np.full((1, horizon), last), last + spread[None])

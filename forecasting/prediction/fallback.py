"""Forecasts without a network, for a series that one has nothing to go by in."""

from __future__ import annotations

from collections.abc import Container, Sequence

import numpy as np

from forecasting.notes import Note
from forecasting.prediction.forecaster import Forecast
from forecasting.prediction.quantiles import normal_scores
from forecasting.series.series import Series
from forecasting.types import Floats


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
    spread: Floats = deviation[:, None] * normal_scores(quantiles)
    return Forecast(np.full((1, horizon), last), last + spread[None])


def among_fallbacks(
    forecast: Forecast,
    series: Sequence[Series],
    fallbacks: Container[int],
    horizon: int,
    quantiles: Sequence[float],
) -> Forecast:
    """The network's `forecast` of the other series, and the `fallbacks` (by place): of them all."""
    of_network = iter(zip(forecast.point[:, None], forecast.quantiles[:, None], strict=True))
    rows = [
        fallback_forecast(one, horizon, quantiles)
        if place in fallbacks
        else Forecast(*next(of_network))
        for place, one in enumerate(series)
    ]
    return Forecast(
        np.concatenate([row.point for row in rows]), np.concatenate([row.quantiles for row in rows])
    )

"""Levels as TimeGPT's clients write them, and the intervals of the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forecasting.prediction.defaults import decimal_name
from forecasting.prediction.forecaster import Forecast
from forecasting.types import Floats


def levels_of(level: Sequence[int | float] | None) -> list[float]:
    """Return the levels that are to be forecast, each once; 0 is the median, which always is."""
    return sorted({float(given) for given in level or () if given})


def render_intervals(
    level: Sequence[int | float] | None,
    intervals: Mapping[str, tuple[float, float]],
    quantiles: Sequence[float],
    forecast: Forecast,
) -> dict[str, Floats] | None:
    """Return the bounds of each level, as it was written, of n forecasts over h steps, n·h values.

    `intervals` are the quantiles that bound each level, by its name; `quantiles` are those that
    `forecast` has.
    """
    if level is None:
        return None
    columns: dict[str, Floats] = {}
    for given in level:
        columns[f"lo-{given}"] = columns[f"hi-{given}"] = forecast.point
        if given:
            lower, upper = intervals[decimal_name(float(given))]
            columns[f"lo-{given}"] = forecast.quantiles[:, :, quantiles.index(lower)]
            columns[f"hi-{given}"] = forecast.quantiles[:, :, quantiles.index(upper)]
    return {name: values.ravel() for name, values in columns.items()}

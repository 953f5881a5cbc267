"""What holds if a request leaves it out: the horizon, the levels, the season length."""

from __future__ import annotations

from collections.abc import Sequence

from app.requests.limits import check_horizon
from forecasting.networks.signature import Signature
from forecasting.prediction.quantiles import interval_quantiles
from forecasting.series.series import Series

_USUAL_LEVEL = 80.0


def choose_horizon(requested: int | None, signature: Signature, most: int) -> int:
    """Return the requested horizon, or else the model's usual one.

    Raises RequestError if it has more than `most` steps.
    """
    horizon = requested or signature.usual_horizon
    check_horizon(horizon, most)
    return horizon


def choose_levels(requested: Sequence[float] | None, signature: Signature) -> tuple[float, ...]:
    """Return the requested levels in percent, or else 80 if the model predicts quantiles."""
    if requested is not None:
        return tuple(requested)
    return (_USUAL_LEVEL,) if signature.quantiles else ()


def choose_season_length(requested: int | None, series: Series) -> int:
    """Return the requested season length, or else the one that the frequency of a series implies.

    It is 0 if the series has no dates: then the season length is detected.
    """
    if requested is not None:
        return requested
    return 0 if series.calendar is None else series.calendar.frequency.season_length


def name_intervals(levels: Sequence[float]) -> dict[str, tuple[float, float]]:
    """Return the quantiles that bound the interval of each level, by its name in the answer."""
    return {decimal_name(level): interval_quantiles(level) for level in levels}


def decimal_name(number: float) -> str:
    """Return a level or a quantile as the answer names it: 80, 99.5, 0.1."""
    return repr(number).removesuffix(".0")

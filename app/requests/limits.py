"""What requests for forecasts, of the future or of the past, are read and checked for alike."""

from __future__ import annotations

from collections.abc import Sequence

from app.predict.schemas import decimal
from app.settings import Settings
from forecasting.errors import RequestError
from forecasting.networks.signature import Signature
from forecasting.prediction.quantiles import interval_quantiles
from forecasting.series.series import Series


def horizon_of(asked: int | None, signature: Signature, settings: Settings) -> int:
    """What was asked for, else the model's usual one. Raises RequestError for too many steps."""
    horizon = asked or signature.usual_horizon
    if horizon > settings.max_horizon:
        raise RequestError(
            f"a horizon of {horizon} is over the limit of {settings.max_horizon}.",
            code="horizon_too_long",
            path=("horizon",),
        )
    return horizon


def levels_of(asked: Sequence[float] | None, signature: Signature) -> tuple[float, ...]:
    """The central intervals asked for, in percent; 80 where none were and there are quantiles."""
    if asked is not None:
        return tuple(asked)
    return (80.0,) if signature.quantiles else ()


def intervals_of(levels: Sequence[float]) -> dict[str, tuple[float, float]]:
    """The quantiles that bound each level, by its name in the answer."""
    return {decimal(level): interval_quantiles(level) for level in levels}


def season_length_of(asked: int | None, series: Series) -> int:
    """What was asked for, else the frequency's; 0 where that says nothing."""
    if asked is not None:
        return asked
    return 0 if series.calendar is None else series.calendar.frequency.season_length

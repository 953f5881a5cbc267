"""Hindcasts in a service: by the batcher, a part at a time, so that forecasts need not wait."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from app.serving.batcher import Batcher
from app.serving.registry import ServedVersion
from app.settings import Settings
from forecasting.errors import RequestError
from forecasting.prediction.bounds import Bounds
from forecasting.prediction.forecaster import Forecast
from forecasting.prediction.pipeline import AT_ONCE, Hindcast, joined
from forecasting.series.series import Series


async def hindcast(
    batcher: Batcher,
    served: ServedVersion,
    pasts: Sequence[Series],
    season_lengths: Sequence[int],
    horizon: int,
    quantiles: Sequence[float],
    *,
    bounds: Sequence[Bounds] | None = None,
) -> Forecast:
    """As `forecasting.prediction.pipeline.hindcast`, off the event loop. Raises OverloadedError."""
    forecaster = served.forecaster
    shortest = forecaster.signature.shortest_context
    parts = []
    for start in range(0, len(pasts), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        asked = await asyncio.to_thread(
            Hindcast.of, pasts[part], season_lengths[part], shortest, bounds and bounds[part]
        )
        predicted = None
        if values := asked.network_pasts:
            predicted = await batcher.predict(served, values, horizon, asked.network_season_lengths)
        parts.append(await asyncio.to_thread(asked.read, forecaster, predicted, horizon, quantiles))
    return joined(parts)


def check_windows(count: int, settings: Settings, cure: str) -> None:
    """Raises RequestError where a request would make `count` forecasts and that is too many."""
    if count > settings.max_windows:
        raise RequestError(
            f"this would take {count} forecasts; {settings.max_windows} is the most "
            f"(FORECAST_MAX_WINDOWS). {cure}",
            code="too_many_windows",
        )

"""What would have been forecast at earlier times: from what was known then, as in service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.prediction.bounds import ANY, Bounds, keep_within
from forecasting.prediction.fallback import among_fallbacks, fallback_note
from forecasting.prediction.forecaster import Forecast, Forecaster
from forecasting.series.series import Series
from forecasting.types import Floats

AT_ONCE = 256
"""Pasts that are forecast in one go."""


@dataclass(frozen=True, slots=True)
class Hindcast:
    """n pasts to forecast from, and which of them (by place) get a fallback, not the network."""

    pasts: Sequence[Series]
    season_lengths: Sequence[int]
    """For the network, one a past; 0 has it detected in that past."""
    fallbacks: frozenset[int]
    bounds: Sequence[Bounds]
    """One a past."""

    @classmethod
    def of(
        cls,
        pasts: Sequence[Series],
        season_lengths: Sequence[int],
        shortest_context: int,
        bounds: Sequence[Bounds] | None = None,
    ) -> Hindcast:
        """From `Series.before` of many cutoffs, with a season length and bounds each."""
        fallbacks = (n for n, past in enumerate(pasts) if fallback_note(past, shortest_context))
        return cls(pasts, season_lengths, frozenset(fallbacks), bounds or [ANY] * len(pasts))

    @property
    def network_pasts(self) -> list[Floats]:
        return [past.values for n, past in enumerate(self.pasts) if n not in self.fallbacks]

    @property
    def network_season_lengths(self) -> list[int]:
        return [length for n, length in enumerate(self.season_lengths) if n not in self.fallbacks]

    def read(
        self,
        forecaster: Forecaster,
        predicted: Floats | None,
        horizon: int,
        quantiles: Sequence[float],
    ) -> Forecast:
        """All n forecasts, from what the network predicted of its pasts; None where it has none."""
        if predicted is None:
            predicted = np.empty((0, horizon, forecaster.signature.outputs))
        forecast = forecaster.read(predicted, horizon, quantiles)
        if self.fallbacks:
            forecast = among_fallbacks(forecast, self.pasts, self.fallbacks, horizon, quantiles)
        return keep_within(forecast, self.bounds, self.pasts)[0]


def hindcast(
    forecaster: Forecaster,
    pasts: Sequence[Series],
    season_lengths: Sequence[int],
    horizon: int,
    quantiles: Sequence[float] = (),
    bounds: Sequence[Bounds] | None = None,
) -> Forecast:
    """Forecast n ≥ 1 pasts for `horizon` steps: what `Hindcast` does, without a service around it,
    AT_ONCE at a time."""
    shortest = forecaster.signature.shortest_context
    parts = []
    for start in range(0, len(pasts), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        asked = Hindcast.of(pasts[part], season_lengths[part], shortest, bounds and bounds[part])
        predicted = None
        if values := asked.network_pasts:
            horizons = np.full(len(values), horizon)
            predicted = forecaster.predict(values, horizons, asked.network_season_lengths)
        parts.append(asked.read(forecaster, predicted, horizon, quantiles))
    return joined(parts)


def joined(parts: Sequence[Forecast]) -> Forecast:
    return Forecast(
        np.concatenate([part.point for part in parts]),
        np.concatenate([part.quantiles for part in parts]),
    )

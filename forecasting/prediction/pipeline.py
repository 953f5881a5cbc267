"""The one road from series to forecasts.

`prepare` decides which series the network forecasts and from what. The network then runs: joined
with other requests in the service's batcher, or directly in a job. `finish` turns what it predicted
into forecasts in the units of the series. Both functions are pure and work on whole batches. A
forecast of the future takes this road, and so does every forecast of the past: a window of a
backtest, the expected value of an anomaly. Those start from the series as it was at a cutoff
(`Series.before`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.networks.signature import Signature
from forecasting.notes import Note
from forecasting.prediction.bounds import ANY, Bounds, keep_within
from forecasting.prediction.effort.effort import Effort, usable_effort
from forecasting.prediction.forecaster import (
    Forecast,
    Forecaster,
    quantiles_not_available,
    read_forecast,
)
from forecasting.prediction.intermittent import (
    INTERMITTENT,
    find_intermittent,
    intermittent_forecast,
)
from forecasting.prediction.origins import Contexts, Origins, note_not_used
from forecasting.prediction.quantiles import normal_scores
from forecasting.series.calendar import Dates
from forecasting.series.series import Series
from forecasting.types import Floats


@dataclass(frozen=True, slots=True)
class ForecastPlan:
    """What to forecast for n series with one network, checked and ready to run."""

    signature: Signature
    series: Sequence[Series]
    """The n series, each as far as it is known."""
    bounds: Sequence[Bounds]
    """The bounds that the forecasts of each series respect."""
    horizon: int
    quantiles: tuple[float, ...]
    """The quantiles to forecast besides the point, rising."""
    fallbacks: dict[int, Note]
    """The positions of the series that a fallback serves in place of the network, and why."""
    contexts: list[Floats]
    """The values of the m other series, which the network forecasts, in their order; see
    `Contexts`."""
    season_lengths: list[int]
    """The season length of each of the m contexts; 0 means that it is detected."""
    dates: list[Dates | None]
    """The dates of each of the m contexts; None for one without dates."""
    origins: Origins
    """From where the values of the m contexts are counted."""
    beside: list[Floats] | None
    """What a network with covariates is given beside the values of each context; see `Contexts`."""
    effort: Effort
    """How much is done for the forecasts that the network makes."""

    def restored(self, predicted: Floats) -> Floats:
        """Return what the network predicted of the contexts, in the units of the series.

        `predicted` has the shape (m, at least horizon, outputs); the result has `horizon` steps.
        """
        return self.origins.restore(predicted[:, : self.horizon], self.signature)


@dataclass(frozen=True, slots=True)
class FinishedForecast:
    """The forecasts of all n series of a plan, and what their owners should know about them."""

    forecast: Forecast
    bound_notes: dict[int, tuple[Note, ...]]
    """By position: what the bounds did to a forecast that they changed."""
    unbounded: Floats
    """The point forecasts before they were kept within their bounds, (n, horizon)."""


def prepare(
    series: Sequence[Series],
    signature: Signature,
    *,
    horizon: int,
    quantiles: tuple[float, ...] = (),
    season_lengths: Sequence[int] | None = None,
    bounds: Sequence[Bounds] | None = None,
    effort: Effort = "standard",
) -> ForecastPlan:
    """Plan the forecasts of n series for `horizon` steps.

    `quantiles` rise. `season_lengths` and `bounds` have one entry a series; without them, season
    lengths are detected and only the default bounds hold.

    Raises RequestError if quantiles are asked of a network that predicts a single forecast, and
    SeriesError if a series lacks covariates that the network was trained with.
    """
    if quantiles and signature.quantiles is None:
        raise quantiles_not_available()
    lengths = list(season_lengths or [0] * len(series))
    fallbacks = find_fallbacks(series, lengths, signature)
    if not fallbacks:
        contexts = Contexts.of(series, signature, lengths, horizon)
        noted = contexts.series
    else:
        served = [n for n in range(len(series)) if n not in fallbacks]
        lengths = [lengths[n] for n in served]
        contexts = Contexts.of([series[n] for n in served], signature, lengths, horizon)
        noted = list(series)
        for n in fallbacks:
            noted[n] = note_not_used(series[n], "a fallback forecasts the series")
        for n, item in zip(served, contexts.series, strict=True):
            noted[n] = item
    return ForecastPlan(
        signature=signature,
        series=noted,
        bounds=bounds or [ANY] * len(series),
        horizon=horizon,
        quantiles=quantiles,
        fallbacks=fallbacks,
        contexts=contexts.values,
        season_lengths=lengths,
        dates=contexts.dates,
        origins=contexts.origins,
        beside=contexts.beside,
        effort=usable_effort(effort, signature),
    )


def run_network(plan: ForecastPlan, forecaster: Forecaster) -> Floats:
    """Run the network for the m contexts of one plan: (m, at least horizon, outputs).

    A service runs it through its batcher instead, together with the plans of other requests.
    """
    horizons = np.full(len(plan.contexts), plan.horizon)
    return forecaster.predict(plan.contexts, horizons, plan.season_lengths, plan.dates, plan.beside)


def finish(plan: ForecastPlan, predicted: Floats) -> FinishedForecast:
    """Turn what the network predicted of the plan's m contexts into forecasts of its n series.

    `predicted` has the shape (m, at least horizon, outputs) and is in the units of the contexts.
    The series that the network does not serve get their fallbacks, and all forecasts are kept
    within their bounds.
    """
    restored = plan.restored(predicted)
    forecast = read_forecast(plan.signature, restored, plan.horizon, plan.quantiles)
    if plan.fallbacks:
        forecast = _with_fallbacks(plan, forecast)
    kept, notes = keep_within(forecast, plan.bounds, plan.series)
    return FinishedForecast(kept, notes, forecast.point)


def find_fallbacks(
    series: Sequence[Series], season_lengths: Sequence[int], signature: Signature
) -> dict[int, Note]:
    """Return the positions of the series that a fallback serves in place of the network, and why.

    A season length of 0 stands for the one that is detected.
    """
    found = {
        position: note
        for position, item in enumerate(series)
        if (note := fallback_note(item, signature.shortest_context))
    }
    if signature.serves_any_series:
        found |= find_intermittent(series, season_lengths, signature, but=found)
    return found


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


def _fallback_forecast(series: Series, horizon: int, quantiles: Sequence[float] = ()) -> Forecast:
    """Forecast one series by repeating its last value.

    `point` has the shape (1, horizon), `quantiles` (1, horizon, number of quantiles). The quantiles
    are those of a random walk with normal steps whose deviation is √(π ÷ 2) times the mean absolute
    change: Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., section 5.5.
    """
    last = series.values[-1] + 0.0  # a plain zero if it is a minus zero
    changes = np.abs(np.diff(series.values)) if series.varies else np.zeros(1)
    deviation = changes.mean() * np.sqrt(np.pi / 2) * np.sqrt(np.arange(1, horizon + 1))
    spread: Floats = deviation[:, None] * normal_scores(quantiles)
    return Forecast(np.full((1, horizon), last), last + spread[None])


def join_forecasts(parts: Sequence[Forecast]) -> Forecast:
    """Put the forecasts of several batches of series into one, in their order."""
    return Forecast(
        np.concatenate([part.point for part in parts]),
        np.concatenate([part.quantiles for part in parts]),
    )


def _with_fallbacks(plan: ForecastPlan, forecast: Forecast) -> Forecast:
    """Put the fallbacks in their places among the network's forecasts of the other series."""
    count = len(plan.series)
    point = np.empty((count, plan.horizon))
    quantiles = np.empty((count, plan.horizon, len(plan.quantiles)))
    intermittent = sorted(n for n, note in plan.fallbacks.items() if note.code == INTERMITTENT)
    parts = []
    if plan.contexts:
        parts.append(([n for n in range(count) if n not in plan.fallbacks], forecast))
    if intermittent:
        own = [plan.series[n] for n in intermittent]
        parts.append((intermittent, intermittent_forecast(own, plan.horizon, plan.quantiles)))
    for n in plan.fallbacks.keys() - set(intermittent):
        own_forecast = _fallback_forecast(plan.series[n], plan.horizon, plan.quantiles)
        parts.append(([n], own_forecast))
    for positions, part in parts:
        point[positions], quantiles[positions] = part.point, part.quantiles
    return Forecast(point, quantiles)

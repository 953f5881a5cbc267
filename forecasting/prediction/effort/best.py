"""The best forecast: the mean of all looks at a series, weighted by a small backtest on its past.

For each quantile, the forecasts of the looks are averaged as they are: Ratcliff (1979), Group
reaction time distributions and an analysis of distribution statistics, who names it after Vincent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from forecasting.notes import Note
from forecasting.prediction.effort.hindcasts import Hindcasts
from forecasting.prediction.effort.looks import LOOKS, Looks, Pasts
from forecasting.prediction.forecaster import Forecaster
from forecasting.prediction.pipeline import ForecastPlan, run_network
from forecasting.prediction.seasons.groups import known_season_lengths
from forecasting.types import Floats, Positions

_SERIES_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class BestTask:
    """What networks have to be run for to forecast some of a plan's contexts."""

    looks: Looks
    """The looks at the contexts, and after these at their windows."""
    hindcasts: Hindcasts

    @classmethod
    def of(cls, plan: ForecastPlan, rows: slice) -> BestTask:
        """Prepare the forecasts of some of the contexts of a plan."""
        contexts = plan.contexts[rows]
        lengths = known_season_lengths(contexts, plan.season_lengths[rows], plan.signature)
        pasts = Pasts(contexts, lengths, plan.dates[rows])
        hindcasts = Hindcasts.of(pasts, plan.horizon, plan.signature)
        everything = Pasts.join([pasts, hindcasts.pasts])
        return cls(Looks.at(everything, plan.horizon, plan.signature), hindcasts)

    def combine(self, predicted: Floats, of_larger: Floats | None) -> BestPart:
        """Combine what the network predicted of `looks.network_pasts`, and a larger one of `pasts`.

        Both have the shape (all, at least horizon, outputs); `of_larger` is None if the version has
        no larger network.
        """
        forecasts = self.looks.read(predicted, of_larger)
        counts = self.hindcasts.counts
        point = self.looks.signature.point_index
        weights = self.hindcasts.weights(forecasts[:, counts.size :, :, point])
        mean = _mean(forecasts[:, : counts.size], weights)
        taken = self.looks.taken()[: counts.size, : len(forecasts)]
        not_taken = np.where(taken, 0.0, weights)
        weights = weights - not_taken
        weights[:, 0] += not_taken.sum(axis=1)
        return BestPart(mean, weights, counts)


@dataclass(frozen=True, slots=True)
class BestPart:
    """The best forecasts of n contexts."""

    predicted: Floats
    """(n, horizon, outputs), in the units of the series."""
    weights: Floats
    """The weight of each look, (n, looks)."""
    windows: Positions
    """The number of windows that the weights come from, (n,)."""


def _mean(forecasts: Floats, weights: Floats) -> Floats:
    """Return the mean (n, horizon, outputs) of forecasts (looks, n, horizon, outputs).

    `weights` are (n, looks). A step of which the series as it is leaves no doubt, such as a month
    in which nothing is ever sold, is not moved by the others, whose levels hold for all steps.
    """
    plain = forecasts[0]
    mean = np.sort(np.einsum("lnho,nl->nho", forecasts, weights), axis=-1)
    certain = (plain.shape[2] > 1) & (plain[:, :, :1] == plain[:, :, -1:])
    return np.where(certain, plain, mean)


def parts_of(plan: ForecastPlan) -> Iterator[slice]:
    """Yield which of the contexts of a plan are forecast together, some at a time."""
    for start in range(0, len(plan.contexts), _SERIES_AT_ONCE):
        yield slice(start, start + _SERIES_AT_ONCE)


def join_parts(plan: ForecastPlan, parts: Sequence[BestPart]) -> tuple[ForecastPlan, Floats]:
    """Return the plan with a note on each series, and the forecasts (m, horizon, outputs)."""
    notes = (
        _note(weights, windows)
        for part in parts
        for weights, windows in zip(part.weights.tolist(), part.windows.tolist(), strict=True)
    )
    series = [
        replace(item, notes=(*item.notes, _NOT_TRIED if n in plan.fallbacks else next(notes)))
        for n, item in enumerate(plan.series)
    ]
    empty = np.empty((0, plan.horizon, plan.signature.outputs))
    predicted = np.concatenate([empty, *(part.predicted for part in parts)])
    return replace(plan, series=series), predicted


def run_plan(plan: ForecastPlan, forecaster: Forecaster) -> tuple[ForecastPlan, Floats]:
    """Forecast the m contexts of a plan with its effort: (m, at least horizon, outputs).

    Returns the plan too, which has notes on what was done. A service does the same in its batcher.
    """
    if plan.effort != "best":
        return plan, run_network(plan, forecaster)
    parts = []
    for rows in parts_of(plan):
        task = BestTask.of(plan, rows)
        predicted = _predict(forecaster, task.looks.network_pasts(), plan.horizon)
        of_larger = None
        if forecaster.load_larger is not None:
            of_larger = _predict(forecaster.load_larger(), task.looks.pasts, plan.horizon)
        parts.append(task.combine(predicted, of_larger))
    return join_parts(plan, parts)


def _predict(forecaster: Forecaster, pasts: Pasts, horizon: int) -> Floats:
    return forecaster.predict(pasts.values, np.full(len(pasts.values), horizon), *pasts[1:])


_NOT_TRIED = Note(
    "effort_not_used",
    "The forecast is the standard one: the series has too little past to try other looks on, or a "
    "fallback forecasts it.",
    0,
)


def _note(weights: list[float], windows: int) -> Note:
    if not windows:
        return _NOT_TRIED
    shares = ", ".join(
        f"{name} {weight:.0%}"
        for name, weight in zip(LOOKS, weights, strict=False)
        if weight >= 0.005
    )
    return Note(
        "looks_weighted",
        "The forecast is a mean of several looks, weighted by their errors in the latest windows "
        f"of the past: {shares}.",
        windows,
    )

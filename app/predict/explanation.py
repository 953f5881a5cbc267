"""`"explain": true`: what each forecast consists of, and which stretches of the past moved it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from app.requests.limits import check_explanation_values
from app.serving.batcher import Batcher
from app.serving.effort import run_plan
from app.serving.served_version import ServedVersion
from forecasting.networks.signature import Signature
from forecasting.notes import Note
from forecasting.prediction.explanation.components import Component, Explanation, explain
from forecasting.prediction.explanation.stretches import (
    FORECASTS_EACH,
    Occlusion,
    Stretch,
    parts_of,
)
from forecasting.prediction.explanation.substitution import Substitution
from forecasting.prediction.pipeline import FinishedForecast, ForecastPlan, finish
from forecasting.series.series import Series
from forecasting.types import Floats

_CONTEXTS_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Explained:
    """The explanation of the forecast of one series."""

    explanation: Explanation
    stretches: tuple[Stretch, ...]
    """The stretches of the past, the earliest first; none for a table, which has no room."""


def check_explanation(plan: ForecastPlan, most_values: int, *, with_stretches: bool) -> None:
    """Raise RequestError if explaining the forecasts of a plan takes more than `most_values`."""
    signature = plan.signature
    forecasts_each = len(signature.covariates) + FORECASTS_EACH * with_stretches
    count = len(plan.series) * forecasts_each * plan.horizon * signature.outputs
    check_explanation_values(count, most_values)


def note_no_seasons(series: list[Series], signature: Signature) -> list[Series]:
    """Return series with a note on each if a model's forecasts have no seasons to be shown."""
    if signature.takes_season_out:
        return series
    note = Note(
        "explained_without_seasons",
        "This model takes no seasons out of series: what its network knows of them is in the "
        "remainder, beside the last value as the level.",
        0,
    )
    return [replace(item, notes=(*item.notes, note)) for item in series]


async def explain_each(
    plan: ForecastPlan,
    finished: FinishedForecast,
    version: ServedVersion,
    batcher: Batcher,
    *,
    with_stretches: bool,
) -> list[Explained]:
    """Explain the finished forecasts of a plan, the one that was prepared.

    Raises OverloadedError if too many requests wait for a network.
    """
    by_network = await _find_covariates(plan, finished, version, batcher)
    explanations = await asyncio.to_thread(explain, plan, finished, by_network)
    if not with_stretches:
        return [Explained(explanation, ()) for explanation in explanations]
    stretches = await _find_stretches(plan, version, batcher)
    return [Explained(*pair) for pair in zip(explanations, stretches, strict=True)]


async def _find_covariates(
    plan: ForecastPlan, finished: FinishedForecast, version: ServedVersion, batcher: Batcher
) -> list[dict[str, Floats]] | None:
    """Find out what covariates add to each context of a plan, if its network takes them."""
    if not plan.signature.covariates:
        return None
    of_network = [n for n in range(len(plan.series)) if n not in plan.fallbacks]
    found: list[dict[str, Floats]] = []
    for start in range(0, len(of_network), _CONTEXTS_AT_ONCE):
        rows = range(start, min(start + _CONTEXTS_AT_ONCE, len(of_network)))
        substitution = await asyncio.to_thread(Substitution.of, plan, rows)
        _, predicted = await run_plan(substitution.plan, version, batcher)
        points = finished.unbounded[of_network[rows.start : rows.stop]]
        found += substitution.added(predicted, points)
    return found


async def _find_stretches(
    plan: ForecastPlan, version: ServedVersion, batcher: Batcher
) -> list[tuple[Stretch, ...]]:
    """Find out how much the stretches of the past of each series of a plan moved its forecast.

    Some series go at a time, so that the forecasts of other requests get their turn in between.
    """
    found: list[tuple[Stretch, ...]] = []
    for positions in parts_of(plan):
        occlusion = await asyncio.to_thread(Occlusion.of, plan, positions)
        without, predicted = await run_plan(occlusion.plan, version, batcher)
        found += occlusion.effects(await asyncio.to_thread(finish, without, predicted))
    return found


def explanation_object(series: Series, explained: Explained) -> dict[str, Any]:
    """Return the explanation of the forecast of a series in the shape of ExplanationObject."""
    return {
        "form": explained.explanation.form,
        "components": [
            {"kind": kind, "name": name, "values": values.tolist()}
            for kind, name, values in explained.explanation.components
        ],
        "stretches": [_stretch_object(series, stretch) for stretch in explained.stretches],
    }


def explanation_columns(
    explained: Sequence[Explained], horizon: int
) -> tuple[npt.NDArray[np.str_], dict[str, Floats]]:
    """Return the columns of a table that explain the forecasts of n series: n × horizon rows each.

    They are the forms, and by name a column for each component that any of the series has; NaN for
    those that do not have it.
    """
    columns: dict[tuple[int, str], Floats] = {}
    for place, item in enumerate(explained):
        for component in item.explanation.components:
            empty = np.full((len(explained), horizon), np.nan)
            columns.setdefault(_column(component), empty)[place] = component.values
    forms = np.repeat([item.explanation.form for item in explained], horizon)
    ordered = sorted(columns, key=lambda column: column[0])
    return forms, {column[1]: columns[column].ravel() for column in ordered}


_ORDER = ("level", "season", "covariate", "bounds", "remainder")


def _column(component: Component) -> tuple[int, str]:
    """Return the place of a component's column among those of other kinds, and its name."""
    kind, name, _ = component
    return _ORDER.index(kind), kind if kind == name else f"{kind}-{name}"


def _stretch_object(series: Series, stretch: Stretch) -> dict[str, Any]:
    start, end = (series.dropped + position for position in (stretch.start, stretch.stop - 1))
    calendar = series.calendar
    return {
        "start": start,
        "end": end,
        "start_timestamp": None if calendar is None else calendar.timestamps(start, 1)[0],
        "end_timestamp": None if calendar is None else calendar.timestamps(end, 1)[0],
        "effect": stretch.effect,
    }

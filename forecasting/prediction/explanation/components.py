"""Point forecasts as sums, or as products, of what they consist of.

A forecast is taken apart the way it was put together: the seasons are measured again as the network
had them, and what covariates add is known. The rest, which is what the network itself says, is the
remainder, so that the components always make up the forecast, whatever road it took.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from forecasting.prediction.explanation.forms import Form, Kind
from forecasting.prediction.intermittent import INTERMITTENT, usual_value
from forecasting.prediction.origins import Origins
from forecasting.prediction.pipeline import FinishedForecast, ForecastPlan
from forecasting.prediction.seasons.calendar.special_days import SPECIAL_DAYS
from forecasting.prediction.seasons.calendar.trading_days import TRADING_DAYS
from forecasting.prediction.seasons.cycles import DAILY, WEEKLY, YEARLY
from forecasting.prediction.seasons.groups import group_series
from forecasting.series.calendar import Dates
from forecasting.series.covariates import given_name
from forecasting.series.frequency import MonthDay, PandasOffset
from forecasting.series.opening import OpenSteps
from forecasting.types import Floats


class Component(NamedTuple):
    """A part of the point forecast of one series."""

    kind: Kind
    name: str
    values: Floats
    """(horizon,), in the units of the series, or as a factor."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the point forecast of one series consists of."""

    form: Form
    components: tuple[Component, ...]
    """In their order, the level first and the remainder last. Added up or multiplied in this order,
    they make the point forecast, but for the rounding of the last digit."""


class _Seen(NamedTuple):
    """What the network saw of one context."""

    level: float
    """The last value without its seasons."""
    seasons: dict[str, Floats]
    """What each season adds to the steps ahead, (horizon,): to their logarithms if they are
    factors."""
    factors: bool


def explain(
    plan: ForecastPlan,
    finished: FinishedForecast,
    by_network: Sequence[dict[str, Floats]] | None = None,
) -> list[Explanation]:
    """Explain the finished forecasts of the n series of a plan.

    The plan is the one that was prepared: its contexts are those that the network was given.
    `by_network` is what covariates add to the forecast of each of its m contexts, if the network
    takes them (`Substitution`).

    The level is the last value of a series without what seasons and covariates did to it. For a
    running total, it is the last value itself, and the seasons are those of the increments, added
    up. For a series that is mostly one value, it is that value. Seasons are factors if the network
    had them so, and nothing else was added. Otherwise, what a factor does is told in the units of
    the series: by how much it changes the level with the seasons that come before it.
    """
    seen = iter(_look(plan))
    rows = iter(range(len(plan.contexts)))
    explanations = []
    for position, series in enumerate(plan.series):
        unbounded, point = finished.unbounded[position], finished.forecast.point[position]
        fallback = plan.fallbacks.get(position)
        if fallback is not None:
            intermittent = fallback.code == INTERMITTENT
            level = usual_value(series.values) if intermittent else float(series.values[-1])
            explanation = _sum([_constant(level, plan.horizon)], unbounded, point)
        else:
            row = next(rows)
            covariates = by_network[row] if by_network else _covariates(plan, row, unbounded)
            explanation = _explain(next(seen), plan.origins, row, covariates, unbounded, point)
        explanations.append(explanation)
    return explanations


def _look(plan: ForecastPlan) -> list[_Seen]:
    """Return what the network saw of each of the m contexts of a plan."""
    signature, horizon = plan.signature, plan.horizon
    if not signature.takes_season_out:
        return [_Seen(float(values[-1]), {}, factors=False) for values in plan.contexts]
    horizons = np.full(len(plan.contexts), horizon)
    seen: dict[int, _Seen] = {}
    for group in group_series(plan.contexts, horizons, plan.season_lengths, plan.dates, signature):
        values, _, seasons = group.prepare()
        levels = values[:, -1]
        if seasons is None:
            for row, level in zip(group.rows.tolist(), levels.tolist(), strict=True):
                seen[row] = _Seen(level, {}, factors=False)
            continue
        for place, (row, gap) in enumerate(
            zip(group.rows.tolist(), group.gaps.tolist(), strict=True)
        ):
            steps = {n: part[place, gap : gap + horizon] for n, part in seasons.parts.items()}
            named = {
                _season_name(name, group.dates[place]): steps[name]
                for name in sorted(steps, key=_shortest_first)
                if steps[name].any()
            }
            seen[row] = _Seen(float(levels[place]), named, bool(seasons.multiplicative[place]))
    return [seen[row] for row in range(len(plan.contexts))]


def _shortest_first(name: str) -> int:
    """Return the place of a season among others, which come in the order of their lengths."""
    return {YEARLY: 1, SPECIAL_DAYS: 2, TRADING_DAYS: 2}.get(name, 0)


def _season_name(name: str, dates: Dates | None) -> str:
    """Return the name of a season: that of its length in steps, if the dates show what it is."""
    if dates is None or name != str(dates.calendar.frequency.season_length):
        return name
    match dates.calendar.frequency.rule:
        case MonthDay() | PandasOffset():
            return YEARLY
        case OpenSteps() as open_steps:
            return DAILY if open_steps.slots(dates.calendar.start) > 1 else WEEKLY
    return name


def _explain(
    seen: _Seen,
    origins: Origins,
    row: int,
    covariates: dict[str, Floats],
    unbounded: Floats,
    point: Floats,
) -> Explanation:
    """Explain the forecast of the context in a row, before and after it was bounded, (horizon,).

    `covariates` are what each of them adds.
    """
    if seen.factors and seen.seasons and row not in origins.bases and not covariates:
        product = _product(seen, unbounded, point)
        if product is not None:
            return product
    level, horizon = seen.level + origins.bases.get(row, 0.0), unbounded.size
    seasons = _added_by_seasons(seen)
    if row in origins.totals:
        level = origins.bases[row]
        seasons = {name: np.cumsum(values) for name, values in seasons.items()}
    return _sum(
        [
            _constant(level, horizon),
            *(Component("season", name, values) for name, values in seasons.items()),
            *(Component("covariate", name, values) for name, values in covariates.items()),
        ],
        unbounded,
        point,
    )


def _covariates(plan: ForecastPlan, row: int, unbounded: Floats) -> dict[str, Floats]:
    """Return what each covariate adds to the forecast of the context in a row, by its name.

    The indicators of categories are added up to what their covariate adds.
    """
    effects = plan.origins.effects
    if effects is None or row not in effects.rows:
        return {}
    place = effects.place(row)
    scale: Floats | float = 1.0
    if effects.factors[place]:
        scale = unbounded / (1 + effects.added[place])
    found: dict[str, Floats] = {}
    for name, part in effects.parts[place].items():
        given = given_name(name)
        found[given] = found.get(given, 0.0) + part * scale
    return found


def _added_by_seasons(seen: _Seen) -> dict[str, Floats]:
    """Return what each season adds, in the units of the series, (horizon,)."""
    if not seen.factors:
        return seen.seasons
    running: Floats | float = seen.level
    added = {}
    for name, logarithms in seen.seasons.items():
        following = running * np.exp(logarithms)
        added[name] = np.asarray(following - running)
        running = following
    return added


def _product(seen: _Seen, unbounded: Floats, point: Floats) -> Explanation | None:
    """Explain a forecast as a product of factors; None if it is not one, as if the level is 0."""
    components = [
        _constant(seen.level, point.size),
        *(Component("season", name, np.exp(logs)) for name, logs in seen.seasons.items()),
    ]
    with np.errstate(all="ignore"):
        if (point != unbounded).any():
            moved = np.where(point == unbounded, 1.0, point / unbounded)
            components.append(Component("bounds", "bounds", moved))
        rest = np.prod([component.values for component in components], axis=0)
        remainder = np.where((rest == 0) & (point == 0), 1.0, point / rest)
    if seen.level <= 0 or not all(
        np.isfinite(values).all() for values in (remainder, components[-1].values)
    ):
        return None
    components.append(Component("remainder", "remainder", remainder))
    return Explanation("multiplicative", tuple(components))


def _sum(components: Sequence[Component], unbounded: Floats, point: Floats) -> Explanation:
    """Explain a forecast as a sum: of some components, of what bounds did, and of the rest."""
    found = list(components)
    if (point != unbounded).any():
        found.append(Component("bounds", "bounds", point - unbounded))
    remainder = point - sum(component.values for component in found) + 0.0
    return Explanation("additive", (*found, Component("remainder", "remainder", remainder)))


def _constant(level: float, horizon: int) -> Component:
    return Component("level", "level", np.full(horizon, level + 0.0))

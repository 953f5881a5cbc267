"""What covariates add to the forecasts of a network that was trained with them.

Such a network cannot be taken apart. So it forecasts each series first with all covariates at their
typical values, and then with one after the other as it is. The differences between these forecasts
add up to that between the first and the last, whatever the network is: the one-at-a-time path of
Sobol (2001), Global sensitivity indices for nonlinear mathematical models and their Monte Carlo
estimates, in the order of the signature.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from forecasting.networks.signature import CovariateInput, Signature
from forecasting.prediction.pipeline import ForecastPlan
from forecasting.types import Floats


@dataclass(frozen=True, slots=True)
class Substitution:
    """Some contexts of a plan, with some of their covariates at their typical values."""

    plan: ForecastPlan
    """The plan of k forecasts of each of m contexts: with all k covariates at their typical
    values, with all but the first, and so on to all but the last as they are."""
    names: tuple[str, ...]
    """The names of the k covariates."""

    @classmethod
    def of(cls, plan: ForecastPlan, rows: range) -> Substitution:
        """Prepare the forecasts of m contexts of a plan, whose network takes covariates."""
        assert plan.beside is not None
        inputs = plan.signature.covariates
        repeated = [row for row in rows for _ in inputs]
        windows = [
            window
            for row in rows
            for window in _substituted(plan.beside[row], plan.contexts[row].size, plan.signature)
        ]
        forecasts = replace(
            plan,
            contexts=[plan.contexts[row] for row in repeated],
            season_lengths=[plan.season_lengths[row] for row in repeated],
            dates=[plan.dates[row] for row in repeated],
            beside=windows,
        )
        return cls(forecasts, tuple(item.name for item in inputs))

    def added(self, predicted: Floats, points: Floats) -> list[dict[str, Floats]]:
        """Return for each of the m contexts what its covariates add at each step, by their names.

        `predicted` (m × k, at least horizon, outputs) is what the network predicted of the plan,
        and `points` (m, horizon) are the point forecasts with all covariates as they are.
        """
        signature = self.plan.signature
        count, horizon = points.shape
        with_some = predicted[:, :horizon, signature.point_index]
        path = np.concatenate(
            [with_some.reshape(count, len(self.names), horizon), points[:, None]], axis=1
        )
        return [dict(zip(self.names, np.diff(own, axis=0), strict=True)) for own in path]


def _substituted(given: Floats, size: int, signature: Signature) -> Iterator[Floats]:
    """Yield what is beside the `size` values of a context, (any, columns), k times.

    First all k covariates are at their typical values, then all but the first, and so on.
    """
    first = signature.columns_beside - len(signature.covariates)
    history = signature.history_length
    past = given[max(0, history - size) : history]
    window = given.copy()
    for place, item in enumerate(signature.covariates, start=first):
        window[:, place] = _typical(past[:, place], item)
    for place in range(first, signature.columns_beside):
        yield window.copy()
        window[:, place] = given[:, place]


def _typical(past: Floats, item: CovariateInput) -> float:
    """Return the typical value of a covariate, whose values (t,) are NaN where nothing is known.

    It is their mean, or the most frequent category. What is static has none in one series, so that
    it is taken as if it was not known.
    """
    known = past[~np.isnan(past)]
    if item.role == "static" or not known.size:
        return float("nan")
    if item.type == "category":
        categories, times = np.unique(known, return_counts=True)
        return float(categories[times.argmax()])
    return float(known.mean())

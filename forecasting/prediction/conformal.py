"""Conformal calibration: how much wider or narrower intervals must be to hold what they promise.

Conformalised quantile regression (Romano, Patterson and Candès, 2019, Conformalized quantile
regression, section 4) measures by how much held-out values overshoot an interval, and moves its
bounds by the quantile of those overshoots that the level asks for. Here an overshoot is measured in
the interval's own half-width, the distance of the bound from the median: the scaled score of
Kivaranovic, Johnson and Leeb (2020), Adaptive, distribution-free prediction intervals for deep
networks, section 3. It has no unit, so one correction fits series of any size; the median stays
where it is, and no bound can pass it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from forecasting.types import Floats

NARROWEST, WIDEST = 0.25, 4.0
"""The smallest and the largest factor for a distance from the median."""
_POOLED_RESIDUALS = 200
"""A step should have this many residuals; if it has fewer, those of its neighbours are added."""
_PRIOR_WINDOWS = 20.0
"""This many windows say as much as the belief that the intervals are right as they are."""


def fit_widths(
    predicted: Floats,
    targets: Floats,
    quantiles: Sequence[float],
    widest: float = WIDEST,
    prior: Floats | None = None,
) -> Floats:
    """Fit the factors for the distances of quantiles from the median: (…, steps, outputs).

    `predicted` (…, windows, steps, outputs) are forecasts of the `quantiles`, the median among
    them, and `targets` (…, windows, steps) what came, NaN if that is not known. Each entry of the
    leading axes is calibrated on its own.

    For each step and symmetric pair of quantiles, the factor is the smallest that would have held
    ⌈(n + 1) × level⌉ of n targets (Romano et al., 2019, equation 8), or the largest overshoot if n
    is too small for that. A quantile without a partner is calibrated alone. If there are fewer than
    200 windows, a step takes in its nearest neighbours until it has as many residuals. The
    residuals of one window are alike, so n still counts windows: the share held is level ×
    (n + 1) ÷ n. The logarithm of the factor is weighted by n ÷ (n + 20), the credibility of
    Bühlmann (1967), Experience rating and credibility, and that of the `prior` (…, steps, outputs)
    by the rest: without windows the factor is the prior, or 1, no correction.
    """
    probabilities = np.asarray(quantiles)
    partners = _partners(probabilities)
    sides = np.sign(probabilities - 0.5)
    centre = predicted[..., int(np.flatnonzero(probabilities == 0.5)[0])]
    errors = targets - centre
    widths = np.ones((*predicted.shape[:-3], *predicted.shape[-2:]))
    believed = widths.copy() if prior is None else np.broadcast_to(prior, widths.shape).copy()
    if not targets.shape[-2]:
        return believed
    reach = min(_odd_at_least(_POOLED_RESIDUALS / targets.shape[-2]), targets.shape[-1])
    for output, partner in enumerate(partners):
        if sides[output] == 0:
            continue
        if partner < output:
            widths[..., output] = widths[..., partner]
            continue
        overshoots = _overshoots(sides[output] * errors, predicted[..., output] - centre)
        level = max(probabilities[output], 1 - probabilities[output])
        if partner > output:
            other = _overshoots(sides[partner] * errors, predicted[..., partner] - centre)
            overshoots = np.maximum(overshoots, other)
            level = probabilities[partner] - probabilities[output]
        pooled = _pool_neighbours(overshoots, reach)
        widths[..., output] = _credible_factor(pooled, level, reach, believed[..., output], widest)
    return widths


def stretch(predicted: npt.NDArray[np.floating], widths: Floats, point: int) -> Floats:
    """Multiply the distances of forecasts from the output `point` by `widths`.

    The forecasts (…, steps, outputs) rise, and so do the results. `widths` has the shape
    (steps, outputs) or (…, steps, outputs). The output `point` stays as it is.

    Outputs that cross are sorted, which moves no forecast further from the truth: Chernozhukov,
    Fernández-Val and Galichon (2010), Quantile and probability curves without crossing.
    """
    centre = predicted[..., point : point + 1].astype(np.float64)
    return np.asarray(np.sort(centre + (predicted - centre) * widths, axis=-1))


def _overshoots(errors: Floats, distances: Floats) -> Floats:
    """Divide errors towards one side by the distance of the quantile on that side.

    An error that overshoots a distance of 0 counts as WIDEST.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratios = np.clip(errors / np.abs(distances), -WIDEST, WIDEST)
    exact = (errors == 0) & (distances == 0)
    return np.where(exact, 1.0, ratios)


def _pool_neighbours(overshoots: Floats, reach: int) -> Floats:
    """Pool the overshoots (…, windows, steps) of each step with those of its nearest steps.

    `reach` steps are pooled in all. Returns (…, steps, windows × reach), rising with NaN last.
    """
    steps = overshoots.shape[-1]
    first = np.clip(np.arange(steps) - reach // 2, 0, steps - reach)
    near = sliding_window_view(overshoots, reach, axis=-1)[..., first, :]
    near = np.moveaxis(near, -3, -1)
    return np.sort(near.reshape(*near.shape[:-2], -1), axis=-1)


def _credible_factor(
    overshoots: Floats, level: float, reach: int, prior: Floats, widest: float
) -> Floats:
    """Return the factors (…, steps) from pooled overshoots (…, steps, n), by their credibility."""
    count = np.sum(~np.isnan(overshoots), axis=-1)
    windows = count / reach
    held = np.minimum(count * level * (1 + 1 / np.maximum(windows, 1 / reach)), count)
    index = np.maximum(np.ceil(held.round(9)), 1).astype(np.int64) - 1
    found = np.take_along_axis(overshoots, index[..., None], axis=-1)[..., 0]
    factor = np.clip(np.where(count > 0, found, prior), NARROWEST, widest)
    credibility = windows / (windows + _PRIOR_WINDOWS)
    return np.asarray(factor**credibility * prior ** (1 - credibility))


def _partners(probabilities: Floats) -> list[int]:
    """Return, for each quantile, the index of the one as far on the other side of the median.

    A quantile without a partner gets its own index.
    """
    alike = np.isclose(probabilities[:, None] + probabilities, 1)
    own = np.arange(probabilities.size)
    return [int(index) for index in np.where(alike.any(axis=1), alike.argmax(axis=1), own)]


def _odd_at_least(least: float) -> int:
    """Return the smallest odd whole number that is no smaller than `least`."""
    return 2 * int(np.ceil(max(least - 1, 0) / 2)) + 1

"""Conformal calibration: how much wider or narrower intervals must be to hold what they promise.

Conformalised quantile regression (Romano, Patterson and Candès, 2019, Conformalized quantile
regression, section 4) looks by how much held-out values overshot an interval, and moves its bounds
by the quantile of that which the level asks for. Here overshoots are measured in the interval's own
half-width, the distance of the bound from the median: the scaled score of Kivaranovic, Johnson and
Leeb (2020), Adaptive, distribution-free prediction intervals for deep networks, section 3. That
has no unit, so one correction fits series of any size; the median stays where it is, and no bound
can pass it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from forecasting.types import Floats

NARROWEST, WIDEST = 0.25, 4.0
"""The least and the most that a distance from the median is multiplied by."""
_POOLED = 200
"""Residuals that a step is to have; where it has fewer, its neighbours' count as its own."""
_PRIOR = 20.0
"""Windows that say as much as the belief that the intervals are right as they are."""


def fit_widths(
    predicted: Floats, targets: Floats, quantiles: Sequence[float], widest: float = WIDEST
) -> Floats:
    """What to multiply the distances of quantiles from the median by: (…, steps, outputs).

    `predicted` (…, windows, steps, outputs) are forecasts of the `quantiles`, the median among
    them, and `targets` (…, windows, steps) what came, NaN where that is not known. Leading axes are
    calibrated each on its own.

    For each step and symmetric pair of quantiles it is the smallest factor that would have held
    ⌈(n + 1) × level⌉ of n targets (Romano et al., 2019, equation 8), the largest overshoot where n
    is too small for that; a quantile without a partner is calibrated alone. Where there are fewer
    than 200 windows, a step takes in its nearest neighbours until it has as many residuals. The
    residuals of one window are alike, so n still counts windows: the share held is level ×
    (n + 1) ÷ n. The logarithm of the factor counts n ÷ (n + 20), the credibility of Bühlmann
    (1967), Experience rating and credibility: without windows it is 1, no correction.
    """
    known = np.asarray(quantiles)
    partners = _partners(known)
    sides = np.sign(known - 0.5)
    centre = predicted[..., int(np.flatnonzero(known == 0.5)[0])]
    errors = targets - centre
    widths = np.ones((*predicted.shape[:-3], *predicted.shape[-2:]))
    if not targets.shape[-2]:
        return widths
    reach = min(_odd(_POOLED / targets.shape[-2]), targets.shape[-1])
    for place, partner in enumerate(partners):
        if sides[place] == 0:
            continue
        if partner < place:
            widths[..., place] = widths[..., partner]
            continue
        overshoots = _overshoots(sides[place] * errors, predicted[..., place] - centre)
        level = max(known[place], 1 - known[place])
        if partner > place:
            other = _overshoots(sides[partner] * errors, predicted[..., partner] - centre)
            overshoots = np.maximum(overshoots, other)
            level = known[partner] - known[place]
        widths[..., place] = _believed(_around(overshoots, reach), level, reach, widest)
    return widths


def stretch(predicted: npt.NDArray[np.floating], widths: Floats, point: int) -> Floats:
    """Forecasts (…, steps, outputs), rising, their distances from the output `point` multiplied by
    `widths` (steps, outputs) or (…, steps, outputs); rising.

    Sorting what crosses moves no forecast further from the truth: Chernozhukov, Fernández-Val and
    Galichon (2010), Quantile and probability curves without crossing. The output `point` stays.
    """
    centre = predicted[..., point : point + 1].astype(np.float64)
    return np.asarray(np.sort(centre + (predicted - centre) * widths, axis=-1))


def _overshoots(errors: Floats, distances: Floats) -> Floats:
    """Errors towards one side in distances of the quantile on it; those that overshoot a distance
    of 0 are as wide as can be."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratios = np.clip(errors / np.abs(distances), -WIDEST, WIDEST)
    exact = (errors == 0) & (distances == 0)
    return np.where(exact, 1.0, ratios)


def _around(overshoots: Floats, reach: int) -> Floats:
    """(…, windows, steps) → those of each step and its nearest, `reach` in all, rising, NaN last:
    (…, steps, windows × reach)."""
    steps = overshoots.shape[-1]
    first = np.clip(np.arange(steps) - reach // 2, 0, steps - reach)
    near = sliding_window_view(overshoots, reach, axis=-1)[..., first, :]
    near = np.moveaxis(near, -3, -1)
    return np.sort(near.reshape(*near.shape[:-2], -1), axis=-1)


def _believed(overshoots: Floats, level: float, reach: int, widest: float) -> Floats:
    """The factor (…, steps) that residuals (…, steps, n) speak for, by how much they say."""
    count = np.sum(~np.isnan(overshoots), axis=-1)
    windows = count / reach
    held = np.minimum(count * level * (1 + 1 / np.maximum(windows, 1 / reach)), count)
    place = np.maximum(np.ceil(held.round(9)), 1).astype(np.int64) - 1
    found = np.take_along_axis(overshoots, place[..., None], axis=-1)[..., 0]
    factor = np.clip(np.where(count > 0, found, 1.0), NARROWEST, widest)
    return np.asarray(np.exp(np.log(factor) * windows / (windows + _PRIOR)))


def _partners(quantiles: Floats) -> list[int]:
    """By place, where the quantile as far on the other side of the median is; itself if nowhere."""
    alike = np.isclose(quantiles[:, None] + quantiles, 1)
    places = np.where(alike.any(axis=1), alike.argmax(axis=1), np.arange(quantiles.size))
    return [int(place) for place in places]


def _odd(least: float) -> int:
    """The smallest odd whole number that is no smaller."""
    return 2 * int(np.ceil(max(least - 1, 0) / 2)) + 1

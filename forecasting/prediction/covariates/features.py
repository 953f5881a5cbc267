"""What covariates become before they are regressed on: themselves, their past, bends and shapes.

The features come in an order of growing detail, so that the first so many of them make a smaller
model: the covariates as they are, what they were lately, bends at their quantiles (a temperature
may matter below 15 and above 25 degrees only), and how all of these depend on the phase of the
season (a holiday changes the morning more than the night).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from forecasting.prediction.seasons.gaps import fill_gaps
from forecasting.types import Floats, Positions

_QUANTILES = (0.2, 0.4, 0.6, 0.8)
"""The slope of what a covariate does may change where it crosses these quantiles of its past."""
_WAVES = 4
"""What a covariate does may follow a season by so many waves, the longest of a whole season."""
_WAVES_OF_BENDS = 2
"""The same for bends, and for covariates that take many values."""
_SHORTEST_SHAPE = 4
"""A season of fewer steps has no shape that effects could follow."""
_SHORTEST_DAY = 16
"""In a season of so many steps, what a covariate was is averaged over parts of the season."""


class Kind(NamedTuple):
    """What is known of a covariate before it is looked at closely."""

    ahead: bool
    """Whether it is known ahead."""
    binary: bool
    """Whether it takes at most two values."""


@dataclass(frozen=True, slots=True)
class Features:
    """Features of n series at their t values and at the steps ahead."""

    values: Floats
    """(n, features, t + ahead)."""
    sizes: tuple[int, ...]
    """How many of the first features make each of the models, from the smallest to the largest."""
    covariates: Positions
    """The index of the covariate that each feature comes from, (features,)."""


def make_features(
    covariates: Floats,
    kinds: tuple[Kind, ...],
    weeks: Floats | None,
    ahead: int,
    season_length: int,
    most: int,
) -> Features:
    """Make features of k covariates, (n, k, t + ahead), of n series.

    All features that do not make the largest model with at most `most` of them are left out, but
    those of the smallest model are always there.

    `weeks` (n, t + ahead) says by how much the longer season exceeds the shorter, of
    `season_length` steps; None if there is no longer one. Of a covariate that is not known ahead,
    only values at least `ahead` steps old are used.
    """
    levels: list[list[tuple[int, Floats]]] = [[], [], [], []]
    count = covariates.shape[2] - ahead
    phases = 2 * np.pi * (np.arange(-count, ahead) % season_length) / season_length
    for index, kind in enumerate(kinds):
        values = covariates[:, index]
        if not kind.ahead:
            values = lagged(values, ahead)
        plain = [values]
        if kind.binary:
            late = [lagged(values, season_length)]
            bends = [] if weeks is None else [values * weeks]
        else:
            late = [trailing_mean(values, steps) for steps in _memories(season_length)]
            bends = _bends(values, count)
        levels[0] += [(index, column) for column in plain]
        levels[1] += [(index, column) for column in late]
        levels[2] += [(index, column) for column in bends]
        if season_length >= _SHORTEST_SHAPE:
            shaped = plain if kind.binary else [*plain, *bends, late[-2]]
            if not kind.binary:
                levels[2] += [(index, trailing_mean(bend, season_length)) for bend in bends]
            waves = _WAVES if kind.binary else _WAVES_OF_BENDS
            levels[3] += [
                (index, column * shape)
                for column in shaped
                for shape in _shapes(phases, min(waves, season_length // 2))
            ]
    sizes = np.cumsum([len(level) for level in levels]).tolist()
    sizes = sizes[:1] + [size for size in sizes[1:] if size <= most]
    columns = [pair for level in levels for pair in level][: sizes[-1]]
    return Features(
        np.stack([column for _, column in columns], axis=1),
        tuple(dict.fromkeys(sizes)),
        np.array([index for index, _ in columns]),
    )


def complete(covariates: Floats) -> Floats:
    """Fill what is missing in covariates (n, t): in between by straight lines, at ends by holding.

    Those of which nothing is known are 0 throughout.
    """
    filled = fill_gaps(covariates)
    begun = ~np.isnan(filled)
    first = np.take_along_axis(filled, begun.argmax(axis=1)[:, None], axis=1)
    return np.nan_to_num(np.where(begun, filled, first))


def lagged(values: Floats, steps: int) -> Floats:
    """Return values (n, t) of so many steps ago; the first value stands for those before it."""
    return values[:, np.maximum(np.arange(values.shape[1]) - steps, 0)]


def trailing_mean(values: Floats, steps: int) -> Floats:
    """Return the mean (n, t) of the latest `steps` values at each of the values (n, t)."""
    count = values.shape[1]
    total = np.zeros((len(values), count + 1))
    np.cumsum(values, axis=1, out=total[:, 1:])
    ends = np.arange(1, count + 1)
    starts = np.maximum(ends - steps, 0)
    return np.asarray((total[:, ends] - total[:, starts]) / (ends - starts))


def _memories(season_length: int) -> tuple[int, ...]:
    """Return over how many latest steps a covariate is averaged, at least two numbers."""
    if season_length >= _SHORTEST_DAY:
        return season_length // 8, season_length // 2, 2 * season_length
    return 2, max(4, season_length)


def _bends(values: Floats, count: int) -> list[Floats]:
    """Return by how much values (n, t) exceed each quantile of the first `count` of them."""
    bends = np.quantile(values[:, :count], _QUANTILES, axis=1)
    return [np.maximum(values - bend[:, None], 0.0) for bend in bends]


def _shapes(phases: Floats, waves: int) -> list[npt.NDArray[np.float64]]:
    return [wave(number * phases) for number in range(1, waves + 1) for wave in (np.cos, np.sin)]

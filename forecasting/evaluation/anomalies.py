"""Anomalies: values outside the band that was expected one step before them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecasting.errors import SeriesError
from forecasting.networks.signature import Signature
from forecasting.prediction.forecaster import Forecast
from forecasting.series.series import Series
from forecasting.types import Floats

_SHORTEST_WARM_UP = 10


@dataclass(frozen=True, slots=True)
class AnomalyScores:
    """n values, each beside the forecast that was made one step before it; every array is (n,)."""

    actual: Floats
    """The values; NaN where one is missing."""
    expected: Floats
    """The median forecasts."""
    lower: Floats
    upper: Floats
    outside: npt.NDArray[np.bool_]
    """Whether each value lies outside [lower, upper]; a missing value does not."""
    score: Floats
    """The distance of each value from `expected`, measured in the distance of the band's edge on
    that side: 1 is the upper edge, -1 the lower. NaN if the value is missing or the band has no
    width on that side."""


@dataclass(frozen=True, slots=True)
class ScoredValues:
    """Which values of several series are scored, one series after another."""

    series: Sequence[Series]
    positions: Sequence[range]
    """The positions of the values that are scored, of each series."""

    def rows(self) -> list[slice]:
        """Return where the scored values of each series are among those of all series."""
        ends = np.cumsum([len(positions) for positions in self.positions]).tolist()
        return [
            slice(end - len(positions), end)
            for end, positions in zip(ends, self.positions, strict=True)
        ]

    def owners(self) -> list[int]:
        """Return, for each value that is scored, the position of its series."""
        counts = [len(positions) for positions in self.positions]
        return np.repeat(np.arange(len(self.series)), counts).tolist()

    def pasts(self) -> list[Series]:
        """Return what was known before each value that is scored."""
        return [
            series.before(position, horizon=1)
            for series, positions in zip(self.series, self.positions, strict=True)
            for position in positions
        ]

    def actual(self) -> Floats:
        """Return the values that are scored, NaN if one is missing."""
        return np.concatenate(
            [
                series.observed()[positions.start : positions.stop]
                for series, positions in zip(self.series, self.positions, strict=True)
            ]
        )


def choose_warm_up(requested: int | None, season_length: int, signature: Signature) -> int:
    """Return how many values at the start are not scored: two seasons, and at least 10.

    A season length of 0 is one that is not known.
    """
    seasons = 2 * max(season_length, signature.season_length)
    return requested or max(_SHORTEST_WARM_UP, seasons, signature.shortest_context)


def scored_positions(count: int, warm_up: int, last: int | None = None) -> range:
    """Return which of `count` values are scored: those after the first `warm_up` ≥ 1.

    If `last` is given, only that many values at the end are scored. Raises SeriesError if no value
    comes after the warm-up.
    """
    if count <= warm_up:
        shorter = f", or a warm_up of at most {count - 1}" if count > 1 else ""
        raise SeriesError(
            f"the series has {count} values, and the warm-up takes {warm_up}: none is left to "
            f"judge. Give more values{shorter}.",
            code="series_too_short",
        )
    return range(warm_up if last is None else max(warm_up, count - last), count)


def score_anomalies(actual: Floats, forecast: Forecast) -> AnomalyScores:
    """Score values (n,) against one-step forecasts, whose quantiles (n, 1, 2) are the band."""
    expected = forecast.point[:, 0]
    lower = np.minimum(forecast.quantiles[:, 0, 0], expected)
    upper = np.maximum(forecast.quantiles[:, 0, 1], expected)
    distance = actual - expected
    width = np.where(distance > 0, upper - expected, expected - lower)
    without_width = np.where(distance == 0, 0.0, np.nan)
    with np.errstate(over="ignore"):
        score = np.divide(distance, width, out=without_width, where=width > 0)
    outside = (actual < lower) | (actual > upper)
    return AnomalyScores(
        actual, expected, lower, upper, outside, np.where(np.isfinite(score), score, np.nan)
    )

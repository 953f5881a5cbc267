"""What covariates do to series: taken out of the past, and put back into forecasts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecasting.prediction.quantiles import normal_scores
from forecasting.types import Floats, Positions


@dataclass(frozen=True, slots=True)
class AheadEffects:
    """What covariates do to the steps ahead of some of the series that are forecast together."""

    rows: Positions
    """Which series they are, r of them."""
    added: Floats
    """What is added at each step, (r, horizon): in the units of the series, or as a share."""
    deviations: Floats
    """The standard deviation of the error of `added`, (r, horizon)."""
    factors: npt.NDArray[np.bool_]
    """Whether `added` are shares, by which the forecasts of a series grow, (r,)."""
    parts: tuple[dict[str, Floats], ...]
    """For each of these series, what each covariate by its name adds at each step, (horizon,)."""

    def place(self, row: int) -> int:
        """Return where the series in a row of all is among those that have effects."""
        return int(np.flatnonzero(self.rows == row)[0])

    def restore(self, predicted: Floats, quantiles: Sequence[float] | None, point: int) -> Floats:
        """Put the effects back into what was predicted of all series, (m, horizon, outputs).

        The error of the effects and that of the forecast of the rest are taken to be independent,
        so that the distances of the quantiles from the point forecast add in quadrature.
        `quantiles` are the probabilities of the outputs, `point` is the index of the point
        forecast.
        """
        part = predicted[self.rows]
        centre = part[:, :, point : point + 1]
        distance = part - centre
        shares = self.factors[:, None, None]
        added, deviation = self.added[:, :, None], self.deviations[:, :, None]
        distance = np.where(shares, distance * (1 + added), distance)
        deviation = np.where(shares, deviation * np.abs(centre), deviation)
        centre = np.where(shares, centre * (1 + added), centre + added)
        if quantiles is not None:
            scores = normal_scores(quantiles)
            distance = np.sign(scores) * np.hypot(distance, deviation * scores)
        restored = predicted.copy()
        restored[self.rows] = centre + distance
        return restored

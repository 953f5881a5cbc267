"""From where the values that a network is given are counted.

Most series are given to a network as they are. One whose level is large against its steps is given
as the distance from its last value, so that no digit of its steps is lost, and a running total as
its increments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from forecasting.networks.signature import Signature
from forecasting.notes import Note
from forecasting.prediction.totals import add_up, find_increments, note_total
from forecasting.series.calendar import Dates
from forecasting.series.series import Series
from forecasting.types import Floats

if TYPE_CHECKING:
    from forecasting.prediction.covariates.effects import AheadEffects

_NARROW = 1e-3
"""The level of a series is large if the range of what the network sees of it is less than this
share of its last value."""


@dataclass(frozen=True, slots=True)
class Origins:
    """What has to be added to forecasts of m series to have them in the units of the series."""

    bases: Floats
    """What was taken off the values of each series, (m,)."""
    totals: npt.NDArray[np.bool_]
    """Which series are given as increments, (m,)."""
    rising: npt.NDArray[np.bool_]
    """Which of these never fall, (m,)."""
    effects: AheadEffects | None = None
    """What covariates will do to some of the series; None if they do nothing to any."""

    @classmethod
    def none(cls, count: int) -> Origins:
        """Return the origins of `count` series that are given as they are."""
        return cls(np.zeros(count), np.zeros(count, bool), np.zeros(count, bool))

    def restore(self, predicted: Floats, signature: Signature) -> Floats:
        """Return what a network predicted, (m, steps, outputs), in the units of the series."""
        if self.totals.any():
            assert signature.quantiles is not None
            predicted = np.where(self.rising[:, None, None], np.maximum(predicted, 0.0), predicted)
            predicted[self.totals] = add_up(
                predicted[self.totals], signature.quantiles, signature.point_index
            )
        if self.bases.any():
            predicted = predicted + self.bases[:, None, None]
        if self.effects is not None:
            predicted = self.effects.restore(predicted, signature.quantiles, signature.point_index)
        return predicted


@dataclass(frozen=True, slots=True)
class Contexts:
    """What a network is given of m series."""

    values: list[Floats]
    """The values (t,) of each; see `network_context`."""
    dates: list[Dates | None]
    """The dates of each; None for one without dates."""
    origins: Origins
    series: list[Series]
    """The series, with a note on each of those that are given in another way than as they are, or
    that have covariates."""

    @classmethod
    def of(
        cls,
        series: Sequence[Series],
        signature: Signature,
        season_lengths: Sequence[int],
        horizon: int,
    ) -> Contexts:
        """Prepare what a network is given of m series to forecast `horizon` steps of each.

        A season length of 0 stands for the one that is detected.
        """
        contexts = cls.apart_from_covariates(series, signature)
        if all(item.covariates is None for item in series):
            return contexts
        from forecasting.prediction.covariates.removal import without_covariates

        return without_covariates(contexts, season_lengths, signature, horizon)

    @classmethod
    def apart_from_covariates(cls, series: Sequence[Series], signature: Signature) -> Contexts:
        """Prepare what a network is given of m series, whose covariates are not looked at."""
        values = [network_context(item, signature) for item in series]
        dates = [item.dates for item in series]
        origins = Origins.none(len(series))
        noted = list(series)
        if not signature.serves_any_series:
            return cls(values, dates, origins, noted)
        for row, item in enumerate(series):
            increments = find_increments(item.values, values[row])
            if increments is not None:
                skipped = item.values.size - increments.size
                own = dates[row]
                values[row], dates[row] = increments, None if own is None else own.after(skipped)
                origins.totals[row], origins.bases[row] = True, item.values[-1]
                origins.rising[row] = np.nanmin(increments) >= 0
                noted[row] = replace(item, notes=(*item.notes, note_total(increments)))
            elif _is_high(item.values[-signature.context_length :]):
                origins.bases[row] = item.values[-1]
                values[row] = values[row] - item.values[-1]
        return cls(values, dates, origins, noted)


def note_not_used(series: Series, reason: str) -> Series:
    """Return a series with a note that its covariates, if it has any, were not used."""
    if series.covariates is None:
        return series
    message = f"The forecast is the one without covariates, because {reason}."
    note = Note("covariates_not_used", message, len(series.covariates.names))
    return replace(series, notes=(*series.notes, note))


def network_context(series: Series, signature: Signature) -> Floats:
    """Return the values (t,) of a series that a network is given.

    Missing values are NaN for a network that takes values without their season, because they are
    filled once that is out. For other networks they are filled already, and also if the caller
    chose what fills them.
    """
    filled_later = signature.takes_season_out and not series.gaps_hold
    return series.observed() if filled_later else series.values


def _is_high(values: Floats) -> bool:
    """Return whether the level of values (t,) is large against their range."""
    first, last = float(values[0]), float(values[-1])
    narrow = _NARROW * abs(last)
    return abs(last - first) < narrow and float(values.max() - values.min()) < narrow

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

from forecasting.networks.beside import Beside
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
    """What has to be added to forecasts of m series to have them in the units of the series.

    Only the few series are named, by their rows, that are not given as they are.
    """

    bases: dict[int, float]
    """What was taken off the values of a series."""
    totals: dict[int, bool]
    """Which of these series are given as increments, and whether they never fall."""
    effects: AheadEffects | None = None
    """What covariates will do to some of the series; None if they do nothing to any."""

    def restore(self, predicted: Floats, signature: Signature) -> Floats:
        """Return what a network predicted, (m, steps, outputs), in the units of the series."""
        if self.bases:
            predicted = self._from_bases(predicted, signature)
        if self.effects is not None:
            predicted = self.effects.restore(predicted, signature.quantiles, signature.point_index)
        return predicted

    def _from_bases(self, predicted: Floats, signature: Signature) -> Floats:
        predicted = predicted.copy()
        if self.totals:
            assert signature.quantiles is not None
            rows, rising = list(self.totals), np.array(list(self.totals.values()))
            lowest = np.where(rising, 0.0, -np.inf)[:, None, None]
            increments = np.maximum(predicted[rows], lowest)
            predicted[rows] = add_up(increments, signature.quantiles, signature.point_index)
        predicted[list(self.bases)] += np.array(list(self.bases.values()))[:, None, None]
        return predicted


AS_THEY_ARE = Origins({}, {})
"""The origins of series that are all given as they are."""


@dataclass(frozen=True, slots=True)
class Contexts:
    """What a network is given of m series."""

    values: list[Floats]
    """The values (t,) of each; see `network_context`."""
    dates: list[Dates | None]
    """The dates of each; None for one without dates."""
    origins: Origins
    series: Sequence[Series]
    """The series, with a note on each of those that are given in another way than as they are, or
    that have covariates."""
    beside: list[Floats] | None = None
    """What a network with covariates is given beside the values of each series, (history_length +
    horizon, columns); None for other networks."""

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

        Raises SeriesError if a series lacks covariates that the network was trained with.
        """
        contexts = cls.apart_from_covariates(series, signature)
        if signature.covariates:
            return replace(contexts, beside=[_beside(item, signature, horizon) for item in series])
        if all(item.covariates is None for item in series):
            return contexts
        from forecasting.prediction.covariates.removal import without_covariates

        return without_covariates(contexts, season_lengths, signature, horizon)

    @classmethod
    def apart_from_covariates(cls, series: Sequence[Series], signature: Signature) -> Contexts:
        """Prepare what a network is given of m series, whose covariates are not looked at."""
        values = [network_context(item, signature) for item in series]
        dates = [item.dates for item in series]
        if not signature.serves_any_series:
            return cls(values, dates, AS_THEY_ARE, series)
        noted = list(series)
        bases: dict[int, float] = {}
        totals: dict[int, bool] = {}
        for row, item in enumerate(series):
            increments = find_increments(item.values, values[row])
            if increments is not None:
                skipped = item.values.size - increments.size
                own = dates[row]
                values[row], dates[row] = increments, None if own is None else own.after(skipped)
                bases[row], totals[row] = item.values[-1], bool(np.nanmin(increments) >= 0)
                noted[row] = replace(item, notes=(*item.notes, note_total(increments)))
            elif _is_high(item.values, signature.context_length):
                bases[row] = item.values[-1]
                values[row] = values[row] - item.values[-1]
        return cls(values, dates, Origins(bases, totals) if bases else AS_THEY_ARE, noted)


def _beside(series: Series, signature: Signature, horizon: int) -> Floats:
    history = signature.history_length
    found = Beside.of(series, signature, horizon, latest=history)
    return found.window(min(series.values.size, history), history, horizon)


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


def _is_high(values: Floats, context_length: int) -> bool:
    """Return whether the level of values (t,) is large against the range of the latest."""
    last = values.item(-1)
    narrow = _NARROW * abs(last)
    if abs(values.item(-min(context_length, values.size)) - last) >= narrow:
        return False
    latest = values[-context_length:]
    return float(latest.max() - latest.min()) < narrow

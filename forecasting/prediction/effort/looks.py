"""Looks at a series: what the network is given in its place, and how its answer is read.

Errors that different looks make are not the same, so that their mean is better than most of them:
Bates and Granger (1969), The combination of forecasts. Theta is no network's look, and the last one
is that of a larger network; all others are those of the same network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from forecasting.networks.signature import Signature
from forecasting.prediction.seasons.cycles import choose_cycles
from forecasting.prediction.seasons.gaps import fill_gaps
from forecasting.prediction.theta import LONGEST_THETA_PAST, theta_forecast
from forecasting.series.calendar import Dates
from forecasting.types import Floats

LOOKS = (
    "the series as it is",
    "upside down",
    "its latest quarter",
    "means of a few steps",
    "means of seasons",
    "the Theta method",
    "the larger network",
)
"""The looks at a series, in the order of all arrays of looks. The last one is there only if a
version has a larger network."""
_FEWEST_LATEST = 12
"""The latest quarter of a series is at least so many values."""
_FEWEST_MEANS = 6
"""A series of means has at least so many values, all but one of them observed."""
_SEASON_OF_MEANS = {7: 52} | dict.fromkeys((24, 48, 96, 144, 288, 1440), 7)
"""The season length of the means of seasons: those of days are weeks, those of hours are days."""


class Pasts(NamedTuple):
    """n series up to where each is forecast from."""

    values: list[Floats]
    """The values (t,) of each, NaN where one is missing, except at the start."""
    season_lengths: list[int]
    """The season length of each; none is 0."""
    dates: list[Dates | None]

    @classmethod
    def join(cls, parts: Sequence[Pasts]) -> Pasts:
        """Return the series of all parts, in their order."""
        return cls(
            [values for part in parts for values in part.values],
            [length for part in parts for length in part.season_lengths],
            [dates for part in parts for dates in part.dates],
        )


_NOTHING = Pasts([], [], [])


class _Glance(NamedTuple):
    """What the network is given in place of some series, and how its answer is read."""

    rows: list[int]
    """Which of the series they are, r of them."""
    pasts: Pasts
    read: Callable[[Floats, Floats], Floats]
    """Turns what the network predicts, and what it predicts of the series as they are, into
    forecasts of the series; all are (r, horizon, outputs)."""


@dataclass(frozen=True, slots=True)
class Looks:
    """All looks at n series."""

    signature: Signature
    horizon: int
    pasts: Pasts
    glances: tuple[_Glance, ...]
    """What the network is given besides `pasts`: one for each look of its own but the first."""

    @classmethod
    def at(cls, pasts: Pasts, horizon: int, signature: Signature) -> Looks:
        """Prepare all looks at n ≥ 1 series that are to be forecast for `horizon` steps."""
        seasons = pasts.season_lengths
        glances = (
            _upside_down(pasts, signature),
            _latest_quarter(pasts, signature),
            _means(pasts, [_few_steps(length) for length in seasons], horizon, signature),
            _means(pasts, seasons, horizon, signature),
        )
        return cls(signature, horizon, pasts, glances)

    def network_pasts(self) -> Pasts:
        """Return everything that the network has to forecast."""
        return Pasts.join([self.pasts, *(glance.pasts for glance in self.glances)])

    def read(self, predicted: Floats, of_larger: Floats | None = None) -> Floats:
        """Read the forecasts (looks, n, horizon, outputs) from what the networks predicted.

        `predicted` (all, at least horizon, outputs) is what the network says of `network_pasts`,
        and `of_larger` (n, at least horizon, outputs) what a larger one says of `pasts`, if there
        is one. A look that a series is too short for makes the forecast of the series as it is.
        """
        count = len(self.pasts.values)
        predicted = predicted[:, : self.horizon]
        plain = predicted[:count]
        forecasts = np.repeat(plain[None], len(self.glances) + 2, axis=0)
        for look, glance in enumerate(self.glances, start=1):
            part = predicted[count : count + len(glance.rows)]
            forecasts[look, glance.rows] = glance.read(part, plain[glance.rows])
            count += len(glance.rows)
        point = self.signature.point_index
        theta = _theta(self.pasts, self.horizon)
        forecasts[-1] += (theta - plain[:, :, point])[:, :, None]
        if of_larger is None:
            return forecasts
        return np.concatenate([forecasts, of_larger[None, :, : self.horizon]])

    def taken(self) -> np.ndarray:
        """Return whether each look can be taken at each series, (n, looks)."""
        found = np.ones((len(self.pasts.values), len(LOOKS)), bool)
        for look, glance in enumerate(self.glances, start=1):
            found[:, look] = False
            found[glance.rows, look] = True
        return found


def _upside_down(pasts: Pasts, signature: Signature) -> _Glance:
    """Look at the series with its sign changed, whose season is added if it was a factor before."""
    quantiles = np.array(signature.quantiles or (0.5,))
    mirrored = np.allclose(quantiles + quantiles[::-1], 1)
    rows = list(range(len(pasts.values))) if mirrored else []
    turned = pasts._replace(values=[-values for values in pasts.values]) if mirrored else _NOTHING
    return _Glance(rows, turned, lambda predicted, _: -predicted[:, :, ::-1])


def _latest_quarter(pasts: Pasts, signature: Signature) -> _Glance:
    """Look at the latest quarter of what the network would see: seasons and levels change."""
    rows, values, dates = [], [], []
    fewest = max(_FEWEST_LATEST, signature.shortest_context)
    for row, (past, length, past_dates) in enumerate(zip(*pasts, strict=True)):
        frequency = None if past_dates is None else past_dates.calendar.frequency
        history = choose_cycles(length, frequency).history_length(signature.history_length)
        latest = _without_start(past[-max(min(past.size, history) // 4, 2 * length + 1, fewest) :])
        if fewest <= latest.size < past.size:
            rows.append(row)
            values.append(latest)
            dates.append(past_dates and past_dates.after(past.size - latest.size))
    lengths = [pasts.season_lengths[row] for row in rows]
    return _Glance(rows, Pasts(values, lengths, dates), lambda predicted, _: predicted)


def _means(pasts: Pasts, steps: Sequence[int], horizon: int, signature: Signature) -> _Glance:
    """Look at the means of so many steps of each series, of at least two and at most `horizon`.

    Their forecasts correct the level of those of the series as they are, from block to block.
    Source: Kourentzes, Petropoulos and Trapero (2014), Improving forecasting by estimating time
    series structural components across multiple frequencies.
    """
    rows, values, lengths = [], [], []
    fewest = max(_FEWEST_MEANS, signature.shortest_context)
    for row, (past, size) in enumerate(zip(pasts.values, steps, strict=True)):
        if 2 <= size <= horizon and past.size >= size * fewest:
            means = _without_start(_block_means(past, size))
            if means.size >= fewest and np.isfinite(means).sum() >= fewest - 1:
                rows.append(row)
                values.append(means)
                lengths.append(_season_of_means(pasts.season_lengths[row], size))
    sizes = np.array([steps[row] for row in rows], np.int64)
    point = signature.point_index

    def read(predicted: Floats, plain: Floats) -> Floats:
        forecasts = plain.copy()
        for size in np.unique(sizes).tolist():
            same = sizes == size
            blocks = horizon // size
            level = plain[same, : blocks * size, point].reshape(-1, blocks, size).mean(axis=2)
            shift = (predicted[same, :blocks, point] - level) @ _between(blocks, size, horizon)
            forecasts[same] += shift[:, :, None]
        return forecasts

    return _Glance(rows, Pasts(values, lengths, [None] * len(rows)), read)


def _theta(pasts: Pasts, horizon: int) -> Floats:
    """Return the point forecasts of the Theta method, (n, horizon).

    A gap at the end of a series is forecast together with what follows it.
    """
    ended = [_without_start(values[::-1])[::-1] for values in pasts.values]
    gaps = np.array([p.size - e.size for p, e in zip(pasts.values, ended, strict=True)], np.int64)
    latest = [_without_start(values[-LONGEST_THETA_PAST:]) for values in ended]
    filled = [fill_gaps(values[None])[0] for values in latest]
    point = theta_forecast(filled, pasts.season_lengths, horizon + int(gaps.max())).point
    return np.take_along_axis(point, gaps[:, None] + np.arange(horizon), axis=1)


def _few_steps(season_length: int) -> int:
    """Return the largest divisor of a season length that is not above its square root."""
    divisors = range(int(season_length**0.5), 0, -1)
    return next(size for size in divisors if season_length % size == 0)


def _season_of_means(season_length: int, size: int) -> int:
    """Return the season length of means of `size` steps; 1 if they have none that is known."""
    if size == season_length:
        return _SEASON_OF_MEANS.get(season_length, 1)
    return season_length // size


def _block_means(values: Floats, size: int) -> Floats:
    """Return the means of the latest whole blocks of values (t,); NaN if nothing was observed."""
    blocks = values[values.size % size :].reshape(-1, size)
    observed = ~np.isnan(blocks)
    counts = observed.sum(axis=1)
    sums = np.where(observed, blocks, 0.0).sum(axis=1)
    return np.asarray(np.divide(sums, counts, out=np.full(counts.size, np.nan), where=counts > 0))


def _between(blocks: int, size: int, horizon: int) -> Floats:
    """Return the weights (blocks, horizon) of the line through the middles of the blocks."""
    middles = np.arange(blocks) * size + (size - 1) / 2
    return np.array([np.interp(np.arange(horizon), middles, one) for one in np.eye(blocks)])


def _without_start(values: Floats) -> Floats:
    """Leave out the NaN at the start of values (t,); nothing is left if all are."""
    observed = ~np.isnan(values)
    return values[observed.argmax() :] if observed.any() else values[:0]

"""Series that are one and the same value most of the time: 0, for what is seldom sold.

A network draws lines through what comes and goes by chance. Such series are forecast by the
distribution of their own past instead: whether a step differs from the usual value depends on
whether the step before did (a Markov chain), and by how much is drawn from the past values that
did. This is the method of Willemain, Smart and Schwarz (2004), A new approach to forecasting
intermittent demand for service parts inventories, without its jitter, with recent values counting
more, and with the quantiles computed instead of drawn.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

import numpy as np
import numpy.typing as npt

from forecasting.networks.features import stack_contexts
from forecasting.networks.signature import Signature
from forecasting.notes import Note
from forecasting.prediction.forecaster import Forecast
from forecasting.prediction.seasons.groups import SeriesGroup, group_series
from forecasting.prediction.seasons.profile import profile_and_shrinkage
from forecasting.series.series import Series
from forecasting.types import Floats

INTERMITTENT = "fallback_intermittent"
"""The code of the note on a series that is intermittent."""
_HALF_LIFE = 25
"""A value counts half as much as the one so many steps later."""
_LATEST = 10 * _HALF_LIFE
"""So many of the latest values count; those before would count for less than a thousandth."""
_PRIOR = 2.0
"""How many values the share of unusual ones counts for, when it is estimated how often one follows
another."""
_SEASONAL = 0.7
"""A series is seasonal if so much of the variance of its profile is not chance."""
_LEFT = 3
"""A series may have left its usual value for good after so many other values in a row."""
_MEDIAN = 0.5


def find_intermittent(
    series: Sequence[Series],
    season_lengths: Sequence[int],
    signature: Signature,
    *,
    but: Container[int] = (),
) -> dict[int, Note]:
    """Return the positions of the series that are intermittent, with a note on each.

    They have one value most of the time, also lately, come back to it, and have no season. A season
    length of 0 is detected. Positions in `but` are left out.
    """
    found: dict[int, Note] = {}
    candidates = [
        position
        for position, item in enumerate(series)
        if _has_equal_neighbours(item.values)
        and position not in but
        and _is_mostly_one_value(item.values)
        and not _has_left_usual_value(item)
    ]
    if not candidates:
        return found
    groups = group_series(
        [series[position].observed() for position in candidates],
        np.ones(len(candidates), np.int64),
        [season_lengths[position] for position in candidates],
        [series[position].dates for position in candidates],
        signature,
    )
    usual = np.array([usual_value(series[position].values) for position in candidates])
    for group in groups:
        for row in group.rows[~_is_seasonal(group, usual[group.rows])].tolist():
            found[candidates[row]] = _note(series[candidates[row]])
    return found


def intermittent_forecast(
    series: Sequence[Series], horizon: int, quantiles: Sequence[float]
) -> Forecast:
    """Forecast n intermittent series by the distribution of their own past.

    `point` (n, horizon) is the median; `quantiles` has the shape (n, horizon, number of quantiles).
    """
    usual = np.array([usual_value(item.values) for item in series])[:, None]
    values = stack_contexts([item.observed() for item in series], _LATEST)
    unusual = _share_unusual(values, usual, horizon)
    sizes, shares = _sizes(values, usual)
    below = np.where(sizes < usual, np.diff(shares, axis=1, prepend=0.0), 0.0).sum(axis=1)
    low = below[:, None, None] * unusual
    wanted = np.array([*quantiles, _MEDIAN])
    beyond = np.where(wanted <= low, wanted, wanted - (1 - unusual))
    level = beyond / np.where(unusual > 0, unusual, 1.0)
    picked = _quantiles(sizes, shares, level)
    is_usual = (wanted > low) & (wanted <= low + 1 - unusual)
    forecast = np.where(is_usual, usual[:, :, None], picked)
    return Forecast(forecast[:, :, -1], forecast[:, :, :-1])


def usual_value(values: Floats) -> float:
    """Return the value that values (t,) have most of the time, if there is one: their median."""
    middle, ordered = values.size // 2, values.copy()
    ordered.partition(middle)
    return float(ordered[middle])


def _has_equal_neighbours(values: Floats) -> bool:
    """Return quickly whether more than half of values (t,) may be the same.

    Two of those would then be neighbours, if the last value and the first are taken as such too.
    """
    equal = int(np.count_nonzero(values[1:] == values[:-1]))
    return equal > 0 or values.item(0) == values.item(-1)


def _is_mostly_one_value(values: Floats) -> bool:
    """Return whether more than half of values (t,) are the same, and more than half of the latest.

    The latest count more.
    """
    usual = values == usual_value(values)
    if 2 * np.count_nonzero(usual) <= values.size:
        return False
    weights = _weights(values.size)
    return bool(2 * weights[usual].sum() > weights.sum())


def _has_left_usual_value(series: Series) -> bool:
    """Return whether a series ends away from its usual value, for longer than ever before.

    A price that was raised, or what is sold for the first time, does not come back by chance.
    """
    last = int(np.flatnonzero(~np.isnan(series.observed()))[-1])
    usual = series.values[: last + 1] == usual_value(series.values)
    returns = np.r_[-1, np.flatnonzero(usual)]
    away = last - int(returns[-1])
    return away >= _LEFT and away >= int(np.diff(returns).max(initial=0))


def _weights(count: int) -> Floats:
    """Return how much each of `count` values counts, (count,); the last counts 1."""
    return np.asarray(0.5 ** (np.arange(count - 1, -1, -1) / _HALF_LIFE))


def _is_seasonal(group: SeriesGroup, usual: Floats) -> npt.NDArray[np.bool_]:
    """Return which series of a group have a season of whole steps, (n,).

    What counts is how they differ from their `usual` values (n,).
    """
    begun = np.logical_or.accumulate(~np.isnan(group.contexts), axis=1).sum(axis=1)
    found = np.zeros(len(group.rows), bool)
    for profile in group.cycles.profiles:
        recent = group.contexts[:, -profile.history_length :]
        if recent.shape[1] < 2 * profile.length:
            break
        _, shrinkage = profile_and_shrinkage(recent - usual[:, None], profile.length)
        found |= (shrinkage > _SEASONAL) & (begun >= 2 * profile.length)
    return found


def _share_unusual(values: Floats, usual: Floats, horizon: int) -> Floats:
    """Return the probability that each step ahead differs from the usual value, (n, horizon, 1).

    `values` (n, t) are NaN where nothing was observed, `usual` is (n, 1). The state of a Markov
    chain comes back from the last one to that of all time by a constant factor a step.
    """
    observed = ~np.isnan(values)
    weights = _weights(values.shape[1]) * observed
    differs = observed & (values != usual)
    share = (weights * differs).sum(axis=1) / weights.sum(axis=1)
    pairs = weights[:, 1:] * observed[:, :-1]

    def follows(before: npt.NDArray[np.bool_]) -> Floats:
        """Return how often an unusual value follows on one of those `before` (n, t)."""
        times = pairs * before[:, :-1]
        both = (times * differs[:, 1:]).sum(axis=1)
        return np.asarray((both + _PRIOR * share) / (times.sum(axis=1) + _PRIOR))

    again, anew = follows(differs), follows(observed & ~differs)
    in_the_end = anew / (1 - again + anew)
    last = values.shape[1] - 1 - observed[:, ::-1].argmax(axis=1)
    now = differs[np.arange(len(values)), last]
    memory = np.maximum(again - anew, 0.0)[:, None] ** np.arange(1, horizon + 1)
    return np.asarray(in_the_end[:, None] + (now - in_the_end)[:, None] * memory)[:, :, None]


def _sizes(values: Floats, usual: Floats) -> tuple[Floats, Floats]:
    """Return the unusual ones of values (n, t), rising, and the share of those up to each, (n, t).

    Where there are no more, the largest is repeated.
    """
    differs = ~np.isnan(values) & (values != usual)
    largest = np.where(differs, values, -np.inf).max(axis=1, keepdims=True)
    sizes = np.where(differs, values, np.where(np.isinf(largest), usual, largest))
    weights = np.where(differs, _weights(values.shape[1]), 0.0)
    order = np.argsort(sizes, axis=1, kind="stable")
    sums = np.cumsum(np.take_along_axis(weights, order, axis=1), axis=1)
    total = sums[:, -1:]
    return np.take_along_axis(sizes, order, axis=1), sums / np.where(total > 0, total, 1.0)


def _quantiles(sizes: Floats, shares: Floats, wanted: Floats) -> Floats:
    """Return the least of sizes (n, t) whose share (n, t) is as high as wanted (n, h, q)."""
    count = sizes.shape[1]
    rows = np.arange(len(sizes))
    rising = (shares + 2 * rows[:, None]).ravel()
    sought = np.clip(wanted, 0.0, 1.0) + 2 * rows[:, None, None] - 1e-9
    places = np.searchsorted(rising, sought) - count * rows[:, None, None]
    return np.asarray(sizes[rows[:, None, None], np.clip(places, 0, count - 1)])


def _note(series: Series) -> Note:
    usual = usual_value(series.values)
    return Note(
        INTERMITTENT,
        f"Most values are {usual:g}, and what differs comes without a season: the forecast is the "
        "distribution of the series' own past, in which recent values count more. The count is of "
        "the values that differ.",
        int((series.values != usual).sum()),
    )

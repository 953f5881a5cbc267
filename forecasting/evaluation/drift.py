"""Whether a version drifts: whether what really happened speaks against it, by a sequential test.

The test may be looked at after every new value. Whoever does so calls a version that does not drift
drifting with a probability of at most FALSE_ALARM_RATE, ever.

It bets. In each round there is a number x in [0, 1] whose mean is m if nothing has changed. A
capital of 1 is multiplied by 1 + c (x ÷ m - 1), for a stake c that is fixed beforehand. Without
drift the capital is a supermartingale, so that it reaches 1 ÷ α with a probability of at most α:
Ville (1939), and Waudby-Smith and Ramdas (2024), Estimating means of bounded random variables by
betting, section 4. The capital is divided among several stakes, and among starts at every round
with the weights 1 ÷ (t (t + 1)), which add up to 1: a change that comes late is found by what was
kept for it. Shin, Ramdas and Rinaldo (2024), E-detectors, section 2, bet from every round, too.

Two such bets share the capital:

- on the share of values outside the 80 % interval, with m = 0.2;
- on the rank of the scaled absolute error of a round among those of the rounds so far, from 0 to 1,
  with m = 0.5, which holds if the errors come in no particular order: Vovk, Petej, Nouretdinov,
  Ahlberg, Carlsson and Gammerman (2021), Retrain or not retrain: conformal test martingales for
  change-point detection.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.evaluation.live_points import KnownForecast, LivePoints
from forecasting.types import Floats, Positions

FALSE_ALARM_RATE = 0.01
"""The largest probability that a version which does not drift is ever called drifting."""
THRESHOLD = 1 / FALSE_ALARM_RATE
"""The evidence from which on a version is called drifting."""
LEVEL = "80"
"""The level in percent of the interval whose misses are counted."""
EXPECTED_MISSES = 0.2
_STAKES = np.array([0.05, 0.1, 0.2, 0.4, 0.8])
_MOST = 1e100
"""Capital beyond this is of no interest, and less of it makes no false alarm."""


@dataclass(frozen=True, slots=True)
class Rounds:
    """What r rounds of the test have shown."""

    ends: Positions
    """The last time in each round, (r,)."""
    misses: Floats
    """The share of the values outside the 80 % interval, (r,); NaN if no forecast has one."""
    losses: Floats
    """The mean absolute error as a multiple of the scale, (r,); NaN if there is no scale."""


@dataclass(frozen=True, slots=True)
class Drift:
    """What the test says of a version."""

    drifting: bool
    since: int | None
    """The last time in the round that made it so; None if the version does not drift."""
    rounds: int
    evidence: float
    """The capital after the last round. The version drifts once it has reached THRESHOLD."""
    misses: float
    """The part of the evidence that comes from values outside the interval."""
    errors: float
    """The part of the evidence that comes from growing errors."""


def find_drift(forecasts: Sequence[KnownForecast], points: LivePoints) -> Drift:
    """Test the forecasts of one version by their known points, `LivePoints.of(forecasts)`."""
    rounds = form_rounds(forecasts, points)
    count = rounds.ends.size
    bets = [
        bet(rounds.misses, EXPECTED_MISSES),
        bet(rank_among_earlier(rounds.losses), 0.5),
    ]
    capital = (bets[0] + bets[1]) / 2
    reached = np.flatnonzero(capital >= THRESHOLD)
    return Drift(
        drifting=bool(reached.size),
        since=int(rounds.ends[reached[0]]) if reached.size else None,
        rounds=count,
        evidence=float(capital[-1]) if count else 1.0,
        misses=float(bets[0][-1]) if count else 1.0,
        errors=float(bets[1][-1]) if count else 1.0,
    )


def form_rounds(forecasts: Sequence[KnownForecast], points: LivePoints) -> Rounds:
    """Sort known points into rounds, each of which was forecast after the one before had ended.

    Each time of a series counts once, by the forecast that was made for it last. The points that
    count of one forecast stay together, because their errors depend on each other, and so do those
    of different series at the same time: a round is all that overlaps. Forecasts that overlap two
    rounds are left out of both.
    """
    order = np.lexsort((points.forecast, points.times, points.series))
    series, times = points.series[order], points.times[order]
    last = np.ones(order.size, bool)
    last[:-1] = (series[1:] != series[:-1]) | (times[1:] != times[:-1])
    kept = order[last]
    owners, block = np.unique(points.forecast[kept], return_inverse=True)
    times = points.times[kept]
    starts = np.full(owners.size, np.iinfo(np.int64).max)
    ends = np.full(owners.size, np.iinfo(np.int64).min)
    np.minimum.at(starts, block, times)
    np.maximum.at(ends, block, times)
    for position, owner in enumerate(owners.tolist()):
        if forecasts[owner].times is None:
            ends[position] = max(ends[position], forecasts[owner].known)
    rounds, round_ends = _group_overlapping(starts, ends)
    of_point = rounds[block]
    outside = 1 - points.inside.get(LEVEL, np.full(points.error.size, np.nan))[kept]
    return Rounds(
        round_ends,
        _means(outside, of_point, round_ends.size),
        _means(np.abs(points.error[kept]), of_point, round_ends.size),
    )


def rank_among_earlier(losses: Floats) -> Floats:
    """Return the rank of each loss (t,) among those up to it, from 0 to 1; equal ones count half.

    NaN stays NaN and has no part in the ranks. If the losses are exchangeable, the mean of each
    rank is 0.5, whatever the ranks before it were.
    """
    ranks = np.full(losses.size, np.nan)
    seen = np.flatnonzero(~np.isnan(losses))
    known = losses[seen]
    for count in range(1, known.size + 1):
        newest, so_far = known[count - 1], known[:count]
        below, equal = (so_far < newest).sum(), (so_far == newest).sum()
        ranks[seen[count - 1]] = (below + equal / 2) / count
    return ranks


def bet(x: Floats, mean: float) -> Floats:
    """Return the capital after each round (t,) of bets that x (t,) is larger than `mean`.

    The values of x lie in [0, 1]; NaN is a round without a bet. See the module for the formula.
    """
    capital = np.ones(x.size)
    running = np.zeros(_STAKES.size)
    started = 0
    now = 1.0
    for position, value in enumerate(x.tolist()):
        if not np.isnan(value):
            started += 1
            running += 1 / (started * (started + 1))
            running *= 1 + _STAKES * (value / mean - 1)
            np.minimum(running, _MOST, out=running)
            now = float(running.mean()) + 1 / (started + 1)
        capital[position] = now
    return capital


def _group_overlapping(starts: Positions, ends: Positions) -> tuple[Positions, Positions]:
    """Return the round of each block of points (b,), -1 for one that is left out, and their ends.

    A round is all blocks that are there at the first moment at which one of them ends.
    """
    order = np.argsort(starts, kind="stable")
    starts, sorted_ends = starts[order], ends[order]
    earliest_end = np.minimum.accumulate(sorted_ends[::-1])[::-1]
    rounds = np.full(order.size, -1)
    round_ends: list[int] = []
    first = 0
    while first < order.size:
        after = int(np.searchsorted(starts, earliest_end[first], side="right"))
        rounds[order[first:after]] = len(round_ends)
        round_ends.append(int(sorted_ends[first:after].max()))
        first = int(np.searchsorted(starts, round_ends[-1], side="right"))
    return rounds, np.array(round_ends, dtype=np.int64)


def _means(of: Floats, rounds: Positions, count: int) -> Floats:
    """Return the mean of each round (count,) over its points that are not NaN; NaN if all are."""
    seen = (rounds >= 0) & np.isfinite(of)
    sums = np.bincount(rounds[seen], of[seen], count)
    counts = np.bincount(rounds[seen], minlength=count)
    means = np.full(count, np.nan)
    np.divide(sums, counts, out=means, where=counts > 0)
    return means

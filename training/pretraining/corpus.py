"""Blocks of windows, real and simulated, to pretrain on. They are made from a seed, not stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from forecasting.networks.scalers import ChangeScaler, transform
from forecasting.networks.signature import Signature
from forecasting.types import Floats, NetworkFloats
from training.fitting.window_arrays import window_arrays
from training.pretraining.draw import draw_series
from training.pretraining.real import Source
from training.pretraining.synthetic import SEASON_LENGTHS, simulate

Generator = np.random.Generator

_FARTHEST = 300.0
"""Scaled targets are clipped to ± this value."""
_TURNING = 0.4
"""The share of windows whose future gets a slope that its past does not have."""
_TURNS = {1: 0.55, 4: 0.82, 12: 0.15}
_TURNS_OTHERWISE = 0.03
"""The size of that slope by season length, in seasonal naive errors per season. It is greatest for
years and quarters, because more happens within them than within days or hours."""
_DAMPED = 0.96
"""That slope levels off by this factor a step."""
_GLITCHES = 0.12
"""The share of windows whose last known value is a little off, which the future does not follow."""
_ABOUT_THE_SAME = 12
"""Windows whose lengths differ by so many time steps may come into a batch in any order."""
_LONGEST_SIMULATED = {1: 100, 4: 120, 12: 300, 7: 700, 24: 700, 48: 700}
_LONGEST_OTHERWISE = 600
"""The length of the longest simulated context, by season length."""


@dataclass(frozen=True, slots=True)
class Block:
    """Windows as the network is trained on them."""

    inputs: NetworkFloats
    """Contexts (n, context_length, 5), scaled; padded at the start."""
    targets: NetworkFloats
    """What follows them (n, horizon), scaled and without its season; NaN past a series' end."""
    weights: NetworkFloats
    """How much each window counts (n,): 1 ÷ the seasonal naive error of its context, scaled."""

    def __len__(self) -> int:
        return len(self.inputs)

    def batches(self, size: int, signature: Signature, rng: Generator) -> Iterator[Block]:
        """Cut the block into batches of `size` windows; a remainder is dropped.

        Each batch has windows of about the same length, and the shortest inputs that hold them. The
        batches come in random order.
        """
        counts = (self.inputs[:, :, 1] > 0).sum(axis=1)
        order = np.argsort(counts + rng.random(len(self)) * _ABOUT_THE_SAME, kind="stable")
        lengths = np.array(list(signature.spans))
        for place in rng.permutation(len(self) // size):
            rows = order[place * size : (place + 1) * size]
            length = lengths[np.searchsorted(lengths, counts[rows].max())]
            yield Block(self.inputs[rows, -length:], self.targets[rows], self.weights[rows])


def make_block(
    sources: list[Source], signature: Signature, size: int, real_share: float, rng: Generator
) -> Block:
    """Make a shuffled block of about `size` windows.

    `real_share` of them come from the series of `sources`, the others from simulated series. A few
    may be missing, because constant contexts are left out, and there may be a few more, because
    each season length gets some.
    """
    count = round(size * real_share)
    groups = [
        *real_windows(sources, signature, count, rng),
        *simulated_windows(signature, size - count, rng),
    ]
    parts = [_block(signature, *group, rng) for group in groups]
    order = rng.permutation(sum(map(len, parts)))
    return Block(
        np.concatenate([part.inputs for part in parts])[order],
        np.concatenate([part.targets for part in parts])[order],
        np.concatenate([part.weights for part in parts])[order],
    )


def real_windows(
    sources: list[Source], signature: Signature, count: int, rng: Generator
) -> Iterator[tuple[Floats, Floats, int]]:
    """Cut `count` windows out of randomly drawn series, each at a random cutoff.

    Half of the contexts are shortened to a random length.

    Yields, for each season length, contexts (n, t), targets (n, horizon) and the season length.
    Missing values before a context and after a target are NaN.
    """
    windows: dict[int, list[tuple[Floats, Floats]]] = {}
    while count:
        values, season = draw_series(sources, rng)
        window = _cut(values, signature, rng)
        if window is None:
            continue
        if rng.random() < 0.06:
            season = 1
        windows.setdefault(season, []).append(window)
        count -= 1
    for season, of_season in windows.items():
        contexts = _padded([context for context, _ in of_season], at_start=True)
        targets = _padded([target for _, target in of_season], signature.horizon, at_start=False)
        yield contexts, targets, season


def _cut(values: Floats, signature: Signature, rng: Generator) -> tuple[Floats, Floats] | None:
    """Cut a context and a target out of a series at a random cutoff; None if it came out useless.

    Both ends of the context are observed values, and most values differ: others are not forecast by
    the network.
    """
    earliest = 4 if rng.random() < 0.5 else max(4, values.size // 3)
    if earliest > values.size - 2:
        return None
    cutoff = int(rng.integers(earliest, values.size - 1))
    context = values[:cutoff]
    if rng.random() < 0.5:
        shortest, longest = np.log(4), np.log(max(cutoff, 5))
        context = context[-int(np.exp(rng.uniform(shortest, longest))) :]
    context = context[-signature.history_length :]
    target = values[cutoff : cutoff + signature.horizon]
    observed = np.flatnonzero(~np.isnan(context))
    if observed.size < 4 or np.isnan(target).all():
        return None
    skipped = context.size - 1 - observed[-1]
    if skipped:
        target = values[cutoff - skipped :][: signature.horizon]
    known = context[observed]
    context = context[observed[0] : observed[-1] + 1]
    usual = np.count_nonzero(context == np.median(known))
    return None if 2 * usual > observed.size else (context, target)


def simulated_windows(
    signature: Signature, count: int, rng: Generator
) -> Iterator[tuple[Floats, Floats, int]]:
    """Simulate about `count` windows, spread over the season lengths.

    Half of the contexts have the greatest length of their season length, cut short at random; the
    other half have one random length in common.

    Yields contexts (n, t), targets (n, horizon) and their season length, as `real_windows` does.
    """
    for season, share in SEASON_LENGTHS.items():
        rows = max(round(count * share / 2), 4)
        shortest = 4 if season == 1 else max(5, season // 2)
        longest = _LONGEST_SIMULATED.get(season, _LONGEST_OTHERWISE)
        drawn = int(np.exp(rng.uniform(np.log(max(shortest, 20)), np.log(longest))))
        kept = np.exp(rng.uniform(np.log(shortest), np.log(longest), rows)).astype(int)
        for length, keep in ((longest, kept), (drawn, np.full(rows, drawn))):
            values = simulate(rows, length + signature.horizon, season, rng)
            contexts = values[:, :length]
            contexts = np.where(np.arange(length) < length - keep[:, None], np.nan, contexts)
            varied = np.nanmax(contexts, axis=1) - np.nanmin(contexts, axis=1) > 1e-9
            yield contexts[varied], values[varied, length:], season


def _block(
    signature: Signature, contexts: Floats, targets: Floats, season_length: int, rng: Generator
) -> Block:
    inputs, scaled, state = window_arrays(
        _with_glitches(contexts, rng), targets, ChangeScaler(), signature, season_length
    )
    naive = _seasonal_naive_error(contexts, season_length)[:, None]
    naive = transform(state, naive) - transform(state, np.zeros_like(naive))
    naive = np.where(np.isfinite(naive) & (naive > 0), naive, 1.0).clip(0.3, 30)
    turn = naive / season_length * _TURNS.get(season_length, _TURNS_OTHERWISE)
    scaled += (turn * _turns(len(scaled), signature.horizon, rng)).astype(np.float32)
    return Block(
        inputs, np.clip(scaled, -_FARTHEST, _FARTHEST), (1 / naive[:, 0]).astype(np.float32)
    )


def _turns(count: int, horizon: int, rng: Generator) -> Floats:
    """Return what is added to targets: for some rows a new slope, for the others 0.

    The slopes (count, horizon) are heavy-tailed, and nothing in the past announces them. Real
    series turn like that more often than those that end up in collections do.
    """
    turning = rng.random((count, 1)) < _TURNING
    slope = rng.standard_t(3, (count, 1))
    steps = np.cumsum(_DAMPED ** np.arange(horizon))
    return np.asarray(turning * slope * steps)


def _with_glitches(contexts: Floats, rng: Generator) -> Floats:
    """Move the last value of some of the contexts (n, t) by a few times their mean change."""
    changes = np.abs(np.diff(contexts, axis=1))
    seen = ~np.isnan(changes)
    size = np.where(seen, changes, 0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
    hit = rng.random(len(contexts)) < _GLITCHES
    moved = contexts.copy()
    moved[:, -1] += hit * size * np.clip(rng.standard_t(2, len(contexts)), -30, 30)
    return moved


def _seasonal_naive_error(contexts: Floats, season_length: int) -> Floats:
    """Return the mean |y(t) − y(t − m)| of each context (n, t), or NaN if it has no such pair.

    m is the season length, or 1 if the contexts are no longer than a season.
    """
    lag = season_length if contexts.shape[1] > season_length else 1
    errors = np.abs(contexts[:, lag:] - contexts[:, :-lag])
    seen = ~np.isnan(errors)
    counts = seen.sum(axis=1)
    total = np.where(seen, errors, 0.0).sum(axis=1)
    return np.where(counts > 0, total / np.maximum(counts, 1), np.nan)


def _padded(rows: list[Floats], width: int | None = None, *, at_start: bool) -> Floats:
    """Join rows of any lengths to one array, padded with NaN at their start or at their end."""
    table = np.full((len(rows), width or max(map(len, rows))), np.nan)
    for row, values in zip(table, rows, strict=True):
        columns = slice(-len(values), None) if at_start else slice(len(values))
        row[columns] = values
    return table

"""Fits what covariates do to whole batches of series.

An effect is either added to a series or is a share of it: rain keeps away a share of the cyclists,
many by day and few by night. The past decides which.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from forecasting.networks.features import stack_contexts
from forecasting.prediction.covariates.features import (
    Features,
    Kind,
    complete,
    make_features,
)
from forecasting.prediction.covariates.rolling_ridge import Regression, RidgeFit, most_features
from forecasting.prediction.covariates.surprises import PlainForecast
from forecasting.prediction.seasons.cycles import choose_cycles
from forecasting.prediction.seasons.groups import padded_width
from forecasting.series.covariates import Covariates
from forecasting.series.frequency import Frequency
from forecasting.types import Floats, Positions

_FEWEST_ROWS = 30
"""Covariates are not used if fewer values than this can be told beforehand."""
_MOST_VALUES = 20_000
"""The effects are fitted to at most so many of the latest values."""
_MOST_AT_ONCE = 250_000
"""A group whose covariates have more values than this is split."""
_CYCLES = 4
"""A season is taken into account if the series holds so many of its cycles."""
_LOWEST_SHARE, _HIGHEST_SHARE = -0.8, 4.0
"""The bounds of an effect that is a share of the series."""
_LOWEST_LEVEL = 0.02
"""What an effect is a share of is at least this share of the mean."""
_BEYOND = 0.25
"""How far beyond the range of its past an effect ahead may go, as a share of that range."""
_MATTERS = 0.05
"""A covariate matters if what it does varies by so much of what all do."""
_TINY = 1e-300


class Explained(NamedTuple):
    """A series of t values that its covariates help to forecast for h steps."""

    past: Floats
    """What the covariates did to its latest values, (at most t,)."""
    ahead: Floats
    """What they will do to the steps ahead, (h,)."""
    deviations: Floats
    """The standard deviation of the error of `ahead`, (h,), in which counts what was cut off it."""
    factor: bool
    """Whether the effects are shares of the rest of the series, not added to it."""
    parts: dict[str, Floats]
    """What each covariate will do to the steps ahead, (h,), by its name; `ahead` is their sum."""
    names: tuple[str, ...]
    """The covariates that matter, the one that matters most first."""
    beyond: tuple[str, ...]
    """The covariates whose effects ahead would go too far beyond those of the past, and were kept
    near them."""

    def remove(self, values: Floats) -> Floats:
        """Return the latest of the values (t,) without what the covariates did to them."""
        latest = values[-self.past.size :]
        return latest / (1 + self.past) if self.factor else latest - self.past


class _Member(NamedTuple):
    """A series on its way into a group."""

    row: int
    values: Floats
    covariates: Covariates
    alike: _Alike


class _Alike(NamedTuple):
    """What the members of a group have in common."""

    width: int
    kinds: tuple[Kind, ...]
    seasons: tuple[int, int]


def explain(
    values: Sequence[Floats],
    covariates: Sequence[Covariates],
    season_lengths: Sequence[int],
    frequencies: Sequence[Frequency | None],
    horizon: int,
) -> list[Explained | None]:
    """Explain n series (t,), NaN where values are missing, by the covariates of each.

    Returns None for a series that its covariates do not help to forecast.
    """
    groups: dict[_Alike, list[_Member]] = {}
    for row, given in enumerate(zip(values, covariates, season_lengths, frequencies, strict=True)):
        member = _member(row, *given)
        groups.setdefault(member.alike, []).append(member)
    found: list[Explained | None] = [None] * len(values)
    for alike, members in groups.items():
        at_once = max(1, _MOST_AT_ONCE // (alike.width * len(alike.kinds)))
        for start in range(0, len(members), at_once):
            some = members[start : start + at_once]
            group = _Group.of(some, horizon)
            for member, explained in zip(some, group.explain(some), strict=True):
                found[member.row] = explained
    return found


def _member(
    row: int,
    values: Floats,
    covariates: Covariates,
    season_length: int,
    frequency: Frequency | None,
) -> _Member:
    values, past = values[-_MOST_VALUES:], covariates.past[-_MOST_VALUES:]
    lengths = [profile.length for profile in choose_cycles(season_length, frequency).profiles]
    held = [length for length in lengths if _CYCLES * length <= values.size] or [1]
    low, high = np.fmin.reduce(past), np.fmax.reduce(past)
    binary = ((past == low) | (past == high) | np.isnan(past)).all(axis=0)
    kinds = tuple(map(Kind, covariates.known_ahead.tolist(), binary.tolist()))
    alike = _Alike(padded_width(values.size), kinds, (held[0], held[-1]))
    return _Member(row, values, covariates, alike)


@dataclass(frozen=True, slots=True)
class _Group:
    """n series of a width t with the same seasons and kinds of covariates, in units of 1."""

    values: Floats
    """(n, t), filled."""
    seen: npt.NDArray[np.bool_]
    """Which values were observed, (n, t)."""
    units: Floats
    """What each series was divided by, (n,)."""
    features: Features
    plain: tuple[PlainForecast, ...]
    """The forecasts to choose from, whose errors are explained."""
    horizon: int

    @classmethod
    def of(cls, members: Sequence[_Member], horizon: int) -> _Group:
        alike = members[0].alike
        padded = stack_contexts([member.values for member in members], alike.width)
        seen = ~np.isnan(padded)
        values = complete(padded)
        units = np.maximum(np.abs(values).max(axis=1), _TINY)
        units *= np.maximum((np.abs(values) / units[:, None]).mean(axis=1), _TINY)
        values = values / units[:, None]
        columns = np.full((len(members), len(alike.kinds), alike.width + horizon), np.nan)
        for place, member in enumerate(members):
            past = member.covariates.past[-member.values.size :]
            ahead = member.covariates.ahead[:horizon]
            columns[place, :, alike.width - len(past) : alike.width] = past.T
            columns[place, :, alike.width : alike.width + len(ahead)] = ahead.T
        filled = complete(columns.reshape(-1, columns.shape[2])).reshape(columns.shape)
        size = np.maximum(np.abs(filled).max(axis=2, keepdims=True), _TINY)
        filled = filled / size
        low, high = filled.min(axis=2, keepdims=True), filled.max(axis=2, keepdims=True)
        filled = (filled - low) / np.where(high > low, high - low, 1.0)
        weeks = _weeks(values, alike.seasons, horizon)
        plain = PlainForecast.candidates(alike.seasons, horizon, alike.width)
        most = most_features(alike.width - min(item.reach for item in plain))
        features = make_features(filled, alike.kinds, weeks, horizon, alike.seasons[0], most)
        return cls(values, seen, units, features, plain, horizon)

    def explain(self, members: Sequence[_Member]) -> list[Explained | None]:
        """Explain the series of the group, of the members that it was made of."""
        found: list[Explained | None] = [None] * len(members)
        for plain, rows in self._plain_forecasts():
            reach = plain.reach
            if self.values.shape[1] - reach < _FEWEST_ROWS:
                continue
            values, columns = self.values[rows], self.features.values[rows]
            missed = plain.surprises(values)
            count = values.shape[1]
            begun = np.logical_or.accumulate(self.seen[rows], axis=1)
            begun[:, reach:] = begun[:, : count - reach]
            weights = (self.seen[rows] & begun)[:, reach:].astype(np.float64)
            flat = columns[:, :, :count].reshape(-1, count)
            unexpected = plain.surprises(flat).reshape(len(rows), -1, count)[:, :, reach:]
            targets, sizes = missed[:, reach:], self.features.sizes
            usual = np.maximum(values - missed, _LOWEST_LEVEL)[:, None, reach:]
            sums = Regression.of(unexpected, targets, weights, plain.overlap)
            shares = Regression.of(unexpected * usual, targets, weights, plain.overlap)
            factor = shares.usual_gain(sizes) > sums.usual_gain(sizes)
            factor &= (values >= 0).all(axis=1)
            for regression, part in ((sums, ~factor), (shares, factor)):
                own = np.flatnonzero(part)
                if not own.size:
                    continue
                fit = regression[own].fit(sizes)
                used = np.flatnonzero(fit.used)
                of_rows = rows[own[used]].tolist()
                explained = self._explain_rows(
                    of_rows, [members[row] for row in of_rows], fit, used, regression is shares
                )
                for row, of_row in zip(of_rows, explained, strict=True):
                    found[row] = of_row
        return found

    def _plain_forecasts(self) -> list[tuple[PlainForecast, Positions]]:
        """Return plain forecasts, and for each the rows of which it is the best one."""
        reach = max(plain.reach for plain in self.plain)
        errors = [
            np.abs(plain.surprises(self.values)[:, reach:]).sum(axis=1) for plain in self.plain
        ]
        best = np.argmin(errors, axis=0)
        parts = [(plain, np.flatnonzero(best == place)) for place, plain in enumerate(self.plain)]
        return [(plain, rows) for plain, rows in parts if rows.size]

    def _explain_rows(
        self,
        rows: list[int],
        members: Sequence[_Member],
        fit: RidgeFit,
        places: Positions,
        factor: bool,
    ) -> Iterator[Explained]:
        """Explain m rows of the group, whose places in the fit are `places` (m,)."""
        count = self.values.shape[1]
        sizes = np.array([member.values.size for member in members], np.int64)
        steps = np.arange(count + self.horizon)
        own = steps >= count - sizes[:, None]
        past = own & (steps < count)
        columns = self.features.values[rows]
        means = (columns * past[:, None]).sum(axis=2) / np.maximum(sizes, 1)[:, None]
        centred = columns - means[:, :, None]
        parts = fit.coefficients[places][:, :, None] * centred
        effects = parts.sum(axis=1)
        low, high = _range_of(effects, past)
        margin = _BEYOND * (high - low)
        ahead = np.clip(effects[:, count:], low - margin, high + margin)
        cut = np.abs(effects[:, count:] - ahead)
        leverage = centred[:, :, count:]
        spread = np.matmul(fit.covariances[places], leverage)
        deviations = np.sqrt(np.maximum((leverage * spread).sum(axis=1), 0.0) + cut**2)
        names = members[0].covariates.past.shape[1] if members else 0
        by_name = _by_covariate(parts, self.features.covariates, names)
        mattering, beyond = _mattering(by_name, own), _beyond_past(by_name, past, cut > 0)
        if factor:
            units = np.ones((len(rows), 1))
            effects = np.clip(effects, _LOWEST_SHARE, _HIGHEST_SHARE)
            ahead = np.clip(ahead, _LOWEST_SHARE, _HIGHEST_SHARE)
        else:
            units = self.units[rows][:, None]
        effects, ahead, deviations = effects * units, ahead * units, deviations * units
        ahead_by_name = _adding_up_to(ahead, by_name[:, :, count:] * units[:, None])
        for place, (member, size) in enumerate(zip(members, sizes.tolist(), strict=True)):
            all_names = member.covariates.names
            yield Explained(
                effects[place, count - size : count],
                ahead[place],
                deviations[place],
                factor,
                dict(zip(all_names, ahead_by_name[place], strict=True)),
                tuple(all_names[column] for column in mattering[place]),
                tuple(all_names[column] for column in beyond[place]),
            )


def _range_of(values: Floats, among: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return the lowest and the highest of the values (n, t) that are among, (n, 1) each."""
    low = np.where(among, values, np.inf).min(axis=1, keepdims=True)
    high = np.where(among, values, -np.inf).max(axis=1, keepdims=True)
    return low, high


def _weeks(values: Floats, seasons: tuple[int, int], ahead: int) -> Floats | None:
    """Return by how much the mean of a step of the longer season exceeds that of the shorter.

    It is for values (n, t) and `ahead` steps after them, (n, t + ahead). None stands for a single
    season.
    """
    shortest, longest = seasons
    count = values.shape[1]
    if shortest == longest:
        return None
    means = []
    for season in seasons:
        whole = values[:, count % season :].reshape(len(values), -1, season).mean(axis=1)
        means.append(whole[:, (np.arange(count + ahead) - count) % season])
    return np.asarray(means[1] - means[0])


def _by_covariate(parts: Floats, covariates: Positions, count: int) -> Floats:
    """Return the sums (n, count, t) of parts (n, features, t) by the covariates of the features."""
    owners = (covariates == np.arange(count)[:, None]).astype(np.float64)
    return np.asarray(np.matmul(owners, parts))


def _adding_up_to(total: Floats, parts: Floats) -> Floats:
    """Return parts (n, k, h) that add up to a total (n, h), which was kept within bounds.

    What the bounds took away is taken from the parts by their size.
    """
    size = np.abs(parts)
    shares = size / np.maximum(size.sum(axis=1, keepdims=True), _TINY)
    return np.asarray(parts + (total - parts.sum(axis=1))[:, None] * shares)


def _beyond_past(
    by_name: Floats, past: npt.NDArray[np.bool_], cut: npt.NDArray[np.bool_]
) -> list[list[int]]:
    """Return the covariates, for each of n series, for which the sum of all effects was cut off.

    These are the ones that do more at the steps where it was `cut` (n, h) than in the past, of what
    they do, `by_name` (n, k, t + h); or all that do something there if only their sum goes beyond
    the past.
    """
    found: list[list[int]] = [[] for _ in by_name]
    for row in np.flatnonzero(cut.any(axis=1)).tolist():
        before, ahead = by_name[row][:, past[row]], by_name[row][:, past.shape[1] - cut.shape[1] :]
        low, high = before.min(axis=1, keepdims=True), before.max(axis=1, keepdims=True)
        outside = (((ahead < low) | (ahead > high)) & cut[row]).any(axis=1)
        if not outside.any():
            outside = ((ahead != 0) & cut[row]).any(axis=1)
        found[row] = np.flatnonzero(outside).tolist()
    return found


def _mattering(by_name: Floats, own: npt.NDArray[np.bool_]) -> list[list[int]]:
    """Return the covariates that matter, for each of n series, the one that matters most first.

    `by_name` (n, k, t) is what each of them does at the steps that are the series' `own` (n, t).
    """
    counts = own.sum(axis=1)[:, None]
    means = (by_name * own[:, None]).sum(axis=2) / counts
    squares = ((by_name - means[:, :, None]) ** 2 * own[:, None]).sum(axis=2)
    shares = np.sqrt(squares / counts)
    order = np.argsort(-shares, axis=1, kind="stable")
    matters = shares > _MATTERS * shares.sum(axis=1, keepdims=True)
    return [
        [column for column in by_size if of_row[column]]
        for by_size, of_row in zip(order.tolist(), matters.tolist(), strict=True)
    ]

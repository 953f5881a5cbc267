"""Covariates: what else was observed beside a series, and what of it is known in advance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from forecasting.types import Floats

Column = Sequence[float | None] | Sequence[str | None]
"""A covariate, one value a step; texts are categories, and None stands for what is missing."""
StaticValue = float | str | bool
"""What holds for a whole series; a text is a category."""
CATEGORY = "="
"""What stands between the name of a covariate and a category in the name of an indicator."""


@dataclass(frozen=True, slots=True)
class Covariates:
    """k covariates of a series of n values, such as temperature, price or holidays."""

    names: tuple[str, ...]
    """The k names. Those of a category's indicators are `name=category`."""
    past: Floats
    """The covariates beside the values of the series, (n, k); NaN where one is missing."""
    ahead: Floats
    """The covariates at the steps after the series, (h, k), as far as they are known; NaN where
    one is missing, and in the columns that are not known ahead."""
    known_ahead: npt.NDArray[np.bool_]
    """Which covariates are known ahead of the values, such as holidays, prices or the forecast of a
    temperature, (k,). Of the others, only what was observed before the forecast may be used."""
    calendar: frozenset[str] = frozenset()
    """The names of those that are days of the calendar, which their name says, so that they can be
    found for any dates."""
    targets: frozenset[str] = frozenset()
    """The names of those that are the targets of a series with several, itself among them."""

    @classmethod
    def from_columns(cls, past: Mapping[str, Column], ahead: Mapping[str, Column]) -> Covariates:
        """Put columns beside each other, categories as indicators: 1 where they hold, else 0.

        `past` has the columns of the n values of the series, and `ahead` those of the h steps after
        it. Covariates without a column in `ahead` are not known ahead. A category that `past` does
        not show has no indicator.
        """
        steps = len(next(iter(ahead.values()), ()))
        names: list[str] = []
        columns: list[tuple[Floats, Floats, bool]] = []
        for name, values in past.items():
            known = name in ahead
            later: Column = ahead[name] if known else [None] * steps
            if any(isinstance(value, str) for value in values):
                categories = sorted({value for value in values if isinstance(value, str)})
                names += [f"{name}{CATEGORY}{category}" for category in categories]
                columns += [
                    (_indicator(values, category), _indicator(later, category), known)
                    for category in categories
                ]
            else:
                names.append(name)
                columns.append((np.asarray(values, float), np.asarray(later, float), known))
        return cls(
            names=tuple(names),
            past=np.column_stack([column[0] for column in columns]),
            ahead=np.column_stack([column[1] for column in columns]),
            known_ahead=np.array([column[2] for column in columns]),
        )

    def before(self, cutoff: int, horizon: int) -> Covariates:
        """Return what was known at a cutoff of the `horizon` steps after it and of those before.

        What is known ahead is known for these steps only, and nothing after the cutoff is known of
        other covariates.
        """
        later = np.concatenate([self.past[cutoff : cutoff + horizon], self.ahead])[:horizon]
        ahead = np.where(self.known_ahead, later, np.nan)
        return replace(self, past=self.past[:cutoff], ahead=ahead)

    def after(self, dropped: int) -> Covariates:
        """Return the covariates of the series without its first `dropped` values."""
        return replace(self, past=self.past[dropped:])

    def ending(self) -> Covariates:
        """Return the covariates without what is known of the steps ahead."""
        return replace(self, ahead=self.ahead[:0])

    def moved(self, places: Callable[[Floats], Floats]) -> Covariates:
        """Return the covariates with their rows beside the values moved as `places` says."""
        return replace(self, past=places(self.past))

    def split(self, count: int, end: int | None = None) -> Covariates:
        """Return the covariates of a series of the first `count` values; what follows is ahead.

        What is not before `end`, if that is given, is left out.
        """
        ahead = np.where(self.known_ahead, self.past[count:end], np.nan)
        return replace(self, past=self.past[:count], ahead=ahead)

    def without(self, names: Sequence[str]) -> Covariates | None:
        """Return the covariates without the columns of these names; None if none is left."""
        kept = [column for column, name in enumerate(self.names) if name not in names]
        if not kept:
            return None
        return replace(
            self,
            names=tuple(self.names[column] for column in kept),
            past=self.past[:, kept],
            ahead=self.ahead[:, kept],
            known_ahead=self.known_ahead[kept],
            calendar=self.calendar.difference(names),
            targets=self.targets.difference(names),
        )

    def trimmed(self) -> Covariates:
        """Return the covariates without the last steps ahead of which nothing is known."""
        known = np.flatnonzero(~np.isnan(self.ahead).all(axis=1))
        ahead = self.ahead[: known[-1] + 1 if known.size else 0]
        return replace(self, ahead=ahead)


def given_name(name: str) -> str:
    """Return the name that a covariate was given by, from that of one of its columns."""
    return name.partition(CATEGORY)[0]


def category_of(name: str) -> str:
    """Return the category that a column with this name is the indicator of."""
    return name.partition(CATEGORY)[2]


def _indicator(column: Column, category: str) -> Floats:
    """Return 1 where a column (n,) shows a category, 0 where it shows another, NaN if neither."""
    return np.array([np.nan if value is None else float(value == category) for value in column])

"""Surprises: the errors of a plain seasonal forecast, of a series and of what may explain it.

If a series is the sum of what a covariate does and of the rest, then the error of any forecast that
is linear in the past is the sum of what the same forecast misses of the covariate, times the
effect, and of what it misses of the rest. The errors of the one are therefore regressed on those of
the other, which is what Frisch and Waugh (1933), Partial time regressions as compared with
individual trends, do with trends. A season that both have in common does not count twice, and the
regression looks for what helps a forecast of as many steps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.types import Floats

_MOST_CYCLES = 4
_LEVEL_OF = 8
"""Without a season, the level is the last value, or the mean of so many."""


@dataclass(frozen=True, slots=True)
class PlainForecast:
    """A forecast by the mean of earlier values at the same phase, or also by the level since."""

    season_length: int
    """The steps of the longest season; 1 means none."""
    level_length: int
    """The steps over which the level is averaged if it is followed."""
    lag: int
    """How many steps ahead the forecast is made."""
    cycles: int
    """How many values are averaged."""
    level_share: float
    """The share of the latest change of the level that is taken to last."""

    @classmethod
    def candidates(
        cls, seasons: tuple[int, int], horizon: int, count: int
    ) -> tuple[PlainForecast, ...]:
        """Return forecasts to choose from for series of `count` values.

        `seasons` are the lengths of the shortest and the longest season.
        """
        shortest, longest = seasons
        lag = max(1, horizon // 2)
        most = _MOST_CYCLES if longest > 1 else _LEVEL_OF
        cycles = max(1, min(most, count // (3 * longest)))
        if longest == 1:
            return cls(1, 1, lag, cycles, 0.0), cls(1, 1, lag, 1, 0.0)
        return tuple(cls(longest, shortest, lag, cycles, share) for share in (0.0, 0.5, 1.0))

    @property
    def reach(self) -> int:
        """How many steps before a value the forecast of it looks at."""
        seasons = self.season_length * self._first_cycle() + self.season_length * (self.cycles - 1)
        return seasons + (self.lag + self.level_length if self.level_share else 0)

    @property
    def overlap(self) -> int:
        """How many steps before a value the latest value lies that the forecast of it looks at."""
        return self.lag if self.level_share else self.season_length * self._first_cycle()

    def surprises(self, values: Floats) -> Floats:
        """Return the values (n, t) less their forecasts; 0 where the forecast lacks values."""
        season, first = self.season_length, self._first_cycle()
        missed = values.copy()
        for cycle in range(first, first + self.cycles):
            missed[:, season * cycle :] -= values[:, : -season * cycle] / self.cycles
        begin = season * (first + self.cycles - 1)
        missed[:, :begin] = 0.0
        if self.level_share:
            total = np.zeros((len(values), values.shape[1] + 1))
            np.cumsum(missed, axis=1, out=total[:, 1:])
            ends = np.arange(begin + self.level_length + self.lag, values.shape[1])
            until = ends - self.lag + 1
            level = (total[:, until] - total[:, until - self.level_length]) / self.level_length
            missed[:, ends] -= self.level_share * level
            missed[:, : ends[0] if ends.size else None] = 0.0
        return missed

    def _first_cycle(self) -> int:
        return -(-self.lag // self.season_length)

"""Making sure that whole numbers which begin as steps are no dates when all of them are seen."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bulk.reading.times import NO_TIME
from forecasting.dates.whole_numbers import recognise_dates
from forecasting.errors import SeriesError
from forecasting.types import Positions

_MOST_KEPT = 2**17
"""So many different steps are kept, and of more the lowest and the highest: more than there are
Excel's numbers of days, or of days written in any other way."""


@dataclass(slots=True)
class SeenSteps:
    """The different steps of a table, in bounded memory."""

    name: str
    """The column that they are in."""
    _different: Positions = field(default_factory=lambda: np.empty(0, np.int64))

    def add(self, steps: Positions) -> None:
        """Add the steps of some rows (n,), NO_TIME for a row without one."""
        new = np.setdiff1d(steps[steps != NO_TIME], self._different)
        if new.size and self._different.size > _MOST_KEPT:
            new = new[[0, -1]]
        if new.size:
            self._different = np.union1d(self._different, new)

    def check(self) -> None:
        """Raise SeriesError if all of them together look like dates."""
        if not self._different.size:
            return
        try:
            found = recognise_dates(self._different)
        except SeriesError as error:
            raise self._error(f": {error.message}") from error
        if found is not None:
            raise self._error(
                f" written as {found.meaning}. Write them as ISO 8601, or, if they are steps, "
                "count them from 1."
            )

    def _error(self, how: str) -> SeriesError:
        return SeriesError(
            f"the whole numbers in {self.name!r} begin as steps, and later look like dates{how}",
            code="times_unclear",
            path=("time_col",),
        )

"""Results of series as columns, and what is counted of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

import numpy as np
import pyarrow as pa

from bulk.series.shared_dates import Numbers, SharedDates
from forecasting.networks.signature import Signature
from forecasting.notes import Note
from forecasting.prediction.forecaster import Forecaster
from forecasting.series.series import Series

NoteKey = tuple[str, str]
"""The code and the message of a note."""


@dataclass(slots=True)
class Result:
    """The rows of some series, and how many series have which notes."""

    table: pa.Table
    notes: Counter[NoteKey] = field(default_factory=Counter)

    def count(self, notes: Iterable[Sequence[Note]]) -> None:
        """Count the notes of each series."""
        self.notes.update(
            key for own in notes if own for key in {(note.code, note.message) for note in own}
        )


class Operation(Protocol):
    """What is made of series, in the columns that a request's answer as a table has."""

    at_once: ClassVar[int]
    """How many series are best done at once."""

    def check(self, series: Series) -> None:
        """Raise a ForecastingError for a series that will not do."""

    def run(self, series: Sequence[Series], forecaster: Forecaster) -> Result:
        """Return the rows of n ≥ 1 series. Raises ForecastingError."""
        ...

    def nothing(self, signature: Signature) -> pa.Table:
        """Return the table of no series."""
        ...


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """The column of times of the output."""

    dates: SharedDates
    type: pa.DataType

    def of(self, series: Series, first: int, count: int) -> Numbers:
        """Return `count` times of a series, the first of them at a position among its values.

        Raises SeriesError if they run past the end of the calendar.
        """
        dates = series.steps if series.calendar is None else series.calendar
        assert dates is not None
        return self.dates.ahead(dates, series.dropped + first, count)

    def column(self, parts: Sequence[Numbers]) -> pa.Array:
        """Return times, those of one series after those of another."""
        numbers = np.concatenate(parts) if parts else np.empty(0, np.int64)
        return pa.array(numbers).cast(self.type)


def repeat_ids(series: Sequence[Series], counts: Sequence[int]) -> pa.Array:
    """Return the id of each series as often as its count says."""
    ids = pa.array([item.id for item in series], pa.string())
    return ids.take(pa.array(np.repeat(np.arange(len(series)), counts)))

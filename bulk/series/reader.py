"""The series of a piece, and those that cannot be forecast."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from bulk.reading.rows import Rows
from bulk.reading.times import NO_TIME
from bulk.series.shared_dates import Numbers, SharedDates
from forecasting.errors import ForecastingError, SeriesError
from forecasting.jobs.bulk_task import BulkTask
from forecasting.notes import Note
from forecasting.prediction.bounds import ANY
from forecasting.series.calendar import Calendar
from forecasting.series.series import Series
from forecasting.series.soundness import sound_stretches
from forecasting.types import Floats


@dataclass(frozen=True, slots=True)
class Failure:
    """A series that could not be forecast, and why."""

    id: str | None
    code: str
    message: str

    @classmethod
    def of(cls, id: str | None, error: ForecastingError) -> Failure:
        """Return the failure of the series that an error is about."""
        return cls(id, error.code, error.message)


@dataclass(frozen=True, slots=True)
class SeriesReader:
    """Reads the series of pieces, each by itself: nothing about one follows from the others."""

    task: BulkTask
    dates: SharedDates
    counted: bool
    """Whether there is no column of times, so that the rows of each series are steps."""
    check: Callable[[Series], object]
    """Raises a ForecastingError for a series that will not do."""

    def read(self, rows: Rows) -> tuple[list[Series], list[Failure]]:
        """Return the series that can be forecast, in their order, and the others."""
        starts, lengths = rows.starts, rows.lengths
        times = _count(lengths) if self.counted else rows.times
        sound = sound_stretches(rows.values, starts).tolist()
        keys = self.dates.keys(times, starts, lengths)
        series, failures = [], []
        for run, (name, start, length) in enumerate(
            zip(rows.ids, starts.tolist(), lengths.tolist(), strict=True)
        ):
            stretch = slice(start, start + length)
            values, own_times = rows.values[stretch], times[stretch]
            known = self.dates.recall(keys[run], own_times, values)
            try:
                if known is None or not sound[run] or name is None:
                    item = self._read(name, values, own_times, rows.faults.get(run))
                elif isinstance(known, Calendar):
                    item = Series(values, name, known)
                else:
                    item = Series(values, name, steps=known)
                self.check(item)
                self._check_bounds(values)
            except ForecastingError as error:
                failures.append(Failure.of(name, error))
            else:
                series.append(item)
        return series, failures

    def _read(self, name: str | None, values: Floats, times: Numbers, fault: str | None) -> Series:
        """Read a series as that of a request is read; `fault` is its first cell that is none.

        Raises SeriesError.
        """
        if fault is not None:
            wrong = (times == NO_TIME) | np.isinf(values) | (name is None)
            count = int(wrong.sum())
            more = f" {count - 1} more of its rows cannot be read either." if count > 1 else ""
            raise SeriesError(f"{fault}.{more}", code="cell_invalid")
        assert name is not None
        if times.size > 1 and (times[1:] < times[:-1]).all():
            series = self._align(name, values[::-1], np.ascontiguousarray(times[::-1]))
            message = "The newest value came first, so the rows were read from the last one on."
            note = Note("rows_reversed", message, times.size)
            return replace(series, notes=(note, *series.notes))
        return self._align(name, values, times)

    def _align(self, name: str, values: Floats, times: Numbers) -> Series:
        if self.dates.are_steps:
            return Series.from_steps(values, times, id=name, repair=self.task.repair)
        return Series.from_dates(
            values,
            self.dates.times(times),
            id=name,
            frequency=self.task.frequency,
            rules=self.task.date_rules,
        )

    def _check_bounds(self, values: Floats) -> None:
        """Raise SeriesError for values outside the bounds, which anomalies may well be."""
        if self.task.bounds != ANY and self.task.operation != "anomalies":
            self.task.bounds.check_observed(values)


def _count(lengths: Numbers) -> Numbers:
    """Return the position of each row among those of its series."""
    first = np.cumsum(lengths) - lengths
    return np.arange(lengths.sum()) - np.repeat(first, lengths)

"""Reading all series of a request or a file, which may know more together than each alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from forecasting.errors import ForecastingError, TooFewTimestampsError
from forecasting.notes import Note
from forecasting.series.alignment import DateRules
from forecasting.series.frequency import Frequency
from forecasting.series.series import Series


class Readable(Protocol):
    """A series as it was given, not read yet."""

    def read(self, rules: DateRules) -> Series:
        """Check and read the series. Raises ForecastingError if it makes no sense."""
        ...


def read_each(items: Sequence[Readable], rules: DateRules) -> list[Series | ForecastingError]:
    """Read series, each with the same rules; return an error in the place of one that fails.

    A series with too few timestamps to show a frequency gets that of the others, if it is one.
    """
    found = [_read(item, rules) for item in items]
    unclear = [
        position
        for position, result in enumerate(found)
        if isinstance(result, TooFewTimestampsError)
    ]
    others = _common_frequency(found) if unclear else None
    if others is not None:
        for position in unclear:
            found[position] = _read(items[position], replace(rules, others=others))
    return found


def _read(item: Readable, rules: DateRules) -> Series | ForecastingError:
    try:
        series = item.read(rules)
    except ForecastingError as error:
        return error
    if rules.opening is None or series.calendar is not None:
        return series
    message = "The opening times were not used, because the series has no dates."
    note = Note("opening_not_used", message, series.values.size)
    return replace(series, notes=(*series.notes, note))


def _common_frequency(found: Sequence[Series | ForecastingError]) -> Frequency | None:
    """Return the frequency of the series that have dates, or None if they differ."""
    frequencies = {
        series.calendar.frequency
        for series in found
        if isinstance(series, Series) and series.calendar is not None
    }
    return frequencies.pop() if len(frequencies) == 1 else None

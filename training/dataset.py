"""The series to train on, and how they are read from a file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from forecasting.covariates.day_features import DayFeature, with_features
from forecasting.covariates.given import end_with_values
from forecasting.covariates.targets import name_target
from forecasting.errors import DataFileError, ForecastingError
from forecasting.notes import Note, merge_notes
from forecasting.series.calendar import Calendar
from forecasting.series.repair import NO_RULES, DateRules
from forecasting.series.series import Series, read_each
from forecasting.store.manifest import DataSummary
from forecasting.tables.formats import format_of_name
from forecasting.tables.options import TableOptions
from forecasting.tables.reader import read_table
from forecasting.tables.table_content import TableContent
from forecasting.tables.table_series import TableSeriesItem, to_series_items

_MOST_BYTES = 2**40
"""A training on the command line may take all the memory that there is."""
_ANY_TABLE = TableOptions()
_COMMAND_LINE = (
    (r",? or in JSON send each series as an object of its own", ""),
    (r"\b(repair|open) as (\{[^}]*\}|true)", r"--\1 '\2'"),
    (r"\b(name|send) the frequency\b", r"\1 --frequency"),
    (r"\b(id|time|target)_col\b", r"--\1-col"),
    (r"\b(static|target)_cols\b", r"--\1-cols"),
    (r"\bknown_ahead\b", "--known-ahead"),
    (r'"calendar"', "--calendar"),
    (r"\bdate_format\b", "--date-format"),
    (r"\b(layout|delimiter|decimal|sheet)=", r"--\1="),
)
"""What messages say of options, and what the command line says instead."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """At least one series; all have the same frequency, or none has a calendar."""

    series: tuple[Series, ...]
    notes: tuple[Note, ...] = ()
    """What was assumed to read the file that they came in, and done to the series."""

    @property
    def frequency(self) -> str | None:
        """The frequency of the series; None if they count steps instead of having dates."""
        calendar = self.series[0].calendar
        return None if calendar is None else calendar.frequency.name

    def summary(self) -> DataSummary:
        """Summarize the series as a version's manifest does."""
        digest = hashlib.sha256()
        for series in self.series:
            digest.update(f"{series.id}\n".encode())
            digest.update(series.values.tobytes())
            if series.covariates is not None:
                digest.update("\n".join(series.covariates.names).encode())
                digest.update(series.covariates.past.tobytes())
            if series.static:
                digest.update(repr(sorted(series.static.items())).encode())
        spans = [_span(series.calendar, series) for series in self.series if series.calendar]
        return DataSummary(
            series=len(self.series),
            observations=sum(series.values.size for series in self.series),
            start=min(span[0] for span in spans)[1] if spans else None,
            end=max(span[1] for span in spans)[1] if spans else None,
            frequency=self.frequency,
            digest=digest.hexdigest(),
        )


def read_dataset(
    path: Path,
    frequency: str | None = None,
    options: TableOptions = _ANY_TABLE,
    rules: DateRules = NO_RULES,
    days: Sequence[DayFeature] = (),
) -> Dataset:
    """Read the series in a file, as the service reads a table.

    The file may lack ids if there is one series, which is then named as the file is. An empty value
    is a missing one, and so is a date that is left out.
    `frequency` is a pandas alias; if it is None, it is inferred from the dates. `rules` say what is
    done to dates that are not as they should be. `days` of the calendar become covariates.

    Raises DataFileError, which names the place in the file.
    """
    content, items = open_series(path, frequency, options)
    series = []
    for result in read_each(items, rules):
        try:
            series.append(_to_train_on(result, days))
        except ForecastingError as error:
            raise DataFileError(f"{path}: {for_command_line(error.message)}") from error
    frequencies = sorted({item.calendar.frequency.name for item in series if item.calendar})
    if len(frequencies) > 1:
        raise DataFileError(
            f"{path}: the series have different frequencies: {', '.join(frequencies)}. "
            "Train a model for each frequency, or name one frequency with --frequency."
        )
    series_notes = merge_notes(note for item in series for note in item.notes)
    return Dataset(tuple(series), (*content.notes, *series_notes))


def _to_train_on(result: Series | ForecastingError, days: Sequence[DayFeature]) -> Series:
    """Return a series that was read, with its covariates; raise the error if it was not."""
    if isinstance(result, ForecastingError):
        raise result
    series = end_with_values(name_target(result))
    return with_features(series, days, 0) if days else series


def open_series(
    path: Path, frequency: str | None, options: TableOptions
) -> tuple[TableContent, list[TableSeriesItem]]:
    """Return the content of a file, and the series in it, which are not read yet.

    A series without an id is named as the file is.

    Raises DataFileError, which names the place in the file.
    """
    try:
        content = read_table(_read_bytes(path), format_of_name(path.name), options, _MOST_BYTES)
        items = to_series_items(content, frequency=frequency, timezone=None)
    except ForecastingError as error:
        raise DataFileError(f"{path}: {for_command_line(error.message)}") from error
    named = [item if item.id is not None else replace(item, id=path.stem) for item in items]
    return content, named


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise DataFileError("there is no such file.") from error
    except OSError as error:
        raise DataFileError(f"the file cannot be read: {error.strerror}.") from error


def for_command_line(message: str) -> str:
    """Return a message with the options named as on the command line."""
    for option, flag in _COMMAND_LINE:
        message = re.sub(option, flag, message)
    return message


def _span(calendar: Calendar, series: Series) -> tuple[tuple[np.datetime64, str], ...]:
    """Return the first and the last date of a series, each as a date and as text."""
    positions = (series.dropped, series.dropped + series.values.size - 1)
    return tuple(
        (calendar.stamps(position, 1)[0], calendar.timestamps(position, 1)[0])
        for position in positions
    )

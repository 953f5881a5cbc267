"""The series to train on, and how they are read from a CSV or Parquet file in the long format."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from forecasting.errors import DataFileError, ForecastingError, SeriesError
from forecasting.series.calendar import Calendar
from forecasting.series.series import Series
from forecasting.series.timestamps import Times, parse_times, times_from_index
from forecasting.store.manifest import DataSummary

_MISSING = {"ds": [""], "y": ["", "NA", "NaN", "nan", "null", "None"]}
"""What counts as missing in a CSV file. A unique_id may be any text, even an empty one."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """At least one series; all have the same frequency, or none has a calendar."""

    series: tuple[Series, ...]

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
        spans = [_span(series.calendar, series) for series in self.series if series.calendar]
        return DataSummary(
            series=len(self.series),
            observations=sum(series.values.size for series in self.series),
            start=min(span[0] for span in spans)[1] if spans else None,
            end=max(span[1] for span in spans)[1] if spans else None,
            frequency=self.frequency,
            digest=digest.hexdigest(),
        )


def read_dataset(path: Path, frequency: str | None = None) -> Dataset:
    """Read a file with the columns `unique_id`, `ds` and `y`; other columns are ignored.

    `unique_id` may be left out if there is one series. `ds` holds dates, or whole numbers that
    count steps. The rows may come in any order. An empty `y` is a missing value, and so is a date
    that is left out. `frequency` is a pandas alias; if it is None, it is inferred from the dates.

    Raises DataFileError, which names the place in the file.
    """
    frame = _read(path)
    for column in ("ds", "y"):
        if column not in frame.columns:
            raise DataFileError(
                f"{path}: there is no column {column!r}; the columns are: "
                f"{', '.join(map(str, frame.columns))}. The long format is unique_id, ds, y."
            )
    if frame.empty:
        raise DataFileError(f"{path}: there are no rows.")
    frame = pd.DataFrame(
        {
            "unique_id": frame["unique_id"].astype(str) if "unique_id" in frame else path.stem,
            "ds": _checked_dates(path, frame["ds"]),
            "y": _numbers(path, frame["y"]),
        }
    )
    series = []
    for unique_id, rows in frame.groupby("unique_id", sort=False):
        try:
            series.append(_series(str(unique_id), rows, frequency))
        except ForecastingError as error:
            raise DataFileError(f"{path}: series {unique_id}: {error.message}") from error
    frequencies = sorted({item.calendar.frequency.name for item in series if item.calendar})
    if len(frequencies) > 1:
        raise DataFileError(
            f"{path}: the series have different frequencies: {', '.join(frequencies)}. "
            "Train a model for each frequency, or name one frequency with --frequency."
        )
    return Dataset(tuple(series))


def _read(path: Path) -> pd.DataFrame:
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        return pd.read_csv(
            path, dtype={"unique_id": str}, keep_default_na=False, na_values=_MISSING
        )
    except FileNotFoundError as error:
        raise DataFileError(f"{path}: there is no such file.") from error
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise DataFileError(f"{path}: not a readable CSV or Parquet file: {reason}") from error


def _span(calendar: Calendar, series: Series) -> tuple[tuple[np.datetime64, str], ...]:
    """Return the first and the last date of a series, each as a date and as text."""
    positions = (series.dropped, series.dropped + series.values.size - 1)
    return tuple(
        (calendar.stamps(position, 1)[0], calendar.timestamps(position, 1)[0])
        for position in positions
    )


def _checked_dates(path: Path, column: pd.Series) -> pd.Series:
    """Return `ds` as integers, as dates or as text."""
    if column.isna().any():
        raise DataFileError(f"{path}: ds is empty ({_row(column.isna())}).")
    if pd.api.types.is_integer_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return column
    return column.astype(str)


def _numbers(path: Path, column: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce")
    wrong = (numbers.isna() & column.notna()) | np.isinf(numbers)
    if pd.api.types.is_bool_dtype(column) or wrong.any():
        value = column[wrong].iloc[0] if wrong.any() else column.iloc[0]
        raise DataFileError(
            f"{path}: y holds {str(value)!r} ({_row(wrong)}), which is no finite number. "
            "Leave y empty if the value is missing."
        )
    return numbers.astype("float64")


def _series(unique_id: str, rows: pd.DataFrame, frequency: str | None) -> Series:
    if pd.api.types.is_integer_dtype(rows["ds"]):
        rows = rows.sort_values("ds")
        steps = np.diff(rows["ds"].to_numpy())
        if steps.size and (steps != steps[0]).any():
            jump = int((steps != steps[0]).argmax())
            raise DataFileError(
                f"ds jumps from {rows['ds'].iloc[jump]} to {rows['ds'].iloc[jump + 1]}, "
                f"though it rises by {steps[0]} before. Add the missing rows, with an empty y."
            )
        return Series.from_values(rows["y"].to_numpy(), id=unique_id)
    order = np.arange(len(rows))
    try:
        times = _times(rows["ds"])
        order = np.argsort(times.stamps, kind="stable")
        return Series.from_dates(
            rows["y"].to_numpy()[order], times.take(order), id=unique_id, frequency=frequency
        )
    except SeriesError as error:
        position = error.path[-1] if error.path else None
        if not isinstance(position, int):
            raise
        line = rows.index[order[position]] + 2
        time = rows["ds"].iloc[order[position]]
        repeated = f"the time {time} is there more than once; keep one value."
        message = repeated if error.code == "timestamps_repeated" else error.message
        raise DataFileError(f"{message} (line {line})") from error


def _times(dates: pd.Series) -> Times:
    if pd.api.types.is_datetime64_any_dtype(dates):
        return times_from_index(pd.DatetimeIndex(dates))
    return parse_times(dates.tolist())


def _row(mask: pd.Series) -> str:
    """Name the first line for which `mask` is true. Line 1 is the header of the CSV file."""
    return f"line {int(mask.to_numpy().argmax()) + 2}"

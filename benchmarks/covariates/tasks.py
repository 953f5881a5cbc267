"""Tasks: files of series with covariates, each forecast from several cutoffs near its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from forecasting.series.covariates import Covariates
from forecasting.series.series import Series
from forecasting.series.timestamps import parse_times
from forecasting.types import Floats

DAYS = 2
"""Forecasts are made for so many days."""
_TESTED = 3
"""The cutoffs lie in the last one of so many parts of a series."""


@dataclass(frozen=True)
class Task:
    """A series, of which the covariates of all steps are known, and where it is forecast from."""

    name: str
    series: Series
    season_length: int
    """The steps of a day."""
    cutoffs: list[int]

    @property
    def horizon(self) -> int:
        """The number of steps that are forecast."""
        return DAYS * self.season_length

    def pasts(self, with_covariates: bool) -> list[Series]:
        """Return the series as it was known at each cutoff."""
        pasts = [self.series.before(cutoff, self.horizon) for cutoff in self.cutoffs]
        return pasts if with_covariates else [replace(past, covariates=None) for past in pasts]

    def actual(self) -> Floats:
        """Return what came after each cutoff, (windows, horizon)."""
        observed = self.series.observed()
        return np.stack([observed[cutoff : cutoff + self.horizon] for cutoff in self.cutoffs])

    def scales(self) -> Floats:
        """Return the divisor of MASE of each window: the mean change from day to day before it."""
        changes = np.abs(self.series.values[self.season_length :] - self._day_before())
        return np.array([changes[: cut - self.season_length].mean() for cut in self.cutoffs])

    def _day_before(self) -> Floats:
        return self.series.values[: -self.season_length]


def read_tasks(folder: Path, windows: int) -> Iterator[Task]:
    """Read the tasks of a folder: its CSV files that have columns beside unique_id, ds and y.

    A file holds one series with several steps a day. Raises ForecastingError if its dates make no
    sense.
    """
    for path in sorted(folder.glob("*.csv")):
        table = pd.read_csv(path)
        names = [name for name in table.columns if name not in ("unique_id", "ds", "y")]
        if names:
            yield _task(path.stem, table, names, windows)


def _task(name: str, table: pd.DataFrame, names: list[str], windows: int) -> Task:
    times = parse_times(table["ds"].tolist())
    series = Series.from_dates(table["y"].to_numpy(np.float64), times)
    stamps = pd.DatetimeIndex(times.to_stamps(elapsed=True))
    steps = np.round((stamps - stamps[0]) / np.diff(stamps).min()).astype(np.int64)
    columns = table[names].set_index(steps).reindex(range(series.dropped, steps[-1] + 1))
    texts = columns.astype(object).where(columns.notna(), None)
    past = {column: texts[column].tolist() for column in names}
    covariates = Covariates.from_columns(past, {column: [] for column in names})
    season = round(pd.Timedelta(days=1) / pd.Timedelta(np.diff(stamps).min()))
    count = series.values.size
    cutoffs = np.linspace(count - count // _TESTED, count - DAYS * season, windows)
    return Task(name, replace(series, covariates=covariates), season, cutoffs.astype(int).tolist())

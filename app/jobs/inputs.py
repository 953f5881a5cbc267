"""Writing what a job is given into its folder."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Sequence
from pathlib import Path

from forecasting.jobs.job_folder import BacktestSpec, JobFolder, JobSpec, TrainingSpec
from forecasting.series.series import Series
from forecasting.series.series_file import write_series
from forecasting.store.atomic_files import fsync_path


def write_inputs(folder: JobFolder, spec: JobSpec, series: Sequence[Series]) -> None:
    """All of it, on disk, or nothing. Raises OSError."""
    folder.path.mkdir(parents=True)
    try:
        match spec:
            case TrainingSpec():
                _write_long(folder.training_series, series)
            case BacktestSpec():
                write_series(folder.backtest_series, series)
        folder.write_spec(spec)
        folder.log.touch()
        for path in (*folder.path.iterdir(), folder.path, folder.path.parent):
            fsync_path(path)
    except OSError:
        shutil.rmtree(folder.path, ignore_errors=True)
        raise


def name_of(series: Series, place: int) -> str:
    """Its id, or its place among the others."""
    return str(place) if series.id is None else series.id


def _write_long(path: Path, series: Sequence[Series]) -> None:
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["unique_id", "ds", "y"])
        for place, one in enumerate(series):
            name = name_of(one, place)
            steps = one.even_timestamps() or range(one.values.size)
            rows.writerows(
                (name, step, repr(y)) for step, y in zip(steps, one.values.tolist(), strict=True)
            )

"""AutoARIMA with the same covariates and the seasons as waves, run by statsforecast.

This is dynamic harmonic regression: Hyndman and Athanasopoulos, Forecasting: Principles and
Practice, 3rd ed., section 10.5.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.covariates.methods import Outcome
from benchmarks.covariates.tasks import Task
from forecasting.errors import ForecastingError
from forecasting.prediction.forecaster import Forecast
from forecasting.types import Floats

_WEEKS = 6
"""It is given so many of the latest weeks; with more it takes minutes a window."""
_WAVES = {1: 4, 7: 3}
"""By the days of a season: how many waves describe it."""


def auto_arima(task: Task, python: Path) -> Outcome:
    """Forecast all windows of a task.

    Raises ForecastingError if statsforecast fails.
    """
    count = _WEEKS * 7 * task.season_length
    waves = _seasons(task.season_length, count + task.horizon)
    values, past, ahead = [], [], []
    for item in task.pasts(with_covariates=True):
        assert item.covariates is not None
        both = np.concatenate([item.covariates.past[-count:], item.covariates.ahead])
        columns = np.concatenate([waves, np.nan_to_num(both)], axis=1)
        values.append(item.values[-count:])
        past.append(columns[:count])
        ahead.append(columns[count:])
    with tempfile.TemporaryDirectory() as scratch:
        source, target = Path(scratch) / "windows.npz", Path(scratch) / "forecasts.npz"
        np.savez(source, allow_pickle=False, values=values, past=past, ahead=ahead)
        program = Path(__file__).with_name("run_auto_arima.py")
        command = [str(part) for part in (python, "-I", program, source, target)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if ran.returncode:
            raise ForecastingError(f"AutoARIMA failed on {task.name}:\n{ran.stderr[-2000:]}")
        with np.load(target) as found:
            bounds = np.stack([found["low"], found["point"], found["high"]], axis=-1)
            return Outcome(Forecast(found["point"], bounds), float(found["seconds"]))


def _seasons(season_length: int, count: int) -> Floats:
    """Return the waves of a day and of a week at `count` steps, (count, waves)."""
    steps = 2 * np.pi * np.arange(count) / season_length
    return np.column_stack(
        [
            wave(number * steps / days)
            for days, most in _WAVES.items()
            for number in range(1, most + 1)
            for wave in (np.sin, np.cos)
        ]
    )

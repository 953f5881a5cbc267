"""What covariates do to a forecast that they have nothing to do with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.covariates.methods import Outcome, forecast_series, zero_shot
from benchmarks.covariates.tasks import Task
from forecasting.evaluation.metrics import seasonal_naive_scale
from forecasting.prediction.forecaster import Forecaster
from forecasting.series.covariates import Covariates
from forecasting.series.series import Series
from training.pretraining.public_sets import PublicSet, read_public_sets

_COLUMNS = ("white noise", "random walk", "rare events")
_RARE = 0.03
"""The share of the steps that have an event."""


def zero_shot_with_noise(task: Task, forecaster: Forecaster) -> Outcome:
    """Forecast a task as the service does, with noise in place of its covariates."""
    noise = _noise(task.series.values.size, np.random.default_rng(0))
    noisy = replace(task, series=replace(task.series, covariates=noise))
    return zero_shot(noisy, forecaster, with_covariates=True)


def noise_table(folder: Path, forecaster: Forecaster) -> Iterator[str]:
    """Yield a table of MASE of the public sets of a folder, without covariates and with noise.

    Raises DataFileError if the folder cannot be read.
    """
    yield "| set | series | MASE without covariates | with three columns of noise | difference |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for public_set in read_public_sets(folder):
        plain, noisy = _scores(public_set, forecaster)
        yield (
            f"| {public_set.name} | {len(public_set.series)} | {plain:.4f} | {noisy:.4f} "
            f"| {100 * (noisy / plain - 1):+.2f}% |"
        )


def _scores(public_set: PublicSet, forecaster: Forecaster) -> tuple[float, float]:
    """Return MASE of a set without covariates, and with noise beside each of its series."""
    rng = np.random.default_rng(0)
    horizon = public_set.horizon
    plain = [Series.from_values(values[:-horizon]) for values in public_set.series]
    noisy = [
        replace(series, covariates=_noise(series.values.size + horizon, rng).split(-horizon))
        for series in plain
    ]
    actual = np.stack([values[-horizon:] for values in public_set.series])
    scales = [seasonal_naive_scale(series.values, public_set.mase_season) for series in plain]

    def score(pasts: list[Series]) -> float:
        forecast = forecast_series(pasts, horizon, public_set.season_length, forecaster)
        return float(np.nanmean(np.nanmean(np.abs(forecast.point - actual), axis=1) / scales))

    return score(plain), score(noisy)


def _noise(steps: int, rng: np.random.Generator) -> Covariates:
    """Return covariates of so many steps, known ahead, that have nothing to do with any series."""
    columns = (
        rng.normal(size=steps),
        np.cumsum(rng.normal(size=steps)),
        (rng.random(steps) < _RARE).astype(float),
    )
    past = {name: column.tolist() for name, column in zip(_COLUMNS, columns, strict=True)}
    return Covariates.from_columns(past, {name: [] for name in _COLUMNS})

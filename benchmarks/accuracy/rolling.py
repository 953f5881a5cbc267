"""The rolling tasks: dated series that are forecast again and again, each time a window later."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, TypeAdapter, ValidationError, field_validator

from benchmarks.accuracy.proof import Proof
from benchmarks.accuracy.scores import QUANTILES, Scores
from benchmarks.accuracy.sets import BenchmarkError, Published
from forecasting.evaluation.baselines import seasonal_naive
from forecasting.prediction.forecaster import Forecaster
from forecasting.prediction.pipeline import finish, prepare, run_network
from forecasting.series.series import Series
from forecasting.series.timestamps import Times
from forecasting.types import Floats

Rule = Literal["gift", "fev"]
"""Whose rule a task is scored by: GIFT-Eval's (MASE and CRPS) or fev-bench's (MASE and SQL)."""


class _Entry(BaseModel):
    """The entry of a task in datasets.json."""

    name: str
    horizon: int
    windows: int
    step: int
    season_length: int
    mase_season: int
    norm: Rule
    published: dict[str, Published]

    @field_validator("published")
    @classmethod
    def _has_seasonal_naive(cls, published: dict[str, Published]) -> dict[str, Published]:
        if "seasonal_naive" not in published:
            raise ValueError("the score of seasonal_naive is missing")
        return published


@dataclass(frozen=True)
class RollingTask:
    """The windows of all series of a task: what was known, and what came."""

    name: str
    rule: Rule
    horizon: int
    season_length: int
    """The season length that the frequency implies."""
    mase_season: int
    """The season length of seasonal naive and of MASE's scale."""
    published: dict[str, Published]
    """The published scores, by the name of the method."""
    ids: list[str]
    """The series and the number of each of the w windows."""
    pasts: list[Series]
    """The series of each window as it was known at its cutoff, with its dates."""
    observed_pasts: list[Floats]
    """The values before each cutoff, NaN where they are missing."""
    future: Floats
    """What came after each cutoff, (w, horizon); NaN where a value is missing."""

    def scales(self) -> Floats:
        """Return the divisors of MASE, (w,): the mean |y(t) − y(t − m)| over each past."""
        return np.array(
            [
                np.nanmean(np.abs(past[self.mase_season :] - past[: -self.mase_season]))
                for past in self.observed_pasts
            ]
        )


def read_rolling_tasks(folder: Path) -> list[RollingTask]:
    """Read the tasks that `folder`/datasets.json lists, each a Parquet file of dated series.

    Raises BenchmarkError if a file is missing or wrong.
    """
    listing = folder / "datasets.json"
    try:
        entries = TypeAdapter(list[_Entry]).validate_json(listing.read_bytes())
        return [_read(folder, entry) for entry in entries]
    except (OSError, ValidationError) as error:
        raise BenchmarkError(f"{listing} is not a list of rolling tasks: {error}") from error


def _read(folder: Path, entry: _Entry) -> RollingTask:
    frame = pd.read_parquet(folder / f"{entry.name}.parquet", columns=["unique_id", "ds", "y"])
    ids, pasts, observed, future = [], [], [], []
    for name, rows in frame.sort_values(["unique_id", "ds"]).groupby("unique_id"):
        values = rows["y"].to_numpy(np.float64)
        stamps = rows["ds"].to_numpy("datetime64[us]")
        for window in range(entry.windows):
            cutoff = values.size - (entry.windows - window) * entry.step
            ids.append(f"{name}, window {window + 1}")
            pasts.append(Series.from_dates(values[:cutoff], Times(stamps[:cutoff])))
            observed.append(values[:cutoff])
            future.append(values[cutoff : cutoff + entry.horizon])
    return RollingTask(
        name=entry.name,
        rule=entry.norm,
        horizon=entry.horizon,
        season_length=entry.season_length,
        mase_season=entry.mase_season,
        published=entry.published,
        ids=ids,
        pasts=pasts,
        observed_pasts=observed,
        future=np.array(future),
    )


def forecast_task(forecaster: Forecaster, task: RollingTask) -> Scores:
    """Forecast all windows of a task as a request with dates would be forecast, and score them."""
    lengths = [task.season_length] * len(task.pasts)
    started = time.process_time()
    plan = prepare(
        task.pasts,
        forecaster.signature,
        horizon=task.horizon,
        quantiles=QUANTILES,
        season_lengths=lengths,
    )
    forecast = finish(plan, run_network(plan, forecaster)).forecast
    seconds = time.process_time() - started
    return score_task(task, forecast.point, forecast.quantiles, 1000 * seconds / len(task.pasts))


def prove_rolling(tasks: list[RollingTask]) -> list[Proof]:
    """Measure the MASE of seasonal naive on every task, beside the published one.

    A missing value is replaced by the last observed one before it when seasonal naive forecasts.
    """
    proofs = []
    for task in tasks:
        pasts = [pd.Series(past).ffill().to_numpy() for past in task.observed_pasts]
        filled = [np.asarray(past, np.float64) for past in pasts]
        point = np.concatenate(
            [seasonal_naive(past[None], task.horizon, task.mase_season) for past in filled]
        )
        quantiles = np.repeat(point[:, :, None], len(QUANTILES), axis=2)
        measured = score_task(task, point, quantiles, 0.0).mase
        proofs.append(Proof(task.name, task.published["seasonal_naive"].mase, measured))
    return proofs


def score_task(task: RollingTask, point: Floats, quantiles: Floats, milliseconds: float) -> Scores:
    """Score the forecasts of all w windows: `point` (w, horizon), `quantiles` (w, horizon, 9).

    MASE divides every absolute error by the scale of its window. GIFT-Eval averages over all steps
    of all windows, fev-bench over the steps of each window and then over the windows. CRPS is twice
    the pinball loss divided by the sum of |y|, SQL is twice the pinball loss divided by the scale
    of the window, both averaged over the nine levels. Missing values in the future do not count.
    """
    seen = ~np.isnan(task.future)
    scales = task.scales()
    errors = np.where(seen, np.abs(task.future - point), 0.0)
    levels = np.array(QUANTILES)
    below = np.where(seen[..., None], task.future[..., None] - quantiles, 0.0)
    pinball = 2 * np.maximum(levels * below, (levels - 1) * below).mean(axis=2)
    counts = seen.sum(axis=1)
    by_window = np.divide(
        errors.sum(axis=1), counts * scales, where=counts > 0, out=scales * np.nan
    )
    if task.rule == "gift":
        mase = float((errors / scales[:, None]).sum() / seen.sum())
        quantile_score = float(pinball.sum() / np.nansum(np.abs(task.future)))
    else:
        mase = float(np.nanmean(by_window))
        scaled = pinball.sum(axis=1)[counts > 0] / (counts * scales)[counts > 0]
        quantile_score = float(scaled.mean())
    inside = (task.future >= quantiles[..., 0]) & (task.future <= quantiles[..., -1])
    return Scores(
        mase=mase,
        wql=quantile_score,
        coverage_80=float(inside[seen].mean()),
        milliseconds=milliseconds,
        mase_by_series=by_window,
    )

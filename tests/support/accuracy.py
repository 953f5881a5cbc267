"""Small sets for the benchmark of accuracy, and a way to run it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.accuracy.scores import Forecasts
from benchmarks.accuracy.sets import EvaluationSet, Published, Rule
from forecasting.series.series import Series
from tests.support.service import ROOT

HORIZON = 4
SEASONAL_NAIVE_MASE = 1.0
"""The mean over the two series of `data`, which have 0.5 and 1.5; see `write_data`."""


def write_data(folder: Path, mase: float = SEASONAL_NAIVE_MASE) -> Path:
    """Write a set of two series with season length 4; each season is 2 higher than the last.

    Within the past, seasonal naive is off by 2 everywhere. In the future it is off by 1 in the
    first series and by 3 in the second, so its MASE is 0.5 and 1.5.
    """
    past = np.tile([10.0, 20.0, 30.0, 15.0], 6) + 2 * np.repeat(np.arange(6.0), 4)
    rows = [
        {"unique_id": name, "ds": position, "y": y}
        for name, rise in (("a", 1.0), ("b", 3.0))
        for position, y in enumerate([*past, *(past[-4:] + rise)])
    ]
    folder.mkdir(exist_ok=True)
    pd.DataFrame(rows).to_parquet(folder / "made.parquet")
    entry = {
        "name": "made",
        "frequency": "QS",
        "horizon": HORIZON,
        "mase_season": 4,
        "season_length": 4,
        "published": {
            "seasonal_naive": {"mase": mase, "wql": 0.1},
            "theta": {"mase": 0.8, "wql": 0.08},
            "own_theta_m4": {"mase": 0.7, "wql": 0.07},
        },
    }
    (folder / "datasets.json").write_text(json.dumps([entry]))
    return folder


def write_rolling(folder: Path, *, rule: str, missing: int = 0) -> Path:
    """Write a task of one daily series that rises by 1 a day; its last value is 9 too high."""
    values = np.arange(30.0)
    values[-1] += 9
    values[:missing] = np.nan
    days = pd.date_range("2024-01-01", periods=30)
    folder.mkdir(exist_ok=True)
    frame = pd.DataFrame({"unique_id": "a", "ds": days, "y": values})
    frame.to_parquet(folder / "daily.parquet")
    entry = {
        "name": "daily",
        "horizon": 4,
        "windows": 2,
        "step": 4,
        "season_length": 7,
        "mase_season": 1,
        "norm": rule,
        "published": {"seasonal_naive": {"mase": (2 * 10 + 9) / 8, "crps": 0.1}},
    }
    (folder / "datasets.json").write_text(json.dumps([entry]))
    return folder


def bench(*options: str | Path, baselines: bool = False) -> subprocess.CompletedProcess[str]:
    without = [] if baselines else ["--without-baselines"]
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.accuracy", *without, *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def made(
    past: list[list[float]], future: list[list[float]], rule: Rule = "chronos"
) -> EvaluationSet:
    return EvaluationSet(
        name="made",
        rule=rule,
        horizon=len(future[0]),
        mase_season=1,
        season_length=1,
        published={"seasonal_naive": Published(mase=1, wql=1)},
        ids=[str(position) for position in range(len(past))],
        pasts=[Series.from_values(values) for values in past],
        future=np.array(future),
    )


def forecasts(point: list[list[float]], spread: float) -> Forecasts:
    """Make quantiles evenly spread around the point forecast: 0.1 lies 4 × `spread` below it."""
    centre = np.array(point)
    offsets = spread * np.arange(-4, 5)
    return Forecasts(centre, centre[:, :, None] + offsets, seconds=0.5)

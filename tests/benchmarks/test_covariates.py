"""The benchmark of covariates reads files as people have them, and scores every method."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.covariates.__main__ import main
from benchmarks.covariates.tasks import read_tasks


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    hours = pd.date_range("2024-01-01", periods=24 * 70, freq="h")
    rain = rng.random(hours.size) < 0.2
    usual = 100 + 40 * np.sin(2 * np.pi * np.arange(hours.size) / 24)
    walkers = usual * np.where(rain, 0.5, 1.0) + rng.normal(0, 3, hours.size)
    weather = np.where(rain, "rain", "dry")
    table = pd.DataFrame({"unique_id": "w", "ds": hours, "y": walkers, "weather": weather})
    table.drop(index=100).to_csv(tmp_path / "walkers.csv", index=False)
    table[["unique_id", "ds", "y"]].to_csv(tmp_path / "plain.csv", index=False)
    return tmp_path


def test_tasks_have_the_covariates_of_every_step(data: Path) -> None:
    (task,) = read_tasks(data, windows=2)
    assert (task.name, task.season_length, task.horizon) == ("walkers", 24, 48)
    covariates = task.series.covariates
    assert covariates is not None
    assert covariates.names == ("weather=dry", "weather=rain")
    assert np.isnan(covariates.past[100]).all()
    assert np.isfinite(np.delete(covariates.past, 100, axis=0)).all()
    assert task.cutoffs[-1] == task.series.values.size - 48


def test_the_table_shows_what_covariates_gain(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--data", str(data), "--windows", "3", "--without-arima", "--epochs", "1"])
    rows = [line.split("|") for line in capsys.readouterr().out.splitlines()[2:]]
    scores = {row[2].strip(" *"): float(row[3]) for row in rows}
    with_covariates = next(score for name, score in scores.items() if "with covariates" in name)
    without = next(score for name, score in scores.items() if "without" in name)
    assert len(scores) == 5
    assert with_covariates < 0.6 * without

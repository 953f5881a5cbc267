"""The benchmark of covariates reads files as people have them, and scores every method."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.covariates.__main__ import main
from benchmarks.covariates.tasks import read_tasks
from tests.support.accuracy import write_data


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


def test_the_tables_show_what_covariates_gain_and_that_noise_does_no_harm(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    public_sets = write_data(tmp_path / "public")
    options = ["--windows", "3", "--without-arima", "--epochs", "1", "--public", str(public_sets)]
    main(["--data", str(data), *options])
    gains, noise, cost = (
        [[cell.strip(" *") for cell in line.split("|")] for line in table.splitlines()[2:]]
        for table in capsys.readouterr().out.split("\n\n")
    )
    scores = {row[2]: float(row[3]) for row in gains}
    zero_shot = {name: score for name, score in scores.items() if name.startswith("zero-shot")}
    without, with_covariates, with_noise = zero_shot.values()
    assert len(scores) == 6
    assert with_covariates < 0.6 * without
    assert with_noise == without
    assert [(row[1], row[5]) for row in noise] == [("made", "+0.00%")]
    assert [row[1] for row in cost] == ["none", "three"]

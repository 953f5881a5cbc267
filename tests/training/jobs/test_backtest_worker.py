"""Backtests that run as jobs, here in this process: what they train, and what they write."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from forecasting.evaluation.backtest import BacktestPlan
from forecasting.jobs.fit_options import FitOptions
from forecasting.jobs.job_folder import JobFolder
from forecasting.jobs.job_spec import BacktestSpec
from forecasting.networks.recipe import RECIPES, Recipe
from forecasting.prediction.bounds import ANY
from forecasting.prediction.pipeline import finish, prepare, run_network
from forecasting.series.series import Series
from forecasting.store.loader import load_version
from forecasting.store.store import ModelStore
from tests.support.tiny_models import PASSENGERS, TINY, publish_copy, write_long
from training.dataset import read_dataset
from training.jobs.worker import run_job
from training.pipeline import run_fit
from training.progress import JsonLines

pytestmark = pytest.mark.usefixtures("not_compiled")
FINE_TUNE = RECIPES["fine-tune"].model_copy(update={"epochs": 1, "horizon": 4, "season_length": 4})
AUTO = RECIPES["auto"].model_copy(update={"horizon": 4, "season_length": 4})
VALUES = [float(y) for y in PASSENGERS]
LEVEL = {"80": (0.1, 0.9)}


@pytest.fixture
def store(trained_store: Path, tmp_path: Path) -> ModelStore:
    return ModelStore(shutil.copytree(trained_store, tmp_path / "store"))


def run(
    folder: Path, store: ModelStore, windows: int, capsys: pytest.CaptureFixture[str]
) -> list[dict[str, Any]]:
    """Run a job that refits version 1 of the model `mine`, and return its events."""
    job = JobFolder(folder / "job")
    spec = BacktestSpec(
        id="job",
        model="mine",
        store=store.location,
        version=1,
        refit=True,
        season_lengths=(4,),
        bounds=(ANY,),
        plan=BacktestPlan(horizon=6, windows=windows, step=5),
        intervals=LEVEL,
        forecasts=True,
    )
    job.create(spec, [Series.from_values(VALUES)])
    job.permit("1")
    capsys.readouterr()
    run_job(job, "1")
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    ("recipe", "windows"),
    [(TINY, 2), (FINE_TUNE, 1), (AUTO, 1)],
    ids=["new", "tuned", "searched"],
)
def test_the_last_window_is_forecast_by_what_training_at_its_cutoff_makes(
    store: ModelStore,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    recipe: Recipe,
    windows: int,
) -> None:
    past = VALUES[:-6]
    file = write_long(tmp_path / "past.csv", [*past])
    options = FitOptions(model="then", recipe=recipe, seed=3)
    then = run_fit(options, read_dataset(file), store, JsonLines())
    publish_copy(
        store,
        "mine",
        of=Path(store.location, "tiny", "1"),
        recipe=then.recipe,
        seed=3,
        parent=then.parent,
        signature=then.signature,
    )
    events = run(tmp_path, store, windows, capsys)
    done = [event.get("window") for event in events]
    assert done == [*range(windows + 1), None]
    assert events[-1] == {"event": "finished"}

    result = json.loads(JobFolder(tmp_path / "job").result.read_bytes())
    forecast = result["series"][0]["windows"][-1]["forecasts"]["model"]
    forecaster = load_version(store, "then", 1).forecaster
    plan = prepare(
        [Series.from_values(past)],
        forecaster.signature,
        horizon=6,
        quantiles=(0.1, 0.9),
        season_lengths=[4],
    )
    expected = finish(plan, run_network(plan, forecaster)).forecast
    assert forecast["point"] == pytest.approx(expected.point[0].tolist(), rel=1e-4)
    for name, quantile in (("lower", 0), ("upper", 1)):
        bound = expected.quantiles[0, :, quantile].tolist()
        assert forecast["intervals"]["80"][name] == pytest.approx(bound, rel=1e-4)


def test_a_version_deleted_while_its_backtest_waits_ends_it_with_the_reason(
    store: ModelStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (event,) = run(tmp_path, store, 1, capsys)
    assert (event["event"], event["code"]) == ("failed", "model_not_found")
    assert not JobFolder(tmp_path / "job").result.exists()

"""Pretraining as a user runs it, in a real process that is killed and started again."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from forecasting.errors import DataFileError, RecipeError
from forecasting.store.loader import load_version
from forecasting.store.store import ModelStore
from tests.support.service import ROOT
from training.pretraining.checkpoint import RunFolder
from training.pretraining.config import CONFIGS, PretrainConfig, read_config

pytestmark = pytest.mark.slow

# XLA compiles as ever, but spends no seconds on machine code for so few steps.
QUICKLY = os.environ | {"XLA_FLAGS": "--xla_backend_optimization_level=0"}


def tiny_and_larger() -> PretrainConfig:
    tiny = CONFIGS["tiny"]
    network = tiny.network.model_copy(update={"units": 24})
    larger = tiny.model_copy(update={"network": network, "steps": 15})
    return tiny.model_copy(update={"larger": larger})


def command(folder: Path, *arguments: object) -> list[str]:
    config = folder / "config.json"
    config.write_text(tiny_and_larger().model_dump_json())
    options = ("pretrain", "--config", config, "--run", folder / "run", "--store", folder / "store")
    return [sys.executable, "-m", "training", *map(str, (*options, *arguments))]


@pytest.fixture(scope="module")
def resumed(
    tmp_path_factory: pytest.TempPathFactory, training_folder: Path, public_folder: Path
) -> Path:
    """A folder with the run and the store of a pretraining that was killed and then resumed."""
    folder = tmp_path_factory.mktemp("pretraining")
    data = ("--data", training_folder, "--scored-on", public_folder, "--progress", "json")
    first = command(folder, *data, "--steps", 30)
    with subprocess.Popen(first, cwd=ROOT, env=QUICKLY, stdout=subprocess.DEVNULL) as child:
        while child.poll() is None and not (folder / "run" / "steps-30").exists():
            time.sleep(0.01)
        child.send_signal(signal.SIGKILL)
    assert not (folder / "store" / "zero-shot").exists() or not ModelStore(
        folder / "store"
    ).versions("zero-shot")
    done = subprocess.run(
        command(folder, *data),
        cwd=ROOT,
        env=QUICKLY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (folder / "events.jsonl").write_text(done.stdout)
    return folder


def test_a_killed_run_goes_on_from_its_checkpoint(resumed: Path) -> None:
    events = [json.loads(line) for line in (resumed / "events.jsonl").read_text().splitlines()]
    assert [event.get("epoch") for event in events] == [45, 60, 15, None]
    assert events[-1]["event"] == "published"
    assert [path.name for path in sorted((resumed / "run").glob("steps-*"))] == ["steps-60"]


def test_the_published_version_forecasts_series_that_it_never_saw(resumed: Path) -> None:
    version = load_version(ModelStore(resumed / "store"), "zero-shot", 1)
    manifest = version.manifest
    assert {"model.keras", "model.onnx", "larger.onnx", "scaler.pkl"} == manifest.files.keys()
    assert manifest.onnx_difference is not None
    assert manifest.onnx_difference < 1e-4
    assert manifest.recipe is not None
    assert manifest.recipe["steps"] == 60
    assert manifest.recipe["network"]["spread"].keys() == {"1", "4", "7", "12", "24", "52"}
    assert manifest.recipe["network"]["spread"] != manifest.recipe["larger"]["network"]["spread"]
    assert manifest.public_scores is not None
    scores = manifest.public_scores["quarters"]
    assert scores.windows == 20
    assert scores.model.mase is not None
    time = np.arange(30)
    series = [np.sin(time * np.pi / 2) * 100 + 1e6, np.arange(5.0)]
    for lengths in ([4, 1], None):
        forecast = version.forecaster.forecast(series, 20, (0.1, 0.9), lengths)
        assert forecast.point.shape == (2, 20)
        assert (np.diff(forecast.quantiles, axis=-1) >= 0).all()
    assert np.abs(forecast.point[0] - 1e6).max() < 1000
    assert version.forecaster.load_larger is not None
    larger = version.forecaster.load_larger()
    assert larger is version.forecaster.load_larger()
    assert larger.forecast(series, 20).point != pytest.approx(forecast.point, rel=1e-9)


def test_a_run_begun_with_another_configuration_is_refused(tmp_path: Path) -> None:
    RunFolder(tmp_path, CONFIGS["tiny"])
    RunFolder(tmp_path, CONFIGS["tiny"].model_copy(update={"steps": 5}))
    with pytest.raises(DataFileError, match="another configuration"):
        RunFolder(tmp_path, CONFIGS["tiny"].model_copy(update={"seed": 1}))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"steps": 0}', "steps"),
        ('{"network": {"patch_length": 7}}', "patch_length"),
        ('{"batch_size": 9000}', "block_size"),
        ('{"larger": {"network": {"horizon": 8}}}', "larger"),
        ('{"larger": {"larger": {}}}', r"larger\.larger"),
        ("{", "readable JSON"),
    ],
)
def test_a_configuration_that_makes_no_sense_is_refused(
    tmp_path: Path, text: str, reason: str
) -> None:
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(RecipeError, match=reason):
        read_config(str(path))


def test_an_unknown_configuration_is_refused() -> None:
    with pytest.raises(RecipeError, match="neither full nor tiny"):
        read_config("huge")

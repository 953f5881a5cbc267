"""The shipped models are sound, and beat seasonal naive on data that their fit never saw."""

from pathlib import Path

import numpy as np
import pytest

from forecasting.networks.runtime import KerasRuntime, load_keras
from forecasting.store.loader import load_version
from forecasting.store.manifest import NETWORK
from forecasting.store.store import ModelStore
from tests.support.service import ROOT

STORE = ModelStore(ROOT / "model_store")


@pytest.mark.parametrize("model", ["airline-passengers", "sine"])
def test_a_shipped_model_loads_and_beats_seasonal_naive(model: str) -> None:
    version = load_version(STORE, model, STORE.versions(model)[-1])
    evaluation = version.manifest.evaluation
    assert evaluation is not None
    assert evaluation.model.mase is not None
    assert evaluation.seasonal_naive.mase is not None
    assert evaluation.model.mase < evaluation.seasonal_naive.mase


@pytest.mark.parametrize("version", STORE.versions("zero-shot"))
def test_the_zero_shot_model_beats_the_last_season_on_every_public_set(version: int) -> None:
    manifest = load_version(STORE, "zero-shot", version).manifest
    assert manifest.public_scores
    for name, scores in manifest.public_scores.items():
        assert scores.model.mase is not None
        assert scores.seasonal_naive.mase is not None
        assert scores.model.mase < 0.9 * scores.seasonal_naive.mase, name


@pytest.mark.parametrize(
    ("model", "number"),
    [(model, number) for model in STORE.models() for number in STORE.versions(model)],
)
def test_the_network_opens_again_and_says_what_is_served(model: str, number: int) -> None:
    version = load_version(STORE, model, number)
    signature = version.manifest.signature
    network = KerasRuntime(load_keras(Path(STORE.location, model, str(number)) / NETWORK))
    shape = (4, signature.context_length, signature.channels)
    inputs = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    inputs[:, :, 1:2] = 1
    served = version.forecaster.runtime.run(inputs)
    np.testing.assert_allclose(served, network.run(inputs), atol=1e-4 * np.abs(served).max())


def test_the_shipped_networks_are_small() -> None:
    for model in STORE.models():
        for version in STORE.versions(model):
            files = STORE.manifest(model, version).files
            assert sum(entry.size for entry in files.values()) < 16 * 2**20


def test_nothing_shipped_is_broken() -> None:
    assert set(STORE.models()) == {"airline-passengers", "sine", "zero-shot"}
    for model in STORE.models():
        for version in STORE.versions(model):
            STORE.manifest(model, version)

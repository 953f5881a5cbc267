"""What the project ships is sound, and beats seasonal naive on data that its fit never saw."""

import pytest

from forecasting.store import ModelStore
from forecasting.version import load_version
from tests.running import ROOT

STORE = ModelStore(ROOT / "model_store")


@pytest.mark.parametrize("model", ["airline-passengers", "sine"])
def test_a_shipped_model_loads_and_beats_seasonal_naive(model: str) -> None:
    version = load_version(STORE, model, STORE.versions(model)[-1])
    evaluation = version.manifest.evaluation
    assert evaluation is not None
    assert evaluation.model.mase is not None
    assert evaluation.seasonal_naive.mase is not None
    assert evaluation.model.mase < evaluation.seasonal_naive.mase


def test_nothing_shipped_is_broken() -> None:
    assert set(STORE.models()) == {"airline-passengers", "sine"}
    for model in STORE.models():
        for version in STORE.versions(model):
            STORE.manifest(model, version)

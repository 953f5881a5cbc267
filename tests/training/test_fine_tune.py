"""Fine-tuning a version that exists."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from forecasting.errors import RecipeError
from forecasting.jobs.fit_options import FitOptions
from forecasting.networks.recipe import choose_recipe
from forecasting.store.lifecycle import delete_version
from forecasting.store.loader import load_version
from forecasting.store.manifest import Manifest, Parent
from forecasting.store.store import ModelStore
from tests.support.tiny_models import PASSENGERS, write_long
from training.dataset import read_dataset
from training.pipeline import run_fit
from training.progress import JsonLines, Progress


class Deleting(JsonLines):
    """Deletes version 1 of `tiny` after the first epoch, as a pruning may."""

    def __init__(self, store: ModelStore) -> None:
        super().__init__()
        self._store = store

    def epoch(self, epoch: int, epochs: int, loss: float, val_loss: float) -> None:
        if epoch == 1:
            delete_version(self._store, "tiny", 1, by="cli")
        super().epoch(epoch, epochs, loss, val_loss)


def fine_tune(
    store: ModelStore,
    folder: Path,
    base: str,
    progress: Progress | None = None,
    **changes: object,
) -> Manifest:
    recipe = choose_recipe(None, base).model_copy(update={"epochs": 3})
    file = write_long(folder / "passengers.csv", [*PASSENGERS])
    options = FitOptions.model_validate(
        {"model": "tuned", "recipe": recipe, "horizon": 4} | changes
    )
    return run_fit(options, read_dataset(file), store, progress or JsonLines())


@pytest.fixture
def store(trained_store: Path, tmp_path: Path) -> ModelStore:
    return ModelStore(shutil.copytree(trained_store, tmp_path / "store"))


def test_a_network_for_any_series_becomes_one_for_these(store: ModelStore, tmp_path: Path) -> None:
    manifest = fine_tune(store, tmp_path, "zero-shot")
    assert manifest.parent == Parent(model="zero-shot", version=1)
    assert (manifest.signature.horizon, manifest.signature.season_length) == (4, 12)
    assert manifest.evaluation is not None
    assert manifest.evaluation.base is not None
    assert manifest.evaluation.base.mase is not None
    assert manifest.evaluation.model.mase is not None
    assert manifest.evaluation.model.mase <= 1.05 * manifest.evaluation.base.mase
    forecaster = load_version(store, "tuned", 1).forecaster
    assert forecaster.forecast([np.array(PASSENGERS, float)], 6, (0.1, 0.9)).point.shape == (1, 6)


@pytest.mark.usefixtures("not_compiled")
def test_any_trained_version_can_go_on(store: ModelStore, tmp_path: Path) -> None:
    manifest = fine_tune(store, tmp_path, "tiny/1")
    assert manifest.parent == Parent(model="tiny", version=1)
    again = fine_tune(store, tmp_path, "tuned")
    assert again.parent == Parent(model="tuned", version=1)


@pytest.mark.usefixtures("not_compiled")
def test_nothing_is_lost_if_the_base_is_deleted_meanwhile(
    store: ModelStore, tmp_path: Path
) -> None:
    manifest = fine_tune(store, tmp_path, "tiny/1", Deleting(store))
    assert store.versions("tiny") == [2]
    assert manifest.parent == Parent(model="tiny", version=1)
    assert manifest.evaluation is not None
    assert manifest.evaluation.base is None


@pytest.mark.usefixtures("not_compiled")
def test_a_base_whose_network_learns_nothing_stays_as_it_was(
    store: ModelStore, tmp_path: Path
) -> None:
    recipe = choose_recipe(None, "tiny").model_copy(update={"learning_rate": 1.0, "epochs": 1})
    manifest = fine_tune(store, tmp_path, "tiny", recipe=recipe)
    assert manifest.evaluation is not None
    assert manifest.evaluation.base == manifest.evaluation.model


@pytest.mark.parametrize(
    ("base", "horizon", "code"),
    [
        ("gone", 4, "base_not_found"),
        ("tiny/9", 4, "base_not_found"),
        ("tiny", 5, "horizon_beyond_base"),
    ],
)
def test_refuses_a_base_that_cannot_be_one(
    store: ModelStore, tmp_path: Path, base: str, horizon: int, code: str
) -> None:
    with pytest.raises(RecipeError) as refused:
        fine_tune(store, tmp_path, base, horizon=horizon)
    assert refused.value.code == code
    assert store.versions("tuned") == []

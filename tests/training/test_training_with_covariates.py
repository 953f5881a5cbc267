"""Training on series with covariates, from series to a version that is loaded and trained again."""

from dataclasses import replace

import numpy as np
import pytest

from forecasting.jobs.fit_options import FitOptions
from forecasting.jobs.refit import refit_recipe
from forecasting.networks.recipe import Recipe
from forecasting.networks.runtime import OnnxRuntime
from forecasting.prediction.pipeline import finish, prepare, run_network
from forecasting.series.series import Series
from forecasting.store.loader import load_version
from forecasting.store.manifest import Manifest
from forecasting.store.store import ModelStore
from forecasting.types import Floats
from tests.support.covariate_series import TINY_WITH_COVARIATES, series_with_covariates
from training.dataset import Dataset
from training.fitting.train import train_network
from training.pipeline import run_fit
from training.progress import JsonLines

DATA = Dataset((series_with_covariates(ahead=0), series_with_covariates(90, 0, seed=1)))


def publish(store: ModelStore, model: str, recipe: Recipe, horizon: int) -> Manifest:
    options = FitOptions(model=model, recipe=recipe, horizon=horizon)
    return run_fit(options, DATA, store, JsonLines())


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> ModelStore:
    store = ModelStore(tmp_path_factory.mktemp("store"))
    publish(store, "shop", TINY_WITH_COVARIATES, 4)
    return store


def forecast(store: ModelStore, model: str, series: Series, horizon: int) -> Floats:
    forecaster = load_version(store, model, 1).forecaster
    plan = prepare([series], forecaster.signature, horizon=horizon)
    return finish(plan, run_network(plan, forecaster)).forecast.point


def test_a_version_is_scored_and_loaded_with_its_covariates(store: ModelStore) -> None:
    version = load_version(store, "shop", 1)
    evaluation = version.manifest.evaluation
    assert isinstance(version.forecaster.runtime, OnnxRuntime)
    assert [item.name for item in version.manifest.signature.covariates] == [
        "price",
        "weather",
        "visits",
        "region",
    ]
    assert evaluation is not None
    assert evaluation.model.mase is not None
    assert evaluation.seasonal_naive.mase is not None
    assert evaluation.model.mase < 0.8 * evaluation.seasonal_naive.mase


def test_a_version_is_trained_again_on_what_was_known_at_a_cutoff(store: ModelStore) -> None:
    recipe = refit_recipe(store.manifest("shop", 1)).model_copy(update={"epochs": 1})
    known = [item.before(80, 4) for item in DATA.series]
    pasts = [replace(item, id=str(number)) for number, item in enumerate(known)]
    fitted, _ = train_network(Dataset(tuple(pasts)), recipe, seed=0, on_epoch=lambda *_: None)
    assert fitted.signature.covariates == store.manifest("shop", 1).signature.covariates


def test_a_version_with_covariates_goes_on_with_a_shorter_horizon(store: ModelStore) -> None:
    recipe = Recipe(base="shop/1", epochs=1, learning_rate=1e-5)
    tuned = publish(store, "tuned", recipe, 2)
    assert tuned.parent is not None
    assert tuned.signature.horizon == 2
    series = series_with_covariates()
    base, further = (forecast(store, model, series, 2) for model in ("shop", "tuned"))
    np.testing.assert_allclose(further, base, rtol=0.02)


def test_a_short_series_that_came_later_is_forecast_by_what_others_taught(
    store: ModelStore,
) -> None:
    known, whole = (series_with_covariates(count, 16 - count, seed=7) for count in (12, 16))
    found = forecast(store, "shop", replace(known, static={"region": "west"}), 4)[0]
    errors, seasonal_naive = (
        np.abs(whole.values[12:] - guess).mean() for guess in (found, known.values[8:])
    )
    assert errors < 0.8 * seasonal_naive

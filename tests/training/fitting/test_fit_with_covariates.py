"""A network with covariates: what it learns from, and what its forecasts follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forecasting.errors import RecipeError
from forecasting.jobs.fit_options import FitOptions, resolve_recipe
from forecasting.networks.beside import Beside
from forecasting.networks.recipe import Recipe
from forecasting.networks.runtime import KerasRuntime, OnnxRuntime
from forecasting.networks.signature import Signature
from forecasting.prediction.forecaster import Forecast, Forecaster
from forecasting.prediction.pipeline import finish, prepare, run_network
from forecasting.series.covariates import Covariates
from forecasting.series.series import Series
from forecasting.store.scaler_pickle import check_scaler, dump_scaler, load_scaler
from forecasting.types import Floats, NetworkFloats
from tests.support.covariate_series import TINY_WITH_COVARIATES, series_with_covariates
from training.dataset import Dataset
from training.fitting.fit import FittedNetwork, fit_covariate_scaler, fit_scaler, recipe_signature
from training.fitting.split import split
from training.fitting.train import train_network
from training.fitting.window_arrays import training_arrays
from training.onnx_export import compile_network

DATA = Dataset((series_with_covariates(), series_with_covariates(90, seed=1)))


def train(recipe: Recipe, data: Dataset = DATA) -> FittedNetwork:
    plan = resolve_recipe(FitOptions(model="m", recipe=recipe), data.series, None)
    fitted, _ = train_network(data, plan, seed=0, on_epoch=lambda *_: None)
    return fitted


@pytest.fixture(scope="module")
def fitted() -> FittedNetwork:
    return train(TINY_WITH_COVARIATES)


def forecast(forecaster: Forecaster, series: Sequence[Series], horizon: int = 4) -> Forecast:
    plan = prepare(series, forecaster.signature, horizon=horizon, quantiles=(0.1, 0.9))
    return finish(plan, run_network(plan, forecaster)).forecast


def with_column(series: Series, name: str, *, past: Any = None, ahead: Any = None) -> Series:
    """Return a series with other values of a covariate, whose first and last are given."""
    given = series.covariates
    assert given is not None
    place = given.names.index(name)
    own_past, own_ahead = given.past.copy(), given.ahead.copy()
    if past is not None:
        own_past[past[0] :, place] = past[1]
    if ahead is not None:
        own_ahead[:, place] = ahead
    return replace(series, covariates=replace(given, past=own_past, ahead=own_ahead))


def test_forecasts_follow_what_is_known_ahead(fitted: FittedNetwork) -> None:
    series = series_with_covariates()
    cheap, dear = (with_column(series, "price", ahead=price) for price in (6.0, 14.0))
    low, high = forecast(fitted.forecaster, [dear, cheap]).point
    assert (high - low > 8).all()  # 16 is what the series are made with


@pytest.mark.parametrize("horizon", [2, 9])
def test_other_horizons_than_that_of_the_network(fitted: FittedNetwork, horizon: int) -> None:
    series = series_with_covariates(ahead=9)
    whole = forecast(fitted.forecaster, [series], 9)
    shorter = forecast(fitted.forecaster, [series.before(120, horizon), series], horizon)
    np.testing.assert_allclose(shorter.point, np.tile(whole.point[:, :horizon], (2, 1)), rtol=1e-5)
    widths = whole.quantiles[0, :, 1] - whole.quantiles[0, :, 0]
    assert widths[4:8].mean() > widths[:4].mean()


def learned_from(data: Dataset, recipe: Recipe) -> list[Floats | NetworkFloats]:
    """Return all that a network and its scaler learn from, and stop by."""
    plan = resolve_recipe(FitOptions(model="m", recipe=recipe), data.series, None)
    parts = split(data, plan)
    signature = recipe_signature(plan, data, parts)
    scaler = fit_covariate_scaler(fit_scaler(data, parts, plan), data, parts, signature)
    return [
        scaler.means,
        scaler.deviations,
        *training_arrays(parts.train.spread(len(parts.train)), scaler, signature),
    ]


def test_nothing_after_the_training_part_is_learned_from() -> None:
    series = series_with_covariates(ahead=0)
    recipe = TINY_WITH_COVARIATES.model_copy(update={"scaler": "standard"})
    end = 77  # 120 values: 24 for the scores, 19 of the others to stop by
    changed = with_column(series, "price", past=(end, 1e6))
    changed = with_column(changed, "visits", past=(end, -1e6))
    changed = replace(changed, values=np.r_[series.values[:end], np.full(43, 1e6)])
    for clean, other in zip(
        learned_from(Dataset((series,)), recipe),
        learned_from(Dataset((changed,)), recipe),
        strict=True,
    ):
        np.testing.assert_array_equal(clean, other)


def inputs_look_ahead(window: Any) -> bool:
    """Return whether a network sees what comes of a past covariate after the cutoff."""
    clean = series_with_covariates(ahead=0)
    changed = with_column(clean, "visits", past=(60, 99.0))
    signature = _signature(clean)
    first, second = (window(Beside.of(item, signature)) for item in (clean, changed))
    return bool((first != second).any())


def test_a_past_covariate_is_not_seen_beyond_the_cutoff() -> None:
    assert not inputs_look_ahead(lambda beside: beside.window(60, 8, 4))


def test_the_check_catches_a_planted_leak() -> None:
    assert inputs_look_ahead(lambda beside: beside.columns[52:64])
    assert inputs_look_ahead(lambda beside: beside.window(61, 9, 3))


def test_later_past_covariates_change_no_forecast(fitted: FittedNetwork) -> None:
    clean = series_with_covariates(ahead=0)
    changed = with_column(clean, "visits", past=(100, 99.0))
    pasts = [item.before(100, 4) for item in (clean, changed)]
    first, second = forecast(fitted.forecaster, pasts).point
    np.testing.assert_allclose(first, second, rtol=1e-6)


def _signature(series: Series) -> Signature:
    plan = resolve_recipe(FitOptions(model="m", recipe=TINY_WITH_COVARIATES), [series], None)
    data = Dataset((series,))
    return recipe_signature(plan, data, split(data, plan))


@pytest.mark.parametrize("changes", [{}, {"cell": "gru", "units": (4, 3), "loss": "mae"}])
def test_the_compiled_network_gives_what_keras_gives(
    fitted: FittedNetwork, tmp_path: Path, changes: Any
) -> None:
    if changes:
        fitted = train(TINY_WITH_COVARIATES.model_copy(update={"epochs": 1} | changes))
    signature = fitted.signature
    shape = (5, signature.input_steps, signature.channels)
    inputs = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    path = tmp_path / "model.onnx"
    difference = compile_network(
        fitted.network, path, lengths=[signature.input_steps], real_inputs=inputs
    )
    assert difference is not None
    assert difference < 1e-4
    np.testing.assert_allclose(
        OnnxRuntime(path).run(inputs), KerasRuntime(fitted.network).run(inputs), atol=1e-4
    )


def test_the_scaler_comes_back_as_it_was(fitted: FittedNetwork) -> None:
    pickled = dump_scaler(fitted.scaler)
    check_scaler(pickled)
    again = replace(fitted, scaler=load_scaler(pickled))
    series = [series_with_covariates()]
    np.testing.assert_array_equal(
        forecast(again.forecaster, series).point, forecast(fitted.forecaster, series).point
    )


def test_the_signature_says_what_a_series_has_to_bring(fitted: FittedNetwork) -> None:
    signature = fitted.signature
    assert {(item.name, item.role, item.type) for item in signature.covariates} == {
        ("price", "future", "number"),
        ("weather", "future", "category"),
        ("visits", "past", "number"),
        ("region", "static", "category"),
    }
    assert Signature.model_validate_json(signature.model_dump_json()) == signature


def test_a_base_without_covariates_cannot_learn_any() -> None:
    series = series_with_covariates()
    plain = replace(series, covariates=None, static={})
    base = _signature(series).model_copy(update={"covariates": (), "lags": (), "phases": ()})
    options = FitOptions(model="m", recipe=Recipe(base="old"), horizon=4)
    assert resolve_recipe(options, [plain], base).lags is None
    with pytest.raises(RecipeError, match="trained without covariates") as error:
        resolve_recipe(options, [series], base)
    assert (error.value.code, error.value.path) == ("base_without_covariates", ("base",))


def test_missing_covariates_are_forecast_from_as_well(fitted: FittedNetwork) -> None:
    series = series_with_covariates()
    given = series.covariates
    assert given is not None
    past = given.past.copy()
    past[::3] = np.nan
    holes = Covariates(given.names, past, given.ahead, given.known_ahead)
    found = forecast(fitted.forecaster, [replace(series, covariates=holes)]).point
    assert np.abs(found - forecast(fitted.forecaster, [series]).point).max() < 15

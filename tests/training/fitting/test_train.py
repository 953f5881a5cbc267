from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forecasting.jobs.fit_options import FitOptions
from forecasting.networks.recipe import Recipe, ResolvedRecipe, resolve
from forecasting.store.loader import load_version
from forecasting.store.manifest import CALIBRATION
from forecasting.store.store import ModelStore
from forecasting.types import Floats
from tests.support.tiny_models import (
    PASSENGERS,
    TINY,
    publish_mean,
    publish_untrained_zero_shot,
    write_long,
)
from training.dataset import Dataset, read_dataset
from training.evaluation import ScoredWindows
from training.fitting.fit import FittedNetwork, fit
from training.fitting.split import Split, split
from training.fitting.train import calibrate
from training.pipeline import run_fit
from training.progress import JsonLines


def prepared(
    folder: Path, values: list[float | None], recipe: Recipe = TINY
) -> tuple[Dataset, Split, ResolvedRecipe]:
    data = read_dataset(write_long(folder / "data.csv", values))
    plan = resolve(recipe, horizon=None, season_length=12)
    return data, split(data, plan), plan


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> FittedNetwork:
    folder = tmp_path_factory.mktemp("fitted")
    data = read_dataset(write_long(folder / "data.csv", [*PASSENGERS]))
    plan = resolve(TINY, horizon=None, season_length=12)
    return fit(data, split(data, plan), plan, seed=0, on_epoch=lambda *_: None)


def widths(calibrated: FittedNetwork) -> Floats:
    assert calibrated.calibration is not None
    return calibrated.calibration.array()


def test_the_tail_that_is_scored_is_not_calibrated_on(
    fitted: FittedNetwork, tmp_path: Path
) -> None:
    tail = len(PASSENGERS) - round(0.2 * len(PASSENGERS))
    after = [*PASSENGERS[:tail], *(1000.0 * n for n in range(len(PASSENGERS) - tail))]
    before = [*PASSENGERS[: tail - 6], *(1000.0 * n for n in range(6)), *PASSENGERS[tail:]]
    plain, tail_changed, validation_changed = (
        widths(calibrate(fitted, *prepared(tmp_path, [*values])[1:]))
        for values in (PASSENGERS, after, before)
    )
    np.testing.assert_array_equal(plain, tail_changed)
    assert (plain != validation_changed).any()


def test_without_a_validation_part_or_quantiles_nothing_is_calibrated(
    fitted: FittedNetwork, tmp_path: Path
) -> None:
    _, parts, plan = prepared(tmp_path, [*PASSENGERS], TINY.model_copy(update={"patience": None}))
    assert calibrate(fitted, parts, plan).calibration is None
    store = ModelStore(tmp_path / "store")
    assert CALIBRATION not in publish_mean(store, "plain", tmp_path).files
    assert CALIBRATION not in publish_untrained_zero_shot(store, "any").files
    assert load_version(store, "any", 1).forecaster.widths is None


def test_a_version_that_promises_too_much_is_corrected(
    fitted: FittedNetwork, tmp_path: Path
) -> None:
    _, parts, plan = prepared(tmp_path, [*PASSENGERS, *PASSENGERS, *PASSENGERS, *PASSENGERS])
    factors = widths(calibrate(fitted, parts, plan))
    known = fitted.signature.quantiles
    assert known is not None
    assert factors.shape == (4, len(known))
    assert (factors[:, known.index(0.5)] == 1).all()
    assert (factors != 1).any()
    np.testing.assert_array_equal(factors, factors[:, ::-1])


def test_what_is_published_forecasts_as_what_was_scored(tmp_path: Path) -> None:
    file = write_long(tmp_path / "data.csv", [*PASSENGERS])
    store = ModelStore(tmp_path / "store")
    data = read_dataset(file)
    manifest = run_fit(FitOptions(model="m", recipe=TINY), data, store, JsonLines())
    assert CALIBRATION in manifest.files
    served = load_version(store, "m", 1).forecaster
    assert served.widths is not None
    plan = resolve(TINY, horizon=None, season_length=12)
    tail = ScoredWindows.of_tail(data, split(data, plan), 4)
    scored = tail.score(served)
    assert manifest.evaluation is not None
    expected = manifest.evaluation.model
    assert scored.wql == pytest.approx(expected.wql, rel=1e-3)
    raw = tail.score(replace(served, widths=None))
    assert raw.wql != pytest.approx(expected.wql, rel=1e-3)
    assert raw.mase == pytest.approx(expected.mase, rel=1e-3)

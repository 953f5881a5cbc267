"""The recipe `auto`: several candidates are trained, and the best on validation windows is kept."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forecasting.jobs.fit_options import FitOptions
from forecasting.jobs.job_folder import JobFolder
from forecasting.jobs.job_spec import TrainingSpec
from forecasting.networks.recipe import RECIPES, ResolvedRecipe, resolve_from_base
from forecasting.prediction.covariates import removal
from forecasting.prediction.pipeline import finish, prepare, run_network
from forecasting.series.covariates import Covariates
from forecasting.series.series import Series
from forecasting.store.loader import load_version
from forecasting.store.manifest import Manifest, Parent
from forecasting.store.store import ModelStore
from forecasting.types import Floats
from tests.support.tiny_models import PASSENGERS, write_long
from training.auto import pretrained_candidates
from training.auto.search import search
from training.dataset import Dataset, read_dataset
from training.evaluation import ScoredWindows
from training.fitting.base_version import BaseVersion, find_pretrained
from training.fitting.cutoffs import Cutoffs
from training.fitting.trained import TrainedNetwork
from training.jobs.worker import run_job
from training.pipeline import run_fit
from training.progress import JsonLines
from training.report import describe

AUTO = RECIPES["auto"]


def options(**changes: object) -> FitOptions:
    return FitOptions.model_validate({"model": "m", "recipe": AUTO} | changes)


@pytest.fixture(scope="module")
def store(trained_store: Path, tmp_path_factory: pytest.TempPathFactory) -> ModelStore:
    return ModelStore(shutil.copytree(trained_store, tmp_path_factory.mktemp("auto") / "store"))


@pytest.fixture(scope="module")
def base(store: ModelStore) -> BaseVersion:
    found = find_pretrained(store, options())
    assert found is not None
    return found


@pytest.fixture(scope="module")
def recipe(base: BaseVersion) -> ResolvedRecipe:
    return resolve_from_base(AUTO, base.signature, horizon=4, season_length=12)


@pytest.fixture(scope="module")
def published(store: ModelStore, tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """A version that was searched for on the passengers."""
    folder = tmp_path_factory.mktemp("data")
    data = read_dataset(write_long(folder / "passengers.csv", [*PASSENGERS]))
    return run_fit(FitOptions(model="found", recipe=AUTO, horizon=4), data, store, JsonLines())


def find(
    values: Floats, recipe: ResolvedRecipe, base: BaseVersion, lines: list[str] | None = None
) -> TrainedNetwork:
    dataset = Dataset((replace(Series.from_values(values), id="a"),))
    said = [] if lines is None else lines
    return search(dataset, recipe, base, seed=0, on_epoch=lambda *_: None, say=said.append)


def test_the_best_candidate_on_validation_is_published(published: Manifest) -> None:
    candidates = published.candidates
    assert candidates is not None
    assert [one.name for one in candidates] == [
        "zero-shot/1, as it is",
        "zero-shot/1, output layers trained",
    ]
    scores = [one.validation.mase or np.inf for one in candidates]
    assert [one.chosen for one in candidates] == [score == min(scores) for score in scores]
    trained = candidates[1]
    assert trained.rounds
    assert trained.rounds[0].step < trained.rounds[1].step
    assert trained.stopped
    assert published.parent == Parent(model="zero-shot", version=1)
    (line,) = [line for line in describe(published).splitlines() if line.endswith("chosen")]
    assert next(one.name for one in candidates if one.chosen) in line


def test_its_scores_stand_beside_those_of_all_others(published: Manifest) -> None:
    evaluation = published.evaluation
    assert evaluation is not None
    assert evaluation.zero_shot is not None
    assert evaluation.theta is not None
    assert evaluation.base == evaluation.zero_shot
    assert evaluation.horizon == 4


def test_a_network_that_had_learned_nothing_gets_better(published: Manifest) -> None:
    assert published.evaluation is not None
    assert published.evaluation.zero_shot is not None
    ours, theirs = published.evaluation.model.mase, published.evaluation.zero_shot.mase
    assert ours is not None
    assert theirs is not None
    assert ours < theirs
    assert published.promotion is not None
    assert published.promotion.promoted


def test_what_is_published_serves_any_series_of_the_kind(
    store: ModelStore, published: Manifest
) -> None:
    forecaster = load_version(store, "found", published.version).forecaster
    assert forecaster.signature.horizon == 4
    assert forecaster.signature.season_length == 12
    assert forecaster.widths is not None
    young = np.array(PASSENGERS[:5], float)
    assert forecaster.forecast([young], 6, (0.1, 0.9)).quantiles.shape == (1, 6, 2)


def with_promotions(count: int) -> Series:
    """A series with a season of four that sells more on promotions, which are known ahead."""
    rng = np.random.default_rng(0)
    promo = np.append((rng.random(count) < 0.3).astype(float), [1.0, 0.0, 0.0, 1.0])
    values = 50 + 5 * np.sin(np.arange(count) * np.pi / 2) + 20 * promo[:count]
    known = promo.tolist()
    beside = Covariates.from_columns({"promo": known[:count]}, {"promo": known[count:]})
    return Series.from_values(values + rng.normal(size=count), covariates=beside)


def test_what_is_published_goes_by_covariates_as_its_base_does(
    store: ModelStore, published: Manifest
) -> None:
    series = with_promotions(80)
    plan = prepare([series], published.signature, horizon=4, season_lengths=[4])
    assert [note.code for note in plan.series[0].notes] == ["covariates_used"]
    forecaster = load_version(store, "found", published.version).forecaster
    (point,) = finish(plan, run_network(plan, forecaster)).forecast.point
    assert series.covariates is not None
    promo = series.covariates.ahead[:, 0].astype(bool)
    assert point[promo].min() > point[~promo].max()


def test_versions_trained_further_share_what_covariates_explain(
    store: ModelStore, published: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [load_version(store, model, 1).forecaster for model in ("zero-shot", "found")]

    def windows() -> ScoredWindows:
        places = Cutoffs(np.zeros(3, np.int64), np.array([60, 66, 72]))
        dataset = Dataset((with_promotions(80),))
        return ScoredWindows.cut(dataset, places, known={0: 60}, horizon=4, season_length=4)

    alone = [windows().score(forecaster) for forecaster in both]
    shared = windows()
    first = shared.score(both[0])
    monkeypatch.setattr(removal, "explain", None)
    assert [first, shared.score(both[1])] == alone


def test_the_held_out_tail_changes_nothing(recipe: ResolvedRecipe, base: BaseVersion) -> None:
    values = np.array(PASSENGERS, float)
    tail = values.size - round(recipe.test_fraction * values.size)
    other = values.copy()
    other[tail:] = 1000 - other[tail:]
    first, second = find(values, recipe, base), find(other, recipe, base)
    for one, two in zip(
        first.fitted.network.get_weights(), second.fitted.network.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(one, two)
    assert first.fitted.calibration == second.fitted.calibration
    assert (first.tail.targets != second.tail.targets).any()


def test_nothing_is_trained_for_a_handful_of_windows(
    recipe: ResolvedRecipe, base: BaseVersion
) -> None:
    season = 10 * np.sin(np.arange(60) * np.pi / 6)
    values = 100 + season + np.random.default_rng(0).normal(0, 4, 60)
    for count, candidates in ((40, 1), (60, 2)):
        found = find(values[-count:], recipe, base).candidates
        assert found is not None
        assert len(found) == candidates, count


def test_no_candidate_is_begun_after_the_time_limit(
    recipe: ResolvedRecipe, base: BaseVersion
) -> None:
    lines: list[str] = []
    hurried = recipe.model_copy(update={"time_limit_s": 1e-9})
    found = find(np.array(PASSENGERS, float), hurried, base, lines)
    assert found.candidates is not None
    assert [one.chosen for one in found.candidates] == [True]
    assert "no further candidate is trained" in lines[-1]


@pytest.mark.usefixtures("not_compiled")
def test_without_a_pretrained_version_a_new_network_is_trained(
    trained_store: Path, tmp_path: Path
) -> None:
    store = ModelStore(tmp_path / "store")
    assert find_pretrained(store, options()) is None
    data = read_dataset(write_long(tmp_path / "passengers.csv", [*PASSENGERS]))
    quick = AUTO.model_copy(update={"time_limit_s": 0.1})
    manifest = run_fit(FitOptions(model="m", recipe=quick, horizon=2), data, store, JsonLines())
    assert manifest.candidates is not None
    assert [one.name for one in manifest.candidates] == ["new network, lstm"]
    assert manifest.candidates[0].stopped == "the time limit was reached"
    assert manifest.parent is None


def test_a_base_that_was_not_pretrained_or_is_too_short_is_done_without(store: ModelStore) -> None:
    tiny, none = (AUTO.model_copy(update={"base": base}) for base in ("tiny", None))
    assert find_pretrained(store, options(recipe=tiny)) is None
    assert find_pretrained(store, options(recipe=none)) is None
    assert find_pretrained(store, options(horizon=1_000)) is None


@pytest.mark.usefixtures("not_compiled")
def test_a_job_reports_what_it_tried_and_logs_it_in_lines(
    store: ModelStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job = JobFolder(tmp_path / "job")
    spec = TrainingSpec(
        id="job", store=store.location, options=options(model="searched", horizon=4)
    )
    job.create(spec, [Series.from_values(np.array(PASSENGERS, float))])
    job.permit("1")
    assert run_job(job, "1")
    printed = capsys.readouterr()
    *epochs, published = [json.loads(line) for line in printed.out.splitlines()]
    assert {event["event"] for event in epochs} == {"epoch"}
    names = [one["name"] for one in published["candidates"]]
    assert names == ["zero-shot/1, as it is", "zero-shot/1, output layers trained"]
    lines = [line for line in printed.err.splitlines() if line.startswith(tuple(names))]
    assert len(lines) == 2
    assert "; stopped because " in lines[1]


@pytest.mark.parametrize("learning_rate", [1e6, 1e30])
def test_a_training_that_goes_astray_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
    recipe: ResolvedRecipe,
    base: BaseVersion,
    learning_rate: float,
) -> None:
    monkeypatch.setattr(pretrained_candidates, "_LEARNING_RATES", (learning_rate,))
    found = find(np.array(PASSENGERS, float), recipe, base)
    assert found.candidates is not None
    assert [one.chosen for one in found.candidates] == [True, False]
    assert found.candidates[1].settings == {}
    assert all(np.isfinite(weights).all() for weights in found.fitted.network.get_weights())

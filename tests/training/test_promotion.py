"""A new version takes `production` only if it is better, and the reason is written down."""

import re
import shutil
from pathlib import Path

import pytest

from forecasting.errors import BrokenVersionError
from forecasting.jobs.fit_options import FitOptions
from forecasting.networks.recipe import RECIPES, Recipe, resolve
from forecasting.store import lifecycle
from forecasting.store.loader import load_version
from forecasting.store.manifest import Evaluation, Manifest, PromotePolicy, Scores
from forecasting.store.store import ModelStore
from tests.support.tiny_models import PASSENGERS, TINY, publish_copy, publish_mean, write_long
from training import pipeline
from training.dataset import read_dataset
from training.evaluation import ScoredWindows
from training.fitting.split import split
from training.pipeline import JobAttempt, run_fit
from training.progress import JsonLines
from training.promotion import PromotionDecision, compare_with_production, decide

pytestmark = pytest.mark.usefixtures("not_compiled")
IF_BETTER, ALWAYS, NEVER = PromotePolicy


def scored(
    ours: float | None,
    production: float | None,
    naive: float | None = 1.0,
    *,
    zero_shot: float | None = None,
) -> Evaluation:
    return Evaluation(
        windows=1,
        horizon=1,
        season_length=1,
        model=Scores(mase=ours, smape=10),
        seasonal_naive=Scores(mase=naive, smape=20),
        zero_shot=None if zero_shot is None else Scores(mase=zero_shot, smape=10),
        production=None if production is None else Scores(mase=production, smape=5),
    )


@pytest.mark.parametrize(
    ("policy", "incumbent", "evaluation", "problem", "promoted", "reason"),
    [
        (IF_BETTER, None, scored(9, None), None, True, "no version before"),
        (ALWAYS, None, scored(9, None), None, True, "no version before"),
        (NEVER, None, scored(9, None), None, False, "not promoted, as was asked; "),
        (IF_BETTER, 3, scored(0.5, 0.6), None, True, "MASE 0.5, version 3 0.6"),
        (IF_BETTER, 3, scored(0.6, 0.6), None, False, "MASE 0.6, version 3 0.6"),
        (IF_BETTER, 3, scored(0.7, 0.6), None, False, "MASE 0.7, version 3 0.6"),
        (ALWAYS, 3, scored(0.7, 0.6), None, True, "in any case, as was asked; MASE 0.7"),
        (NEVER, 3, scored(0.5, 0.6), None, False, "not promoted, as was asked; MASE 0.5"),
        (IF_BETTER, 3, scored(0.9, None), "it is damaged", True, "(it is damaged); MASE 0.9"),
        (IF_BETTER, 3, scored(1.1, None), "it is damaged", False, "seasonal naive 1"),
        (IF_BETTER, 3, scored(None, 0.6), None, False, "sMAPE 10, version 3 5"),
        (IF_BETTER, 3, None, None, False, "not compared with version 3"),
        (IF_BETTER, 3, scored(0.5, 0.6, zero_shot=0.7), None, True, "zero-shot 0.7"),
        (IF_BETTER, 3, scored(0.5, 0.6, zero_shot=0.4), None, False, "zero-shot is better"),
        (IF_BETTER, None, scored(0.5, None, zero_shot=0.5001), None, False, "zero-shot is as good"),
        (ALWAYS, 3, scored(0.5, 0.6, zero_shot=0.4), None, True, "as was asked; MASE 0.5"),
    ],
)
def test_decisions(
    policy: PromotePolicy,
    incumbent: int | None,
    evaluation: Evaluation | None,
    problem: str | None,
    promoted: bool,
    reason: str,
) -> None:
    decision = decide(policy, incumbent, evaluation, problem)
    assert (decision.policy, decision.incumbent) == (policy, incumbent)
    assert decision.promoted is promoted
    assert reason in decision.reason


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_long(tmp_path / "passengers.csv", [*PASSENGERS])


@pytest.fixture
def store(trained_store: Path, tmp_path: Path) -> ModelStore:
    """A store in which model `m` has one version, of horizon 4, in production."""
    store = ModelStore(tmp_path / "store")
    publish_copy(store, "m", of=trained_store / "tiny" / "1")
    lifecycle.set_alias(store, "m", "production", 1, by="cli")
    return store


def train(
    store: ModelStore,
    data: Path,
    recipe: Recipe = TINY,
    job: str | None = None,
    promote: PromotePolicy = PromotePolicy.IF_BETTER,
    keep: int = 0,
) -> Manifest:
    options = FitOptions(model="m", recipe=recipe, seed=5, promote=promote, keep=keep)
    return run_fit(options, read_dataset(data), store, JsonLines(), JobAttempt(job))


def test_a_win_takes_production_and_a_loss_does_not(store: ModelStore, data: Path) -> None:
    good = TINY.model_copy(update={"epochs": 30, "patience": None})
    won = train(store, data, good, job="a1")
    assert won.promotion is not None
    assert won.evaluation is not None
    assert won.evaluation.production is not None
    assert won.promotion.promoted, won.promotion
    assert won.promotion.incumbent == 1
    assert store.aliases("m") == {"production": 2}
    move = store.aliases_and_history("m")["production"].history[-1]
    assert (move.by, move.reason) == ("job a1", won.promotion.reason)
    lost = train(store, data)
    assert lost.promotion is not None
    assert not lost.promotion.promoted, lost.promotion
    assert store.aliases("m") == {"production": 2}
    assert store.manifest("m", 3) == lost


def test_production_is_scored_as_when_it_was_published(store: ModelStore, data: Path) -> None:
    """On the same windows, the scores of the incumbent are those in its manifest."""
    first = store.manifest("m", 1).evaluation
    second = train(store, data, promote=NEVER).evaluation
    assert first is not None
    assert second is not None
    assert second.production is not None
    for field in ("mase", "smape", "wql", "coverage_80"):
        expected, got = getattr(first.model, field), getattr(second.production, field)
        assert got == pytest.approx(expected, rel=1e-4)
    assert second.seasonal_naive == first.seasonal_naive


def test_production_of_a_shorter_horizon_rolls_and_one_without_quantiles_is_scored(
    tmp_path: Path, data: Path
) -> None:
    store = ModelStore(tmp_path / "store")
    publish_mean(store, "m", tmp_path)
    scores = train(store, data).evaluation
    assert scores is not None
    assert scores.production is not None
    assert scores.horizon == 4
    assert scores.production.wql is not None
    assert scores.production.coverage_80 is None


def test_production_that_needs_a_longer_past_is_scored_with_its_fallback(
    store: ModelStore, data: Path
) -> None:
    long = RECIPES["simple-rnn"].model_copy(
        update={"epochs": 1, "units": (4,), "context_length": 36, "test_fraction": 0.1}
    )
    assert train(store, data, long, promote=ALWAYS).version == 2
    early = TINY.model_copy(update={"test_fraction": 0.5, "context_length": 4, "horizon": 1})
    third = train(store, data, early)
    assert third.evaluation is not None
    assert third.evaluation.production is not None


def test_the_first_version_must_beat_zero_shot(
    trained_store: Path, data: Path, tmp_path: Path
) -> None:
    store = ModelStore(shutil.copytree(trained_store, tmp_path / "store"))
    first = train(store, data)
    assert first.evaluation is not None
    assert first.evaluation.zero_shot is not None
    assert first.promotion is not None
    assert first.promotion.incumbent is None
    assert not first.promotion.promoted
    assert re.search(r"zero-shot is (better|as good), nothing promoted$", first.promotion.reason)
    assert store.default_version("m") == 1


def test_a_broken_production_is_named_as_such(store: ModelStore, data: Path) -> None:
    (Path(store.location, "m", "1") / "model.keras").write_bytes(b"damaged")
    promotion = train(store, data).promotion
    assert promotion is not None
    assert "model.keras is not the file that was published" in promotion.reason


def test_broken_aliases_stop_a_run_before_it_trains(store: ModelStore, data: Path) -> None:
    Path(store.location, "m", "aliases.json").write_text("{")
    with pytest.raises(BrokenVersionError, match=r"aliases\.json"):
        train(store, data)
    assert store.versions("m") == [1]


def test_it_is_compared_again_if_production_has_moved_meanwhile(
    store: ModelStore, data: Path, trained_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_copy(store, "m", of=trained_store / "tiny" / "2")
    incumbents: list[int | None] = []

    def compare_and_move(*arguments: object, **options: object) -> PromotionDecision:
        decision = compare_with_production(*arguments, **options)  # type: ignore[arg-type]  # as given
        incumbents.append(decision.promotion.incumbent)
        if len(incumbents) == 1:
            lifecycle.set_alias(store, "m", "production", 2, by="http")
        return decision

    monkeypatch.setattr(pipeline, "compare_with_production", compare_and_move)
    promotion = train(store, data).promotion
    assert incumbents == [1, 2]
    assert promotion is not None
    assert promotion.incumbent == 2
    assert store.versions("m") == [1, 2, 3]


def test_a_version_has_a_plot_and_old_versions_are_pruned(store: ModelStore, data: Path) -> None:
    manifest = train(store, data, promote=ALWAYS, keep=1)
    assert store.read_file("m", 2, "plot.png").startswith(b"\x89PNG")
    assert "plot.png" in manifest.files
    assert store.versions("m") == [1, 2]
    train(store, data, promote=ALWAYS, keep=1)
    assert store.versions("m") == [2, 3]


def test_each_version_sees_as_much_of_the_past_as_its_own_context_takes(
    trained_store: Path, tmp_path: Path, data: Path
) -> None:
    """A version scores the same on the same windows, even if they were cut for another version."""
    store = ModelStore(shutil.copytree(trained_store, tmp_path / "store"))
    forecaster = load_version(store, "tiny", 1).forecaster
    dataset = read_dataset(data)
    short = resolve(TINY.model_copy(update={"context_length": 8}), horizon=4, season_length=12)
    shorter = split(dataset, short)
    its_split = split(dataset, resolve(TINY, horizon=4, season_length=12))
    assert (shorter.test.cutoffs == its_split.test.cutoffs).all()
    scores = [
        ScoredWindows.of_tail(dataset, parts, 12).score(forecaster)
        for parts in (its_split, shorter)
    ]
    assert scores[0] == scores[1]

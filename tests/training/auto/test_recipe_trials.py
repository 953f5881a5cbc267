"""Tuning: recipes are drawn within bounds, chosen on validation, and scored once on the tail."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forecasting.errors import RecipeError
from forecasting.jobs.fit_options import FitOptions, resolve_recipe
from forecasting.jobs.tuning_options import TuningOptions, choose_tuned_recipe
from forecasting.networks.recipe import RECIPES, Recipe, ResolvedRecipe
from forecasting.series.series import Series
from forecasting.store.store import ModelStore
from forecasting.types import Floats
from tests.support.tiny_models import PASSENGERS, TINY, write_long
from training.auto.recipe_trials import draw_recipes, tune
from training.dataset import Dataset, read_dataset
from training.fitting.trained import TrainedNetwork
from training.pipeline import run_fit
from training.progress import JsonLines

THREE = TuningOptions(trials=3)


def resolved(recipe: Recipe) -> ResolvedRecipe:
    series = [Series.from_values(np.array(PASSENGERS, float))]
    return resolve_recipe(FitOptions(model="m", recipe=recipe, season_length=12), series, None)


def test_recipes_are_drawn_by_the_seed_and_within_bounds() -> None:
    usual = RECIPES["lstm"]
    drawn = draw_recipes(usual, resolved(usual), 30, 0)
    assert drawn == draw_recipes(usual, resolved(usual), 30, 0)
    assert drawn[1:] != draw_recipes(usual, resolved(usual), 30, 1)[1:]
    assert drawn[0] == resolved(usual)
    assert len({recipe.model_dump_json() for recipe in drawn}) == 30
    for recipe in drawn:
        ResolvedRecipe.model_validate(recipe.model_dump())
        assert 0.0003 <= recipe.learning_rate <= 0.01
        assert 12 <= recipe.context_length <= 2 * drawn[0].context_length
    assert {recipe.cell for recipe in drawn} == {"lstm", "gru"}


def test_what_a_recipe_changes_stays() -> None:
    asked = Recipe(units=(8, 8), dropout=0.3, context_length=20)
    for recipe in draw_recipes(asked, resolved(asked), 10, 0):
        assert (recipe.units, recipe.dropout, recipe.context_length) == ((8, 8), 0.3, 20)


@pytest.mark.parametrize(
    ("recipe", "base", "words"),
    [
        ("auto", None, "The recipe 'auto' is a search itself"),
        (None, "zero-shot", "A version that is trained further"),
        ("simple-rnn", None, "The recipe .simple-rnn. has no patience"),
    ],
)
def test_what_cannot_be_tuned_is_refused(recipe: str | None, base: str | None, words: str) -> None:
    with pytest.raises(RecipeError, match=words) as refused:
        choose_tuned_recipe(recipe, base, THREE)
    assert (refused.value.code, refused.value.path) == ("recipe_not_tunable", ("tune",))


@pytest.mark.usefixtures("not_compiled")
def test_the_best_trial_is_published_with_its_recipe(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = read_dataset(write_long(tmp_path / "passengers.csv", [*PASSENGERS]))
    options = FitOptions(model="tuned", recipe=TINY, tune=THREE)
    published = run_fit(options, data, ModelStore(tmp_path / "store"), JsonLines())
    candidates = published.candidates
    assert candidates is not None
    assert len(candidates) == 3
    (chosen,) = [one for one in candidates if one.chosen]
    assert chosen.validation.mase == min(one.validation.mase or np.inf for one in candidates)
    assert published.recipe is not None
    assert published.recipe["learning_rate"] == chosen.settings["learning_rate"]
    assert published.recipe["units"] == [4]
    assert published.evaluation is not None
    epochs = [
        json.loads(line) for line in capsys.readouterr().out.splitlines() if '"epoch"' in line
    ]
    begun = [(event["trial"], event["trials"], event["trials_done"]) for event in epochs]
    assert sorted(set(begun)) == [(1, 3, 0), (2, 3, 1), (3, 3, 2)]


def ignore(*_: object) -> None:
    pass


def tuned(values: Floats, time_limit_s: float = 600) -> TrainedNetwork:
    dataset = Dataset((replace(Series.from_values(values), id="a"),))
    two = TuningOptions(trials=2, time_limit_s=time_limit_s)
    _, trained = tune(
        dataset, TINY, resolved(TINY), two, seed=0, on_epoch=ignore, on_trial=ignore, say=ignore
    )
    return trained


def test_the_choice_does_not_see_the_tail() -> None:
    values = np.array(PASSENGERS, float)
    before = tuned(values).candidates
    start = len(values) - round(0.2 * len(values))
    values[start:] = 7 * values[start:].max() - values[start:]
    after = tuned(values).candidates
    assert before is not None
    assert after is not None
    for one, other in zip(before, after, strict=True):
        assert (one.chosen, one.validation) == (other.chosen, other.validation)


def test_no_recipe_is_tried_after_the_time_limit() -> None:
    candidates = tuned(np.array(PASSENGERS, float), time_limit_s=1e-9).candidates
    assert candidates is not None
    assert [(one.chosen, one.stopped) for one in candidates] == [
        (True, "the time limit was reached")
    ]

from pathlib import Path

import pytest

from forecasting.errors import RecipeError
from forecasting.jobs.refit import check_first_pasts, refit_recipe
from forecasting.series.series import Series
from forecasting.store.manifest import Parent
from forecasting.store.store import ModelStore
from tests.support.tiny_models import TINY


def test_the_base_is_the_version_that_it_was_whatever_is_served_by_now(trained_store: Path) -> None:
    manifest = ModelStore(trained_store).manifest("tiny", 1)
    assert refit_recipe(manifest).base is None
    recipe = (manifest.recipe or {}) | {"base": "zero-shot"}
    parent = Parent(model="zero-shot", version=7)
    tuned = manifest.model_copy(update={"recipe": recipe, "parent": parent})
    assert refit_recipe(tuned).base == "zero-shot/7"
    assert refit_recipe(tuned).units == TINY.units


@pytest.mark.parametrize("recipe", [None, {"steps": 22_000}])
def test_without_a_recipe_there_is_no_refit(trained_store: Path, recipe: object) -> None:
    manifest = ModelStore(trained_store).manifest("tiny", 1)
    with pytest.raises(RecipeError, match=r'Fine-tune it \(POST /train with "base": "tiny/1"\)'):
        refit_recipe(manifest.model_copy(update={"recipe": recipe}))


def test_one_series_with_enough_past_is_enough(trained_store: Path) -> None:
    recipe = refit_recipe(ModelStore(trained_store).manifest("tiny", 1))
    short, long = (Series.from_values([*map(float, range(count))]) for count in (15, 16))
    check_first_pasts([short, long], recipe)
    with pytest.raises(RecipeError, match=r"has 15 values; this recipe needs 16") as refused:
        check_first_pasts([short, short], recipe)
    assert (refused.value.path, refused.value.code) == (("series",), "series_too_short_to_train")

"""Training a version again as of an earlier time: by which recipe, and from what past."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from forecasting.errors import RecipeError
from forecasting.evaluation.data_split import find_split_points
from forecasting.networks.recipe import ResolvedRecipe
from forecasting.series.series import Series
from forecasting.store.manifest import Manifest


def refit_recipe(manifest: Manifest) -> ResolvedRecipe:
    """What a version was trained by; its base is the very version that it went on from.

    Raises RecipeError, its path "refit", for one that was not trained by a recipe.
    """
    try:
        recipe = ResolvedRecipe.model_validate(manifest.recipe)
    except ValidationError as error:
        name = f"{manifest.model}/{manifest.version}"
        raise RecipeError(
            f"{name} was imported or pretrained, not trained by a recipe: it cannot be trained "
            f'again at each cutoff. Fine-tune it (POST /train with "base": "{name}") and backtest '
            "that version with refit, or leave out refit.",
            code="refit_not_available",
            path=("refit",),
        ) from error
    parent = manifest.parent
    if parent is None:
        return recipe
    return recipe.model_copy(update={"base": f"{parent.model}/{parent.version}"})


def check_first_pasts(pasts: Sequence[Series], recipe: ResolvedRecipe) -> None:
    """Raises RecipeError, its path "series", where what lies before the first cutoff of each series
    is too little to train on; at the later ones there is more."""
    try:
        find_split_points(pasts, recipe)
    except RecipeError as error:
        raise RecipeError(
            f"before the first cutoff, {error.message} Fewer windows, or smaller steps, leave more "
            "before it.",
            code=error.code,
            path=("series",),
        ) from error

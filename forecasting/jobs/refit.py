"""Training a version again as of an earlier time: the recipe, and whether the past is enough."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from forecasting.errors import RecipeError
from forecasting.evaluation.data_split import find_split_points
from forecasting.networks.recipe import ResolvedRecipe
from forecasting.series.series import Series
from forecasting.store.manifest import Manifest


def refit_recipe(manifest: Manifest) -> ResolvedRecipe:
    """Return the recipe that a version was trained by.

    If the version went on from another one, `base` names exactly that version, and not the one
    that is served by now.

    Raises RecipeError, its path "refit", if the version was not trained by a recipe.
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
    """Check that there is enough to train on before the first cutoffs; later ones have more.

    `pasts` are the series as they were known at their first cutoffs.

    Raises RecipeError, its path "series", if none of them is long enough.
    """
    try:
        find_split_points(pasts, recipe, is_fixed=True)
    except RecipeError as error:
        raise RecipeError(
            f"before the first cutoff, {error.message} Fewer windows, smaller steps or a shorter "
            "horizon leave more before it.",
            code=error.code,
            path=("series",),
        ) from error

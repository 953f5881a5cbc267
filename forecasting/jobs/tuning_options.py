"""What is asked of a tuning: to try recipes, and keep the best."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from forecasting.errors import RecipeError
from forecasting.networks.recipe import Recipe, choose_recipe


class TuningOptions(BaseModel):
    """How many recipes are tried, and for how long."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    trials: int = Field(
        20, ge=1, le=1_000, description="Recipes to try, the one that is asked for among them."
    )
    time_limit_s: float = Field(
        600, gt=0, le=604_800, description="The seconds after which no further recipe is tried."
    )


def choose_tuned_recipe(
    recipe: str | dict[str, Any] | Recipe | None, base: str | None, tune: TuningOptions | None
) -> Recipe:
    """Return the recipe as `choose_recipe` does; if it is to be tuned, it is `lstm` by default.

    Raises RecipeError as that does, or, its path "tune", if there is nothing to tune in the recipe
    or nothing to choose by.
    """
    if tune is None:
        return choose_recipe(recipe, base)
    found = choose_recipe("lstm" if recipe is None and base is None else recipe, base)
    if found.search or found.base is not None:
        named = f"The recipe {recipe!r}" if isinstance(recipe, str) else "A recipe with `search`"
        search, further = f"{named} is a search itself, and", "A version that is trained further"
        what = search if found.search else further
        reason = "has no network to tune. Ask for a recipe such as lstm"
    elif found.patience is None:
        what = "A recipe whose patience is null"
        reason = "leaves no validation part to choose by. Give it a patience"
    else:
        return found
    raise RecipeError(
        f"{what} {reason}, or leave out tune.", code="recipe_not_tunable", path=("tune",)
    )

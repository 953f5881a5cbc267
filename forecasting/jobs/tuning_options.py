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
    named = f"The recipe {recipe!r}" if isinstance(recipe, str) else "The recipe"
    if found.search:
        reason = f"{named} is a search itself, and has no network to tune"
    elif found.base is not None:
        reason = "A version that is trained further has no network to tune"
    elif found.patience is None:
        reason = f"{named} has no patience, and so leaves no validation part to choose by"
    else:
        return found
    raise RecipeError(
        f"{reason}. Ask for another recipe instead, such as lstm, or leave out tune.",
        code="recipe_not_tunable",
        path=("tune",),
    )

"""Where in time a series is split: what is trained on, what stops the training, what is scored.

|--------- train ---------|-- validation --|---- test ----|
                                             the held-out tail
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forecasting.errors import RecipeError
from forecasting.networks.recipe import ResolvedRecipe
from forecasting.series.series import Series


@dataclass(frozen=True, slots=True)
class SplitPoints:
    """The positions at which the parts of one series end; each part begins where the last ends."""

    train: int
    validation: int
    length: int

    @classmethod
    def for_length(cls, length: int, recipe: ResolvedRecipe) -> SplitPoints:
        """Split `length` observations as a recipe says."""
        test = max(recipe.horizon, round(recipe.test_fraction * length))
        before_test = length - test
        if recipe.patience is None:
            return cls(before_test, before_test, length)
        validation = max(recipe.horizon, round(recipe.validation_fraction * before_test))
        return cls(before_test - validation, before_test, length)

    def suffice(self, recipe: ResolvedRecipe) -> bool:
        """Return whether at least one window can be trained on."""
        return self.train >= recipe.shortest_context + recipe.horizon


def find_split_points(
    series: Sequence[Series], recipe: ResolvedRecipe, *, is_fixed: bool = False
) -> dict[int, SplitPoints]:
    """Return the split points of each series by its position.

    Series that are too short to be split, and constant ones, are left out. Raises RecipeError if
    that leaves none. `is_fixed` says whether its horizon cannot be another one, which the error
    then does not propose.
    """
    varying = {position: item.values.size for position, item in enumerate(series) if item.varies}
    if not varying:
        raise RecipeError(
            "every series is constant: there is nothing to learn from.", code="series_constant"
        )
    split_points = {
        position: points
        for position, length in varying.items()
        if (points := SplitPoints.for_length(length, recipe)).suffice(recipe)
    }
    if not split_points:
        longest = max(varying.values())
        raise RecipeError(
            f"the longest series has {longest} values; this recipe needs {_needed(recipe)}. Give "
            f"more history{'' if is_fixed else _shorter_horizon(longest, recipe)}.",
            code="series_too_short_to_train",
        )
    return split_points


def _needed(recipe: ResolvedRecipe) -> int:
    length = recipe.shortest_context + recipe.horizon
    while not SplitPoints.for_length(length, recipe).suffice(recipe):
        length += 1
    return length


def _shorter_horizon(length: int, recipe: ResolvedRecipe) -> str:
    """Return what a shorter horizon would do for a series of `length` values.

    The values before the first target are no more for it: neither the season nor the context that
    follow from the series and a shorter horizon are longer.
    """
    for horizon in range(recipe.horizon - 1, 0, -1):
        shorter = recipe.model_copy(update={"horizon": horizon})
        if SplitPoints.for_length(length, shorter).suffice(shorter):
            return f", or a horizon of {horizon}{' or less' if horizon > 1 else ''}"
    if recipe.horizon == 1:
        return ""
    least = _needed(recipe.model_copy(update={"horizon": 1}))
    return f": {least} are the fewest, with a horizon of 1"

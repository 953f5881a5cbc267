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


def find_split_points(series: Sequence[Series], recipe: ResolvedRecipe) -> dict[int, SplitPoints]:
    """Return the split points of each series by its position.

    Series that are too short to be split, and constant ones, are left out. Raises RecipeError if
    that leaves none.
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
        raise RecipeError(
            f"the longest series has {max(varying.values())} values; this recipe needs "
            f"{_needed(recipe)}. Give more history, or a shorter horizon or context.",
            code="series_too_short_to_train",
        )
    return split_points


def _needed(recipe: ResolvedRecipe) -> int:
    length = recipe.shortest_context + recipe.horizon
    while not SplitPoints.for_length(length, recipe).suffice(recipe):
        length += 1
    return length

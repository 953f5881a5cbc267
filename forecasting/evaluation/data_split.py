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
class Ends:
    """Where the parts of a series of `length` observations end."""

    train: int
    validation: int
    length: int

    @classmethod
    def of(cls, length: int, recipe: ResolvedRecipe) -> Ends:
        test = max(recipe.horizon, round(recipe.test_fraction * length))
        rest = length - test
        if recipe.patience is None:
            return cls(rest, rest, length)
        validation = max(recipe.horizon, round(recipe.validation_fraction * rest))
        return cls(rest - validation, rest, length)

    def is_enough(self, recipe: ResolvedRecipe) -> bool:
        """Whether at least one window can be trained on."""
        return self.train >= recipe.shortest_context + recipe.horizon


def find_ends(series: Sequence[Series], recipe: ResolvedRecipe) -> dict[int, Ends]:
    """By the series' place; series too short to be split, and constant ones, are left out.

    Raises RecipeError where that leaves none.
    """
    varying = {place: one.values.size for place, one in enumerate(series) if one.varies}
    if not varying:
        raise RecipeError(
            "every series is constant: there is nothing to learn from.", code="series_constant"
        )
    ends = {
        place: found
        for place, length in varying.items()
        if (found := Ends.of(length, recipe)).is_enough(recipe)
    }
    if not ends:
        raise RecipeError(
            f"the longest series has {max(varying.values())} values; this recipe needs "
            f"{_needed(recipe)}. Give more history, or a shorter horizon or context.",
            code="series_too_short_to_train",
        )
    return ends


def _needed(recipe: ResolvedRecipe) -> int:
    length = recipe.shortest_context + recipe.horizon
    while not Ends.of(length, recipe).is_enough(recipe):
        length += 1
    return length

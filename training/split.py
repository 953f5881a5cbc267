"""Splitting in time: what a network learns from, what stops it, what it is scored on.

    |--------- train ---------|-- validation --|---- test ----|
                                                 the held-out tail

A window belongs to the part that its whole target lies in; its context may reach back into the
parts before, never forward.
"""

from __future__ import annotations

from dataclasses import dataclass

from forecasting.errors import RecipeError
from forecasting.recipe import ResolvedRecipe
from forecasting.windows import Windows, join, slide
from training.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where the parts of a series of `length` observations end."""

    train: int
    validation: int
    length: int

    @classmethod
    def of(cls, length: int, recipe: ResolvedRecipe) -> Bounds:
        test = max(recipe.horizon, round(recipe.test_fraction * length))
        rest = length - test
        if recipe.patience is None:
            return cls(rest, rest, length)
        validation = max(recipe.horizon, round(recipe.validation_fraction * rest))
        return cls(rest - validation, rest, length)

    def is_enough(self, recipe: ResolvedRecipe) -> bool:
        """Whether at least one window can be trained on."""
        return self.train >= recipe.shortest_context + recipe.horizon


@dataclass(frozen=True, slots=True)
class Split:
    """`bounds` by the series' place in the dataset; series too short to be split, and constant
    ones, are not there.

    `validation` is `test` where nothing stops the training early: it is watched, not acted on.
    """

    bounds: dict[int, Bounds]
    train: Windows
    validation: Windows
    test: Windows


def split(dataset: Dataset, recipe: ResolvedRecipe) -> Split:
    """Raises RecipeError where every series is too short for the recipe."""
    bounds = {
        place: bound
        for place, series in enumerate(dataset.series)
        if series.varies and (bound := Bounds.of(series.values.size, recipe)).is_enough(recipe)
    }
    if not any(series.varies for series in dataset.series):
        raise RecipeError(
            "every series is constant: there is nothing to learn from.", code="series_constant"
        )
    if not bounds:
        raise RecipeError(
            f"the longest series has {max(s.values.size for s in dataset.series)} values; this "
            f"recipe needs {_needed(recipe)}. Give more history, or a shorter horizon or context.",
            code="series_too_short_to_train",
        )
    total = sum(bound.train - recipe.shortest_context for bound in bounds.values())
    stride = -(-total // recipe.max_windows)
    test = _windows(dataset, recipe, {p: (b.validation, b.length) for p, b in bounds.items()})
    return Split(
        bounds,
        _windows(
            dataset,
            recipe,
            {p: (recipe.shortest_context, b.train) for p, b in bounds.items()},
            stride,
        ),
        test
        if recipe.patience is None
        else _windows(dataset, recipe, {p: (b.train, b.validation) for p, b in bounds.items()}),
        test,
    )


def _windows(
    dataset: Dataset,
    recipe: ResolvedRecipe,
    ranges: dict[int, tuple[int, int]],
    stride: int = 1,
) -> Windows:
    return join(
        [
            slide(
                dataset.series[place].values,
                recipe.context_length,
                recipe.horizon,
                first_cutoff=start,
                end=end,
                stride=stride,
                series=place,
            )
            for place, (start, end) in ranges.items()
        ]
    )


def _needed(recipe: ResolvedRecipe) -> int:
    length = recipe.shortest_context + recipe.horizon
    while not Bounds.of(length, recipe).is_enough(recipe):
        length += 1
    return length

"""Splitting in time: what a network learns from, what stops it, what it is scored on.

    |--------- train ---------|-- validation --|---- test ----|
                                                 the held-out tail

A window belongs to the part that its whole target lies in; its context may reach back into the
parts before, never forward.
"""

from __future__ import annotations

from dataclasses import dataclass

from forecasting.evaluation.data_split import Ends, find_ends
from forecasting.networks.recipe import ResolvedRecipe
from forecasting.networks.windows import Windows, join, slide
from training.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Split:
    """`ends` by the series' place in the dataset; series too short to be split, and constant
    ones, are not there.

    `validation` is `test` where nothing stops the training early: it is watched, not acted on.
    """

    ends: dict[int, Ends]
    train: Windows
    validation: Windows
    test: Windows


def split(dataset: Dataset, recipe: ResolvedRecipe) -> Split:
    """Raises RecipeError where no series can be trained on."""
    ends = find_ends(dataset.series, recipe)
    total = sum(one.train - recipe.shortest_context for one in ends.values())
    stride = -(-total // recipe.max_windows)
    test = _windows(
        dataset, recipe, {place: (one.validation, one.length) for place, one in ends.items()}
    )
    return Split(
        ends,
        _windows(
            dataset,
            recipe,
            {place: (recipe.shortest_context, one.train) for place, one in ends.items()},
            stride,
        ),
        test
        if recipe.patience is None
        else _windows(
            dataset, recipe, {place: (one.train, one.validation) for place, one in ends.items()}
        ),
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

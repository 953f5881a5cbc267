"""Splitting a dataset in time: what is trained on, what stops the training, what is scored.

    |--------- train ---------|-- validation --|---- test ----|
                                                 the held-out tail

A window belongs to the part that holds its whole target. Its context may reach back into earlier
parts, never forward.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from forecasting.evaluation.data_split import SplitPoints, find_split_points
from forecasting.networks.recipe import ResolvedRecipe
from forecasting.networks.windows import Windows, join, slide
from training.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Split:
    """The windows of a dataset, by the part of time in which they lie."""

    points: dict[int, SplitPoints]
    """The split points of each series, by its position in the dataset. Constant series, and those
    that are too short to be split, are left out."""
    train: Windows
    validation: Windows
    """These are the windows of `test` if the recipe has no early stopping: the validation loss is
    then reported, and nothing depends on it."""
    test: Windows


def split(dataset: Dataset, recipe: ResolvedRecipe) -> Split:
    """Split every series of the dataset in time, and cut the parts into windows.

    If there are more training windows than `recipe.max_windows`, they are thinned evenly.

    Raises RecipeError if no series can be trained on.
    """
    points_by_position = find_split_points(dataset.series, recipe)
    train_cutoffs = sum(
        points.train - recipe.shortest_context for points in points_by_position.values()
    )
    stride = -(-train_cutoffs // recipe.max_windows)
    cut = partial(slide, context_length=recipe.history_length, horizon=recipe.horizon)
    train, validation, test = [], [], []
    for position, points in points_by_position.items():
        cut_series = partial(cut, dataset.series[position], position=position)
        train.append(
            cut_series(first_cutoff=recipe.shortest_context, end=points.train, stride=stride)
        )
        validation.append(cut_series(first_cutoff=points.train, end=points.validation))
        test.append(cut_series(first_cutoff=points.validation, end=points.length))
    tail = join(test)
    stopping = tail if recipe.patience is None else join(validation)
    return Split(points_by_position, join(train), stopping, tail)

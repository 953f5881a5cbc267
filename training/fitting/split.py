"""Splitting a dataset in time: what is trained on, what stops the training, what is scored.

    |--------- train ---------|-- validation --|---- test ----|
                                                 the held-out tail

A window belongs to the part that holds its whole target. Its context may reach back into earlier
parts, never forward.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from forecasting.evaluation.data_split import SplitPoints, find_split_points
from forecasting.networks.recipe import ResolvedRecipe
from forecasting.networks.windows import Windows
from training.dataset import Dataset
from training.fitting.window_pool import WindowPool

_HELD_OUT_SHARE = 4
"""One window stops the training early or is scored for so many that may be trained on."""


@dataclass(frozen=True, slots=True)
class Split:
    """The windows of a dataset, by the part of time in which they lie."""

    points: Mapping[int, SplitPoints]
    """The split points of each series, by its position in the dataset. Constant series, and those
    that are too short to be split, are left out."""
    train: WindowPool
    """The windows of which some are drawn in each epoch."""
    validation: Windows
    """These are the windows of `test` if the recipe has no early stopping: the validation loss is
    then reported, and nothing depends on it."""
    test: Windows


def split(dataset: Dataset, recipe: ResolvedRecipe) -> Split:
    """Split every series of the dataset in time, and find the windows of the parts.

    For validation and test, there are at most a quarter as many as `recipe.max_windows`.

    Raises RecipeError if no series can be trained on.
    """
    points = find_split_points(dataset.series, recipe)
    pool = partial(
        WindowPool.of,
        dataset.series,
        context_length=recipe.history_length,
        horizon=recipe.horizon,
    )

    def between(start: int, end: int) -> range:
        return range(start, end - recipe.horizon + 1)

    train = {n: between(recipe.shortest_context, at.train) for n, at in points.items()}
    validation = {n: between(at.train, at.validation) for n, at in points.items()}
    test = {n: between(at.validation, at.length) for n, at in points.items()}
    most = max(recipe.max_windows // _HELD_OUT_SHARE, 1)
    tail = pool(test).spread(most)
    stopping = tail if recipe.patience is None else pool(validation).spread(most)
    return Split(points, pool(train), stopping, tail)

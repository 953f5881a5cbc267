"""Tuning a recipe: others like it are drawn, trained and compared on the validation part.

Random search (Bergstra and Bengio 2012, "Random search for hyper-parameter optimization", JMLR 13).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from forecasting.jobs.ray_cluster import belongs_to_ray
from forecasting.jobs.tuning_options import TuningOptions
from forecasting.networks.recipe import RECIPES, Recipe, ResolvedRecipe
from training.auto.comparison import Comparison, Trial
from training.dataset import Dataset
from training.fitting.fit import OnEpoch
from training.fitting.trained import TrainedNetwork

_CELLS = ("lstm", "gru")
_UNITS = ((16,), (32,), (64,), (32, 32))
_DROPOUTS = (0.0, 0.1, 0.2)
_BATCH_SIZES = (16, 32, 64, 128)
_SCHEDULES = ("constant", "cosine")
_LEARNING_RATES = (0.0003, 0.01)
"""The lowest and the highest; drawn evenly on a logarithmic scale."""
_CONTEXTS = (0.5, 1.0, 2.0)
"""Contexts as multiples of the usual one."""
_LONGEST_CONTEXT = 1_000
_MOST_DRAWS = 20
"""So many draws are made for each recipe that is to be new."""


OnTrial = Callable[[int, int, int], None]
"""Is called when a trial begins in this process, with its number from 1 on, the number of trials,
and how many are done."""


@dataclass(frozen=True, slots=True)
class PlannedTrial:
    """What a trial is called, and what it is trained by."""

    name: str
    recipe: ResolvedRecipe
    settings: dict[str, float]

    def run(self, comparison: Comparison) -> Trial:
        """Train and score it in this process."""
        return comparison.train(self.name, self.recipe, self.settings)


def tune(
    dataset: Dataset,
    asked: Recipe,
    recipe: ResolvedRecipe,
    options: TuningOptions,
    *,
    seed: int,
    on_epoch: OnEpoch,
    on_trial: OnTrial,
    say: Callable[[str], None],
) -> tuple[ResolvedRecipe, TrainedNetwork]:
    """Train by the recipe and by others, and return the best recipe with its network.

    The trials run one after the other, or on all nodes of the Ray cluster that this process belongs
    to. `asked` is the recipe before anything was filled in: what it changes from `lstm` stays, and
    so does the context that it names. `on_trial` is told which trial begins here, and `say` in a
    line what has come of each.

    Raises RecipeError if no series can be trained on.
    """
    comparison = Comparison.prepare(
        dataset, recipe, seed=seed, time_limit_s=options.time_limit_s, on_epoch=on_epoch
    )
    planned = [
        _plan(number, own)
        for number, own in enumerate(draw_recipes(asked, recipe, options.trials, seed), start=1)
    ]
    if belongs_to_ray(os.environ):
        from training.auto.ray_trials import run_on_ray

        trials = run_on_ray(comparison, planned, on_trial)
    else:
        trials = _run_here(comparison, planned, on_trial)
    found, trained = comparison.choose(trials, say)
    order = {trial.name: number for number, trial in enumerate(planned)}
    made = sorted(trained.candidates or (), key=lambda candidate: order[candidate.name])
    return found, replace(trained, candidates=tuple(made))


def _run_here(
    comparison: Comparison, planned: Sequence[PlannedTrial], on_trial: OnTrial
) -> Iterator[Trial]:
    """Run the trials one after the other."""
    for done, trial in enumerate(comparison.in_time(planned)):
        on_trial(done + 1, len(planned), done)
        yield trial.run(comparison)


def draw_recipes(
    asked: Recipe, recipe: ResolvedRecipe, count: int, seed: int
) -> list[ResolvedRecipe]:
    """Return the recipe, and others of which no two are the same; `count` in all, or fewer.

    There are fewer if what may change has not so many values.
    """
    rng = np.random.default_rng(seed)
    usual = RECIPES["lstm"]
    recipes = [recipe]
    for _ in range(_MOST_DRAWS * count):
        if len(recipes) == count:
            break
        drawn = {
            name: value
            for name, value in _draw(rng, recipe).items()
            if getattr(asked, name) == getattr(usual, name)
        }
        other = recipe.model_copy(update=drawn)
        if other not in recipes:
            recipes.append(other)
    return recipes


def _draw(rng: np.random.Generator, recipe: ResolvedRecipe) -> dict[str, object]:
    low, high = np.log10(_LEARNING_RATES)
    return {
        "cell": _CELLS[rng.integers(len(_CELLS))],
        "units": _UNITS[rng.integers(len(_UNITS))],
        "dropout": _DROPOUTS[rng.integers(len(_DROPOUTS))],
        "batch_size": _BATCH_SIZES[rng.integers(len(_BATCH_SIZES))],
        "schedule": _SCHEDULES[rng.integers(len(_SCHEDULES))],
        "learning_rate": float(f"{10 ** rng.uniform(low, high):.2g}"),
        "context_length": _context_length(_CONTEXTS[rng.integers(len(_CONTEXTS))], recipe),
    }


def _context_length(share: float, recipe: ResolvedRecipe) -> int:
    """Return a share of the usual context that holds a season.

    It stays as it is with covariates, whose lags reach further back, and without padding, where it
    decides which windows there are.
    """
    if recipe.lags is not None or not recipe.padding:
        return recipe.context_length
    shortest = max(recipe.season_length, 2)
    return min(max(round(share * recipe.context_length), shortest), _LONGEST_CONTEXT)


def _plan(number: int, recipe: ResolvedRecipe) -> PlannedTrial:
    units = " + ".join(map(str, recipe.units))
    return PlannedTrial(
        f"trial {number}: {units} units of {recipe.cell}, {recipe.schedule} learning rate",
        recipe,
        {
            name: float(getattr(recipe, name))
            for name in ("learning_rate", "dropout", "batch_size", "context_length")
        },
    )

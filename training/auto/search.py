"""The search for the best network: candidates in the order of their cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from forecasting.covariates.inputs import covariate_inputs
from forecasting.jobs.fit_options import FitOptions, resolve_recipe
from forecasting.networks.recipe import RECIPES, ResolvedRecipe
from training.auto.comparison import Comparison, Trial
from training.auto.pretrained_candidates import PretrainedCandidates
from training.dataset import Dataset
from training.fitting.base_version import BaseVersion
from training.fitting.fit import OnEpoch
from training.fitting.trained import TrainedNetwork


def search(
    dataset: Dataset,
    recipe: ResolvedRecipe,
    base: BaseVersion | None,
    *,
    seed: int,
    on_epoch: OnEpoch,
    say: Callable[[str], None],
) -> TrainedNetwork:
    """Train the candidates of a recipe with `search`, and return the best.

    They are, in this order: a new network, if there is no base or if the series have covariates,
    of which the base learns nothing; `base` as it is; and `base` with its output layers trained
    further. No candidate is begun after `recipe.time_limit_s`, except the first. The one with the
    lowest MASE on windows of the validation part wins, and its intervals are calibrated there.
    `say` is told in a line what has come of each.

    Raises RecipeError if no series can be trained on.
    """
    comparison = Comparison.prepare(
        dataset, recipe, seed=seed, time_limit_s=recipe.time_limit_s, on_epoch=on_epoch
    )
    return comparison.choose(comparison.in_time(_trials(comparison, base)), say)[1]


def _trials(comparison: Comparison, base: BaseVersion | None) -> Iterator[Trial]:
    """Make one candidate after the other."""
    if base is None or covariate_inputs(comparison.dataset.series):
        yield _new_network(comparison)
    if base is not None:
        yield from PretrainedCandidates.prepare(base, comparison).trials()


def _new_network(comparison: Comparison) -> Trial:
    """Train a network by a recipe of its own."""
    series, recipe = comparison.dataset.series, comparison.recipe
    name = "covariates" if covariate_inputs(series) else "lstm"
    shared = recipe.model_dump(include={"test_fraction", "validation_fraction"})
    own = resolve_recipe(
        FitOptions(
            model=name,
            recipe=RECIPES[name].model_copy(update=shared),
            horizon=recipe.horizon,
            season_length=recipe.season_length,
        ),
        series,
        None,
    )
    return comparison.train(f"new network, {name}", own, {"learning_rate": own.learning_rate})

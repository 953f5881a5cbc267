"""The search for the best network: candidates in the order of their cost, compared on validation.

The held-out tail plays no part in it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping

from forecasting.covariates.inputs import covariate_inputs
from forecasting.evaluation.data_split import SplitPoints, find_split_points
from forecasting.jobs.fit_options import FitOptions, resolve_recipe
from forecasting.networks.recipe import RECIPES, ResolvedRecipe
from forecasting.networks.runtime import import_tensorflow_quietly
from forecasting.store.manifest import Candidate, TrainingRound
from training.auto.base import PretrainedVersion
from training.auto.pretrained_candidates import PretrainedCandidates, Trial
from training.dataset import Dataset
from training.evaluation import ScoredWindows, most_windows
from training.fitting.cutoffs import Cutoffs, spread_cutoffs
from training.fitting.fit import OnEpoch
from training.fitting.train import train_network
from training.fitting.trained import TrainedNetwork, real_inputs

_MOST_VALIDATION = 400


def search(
    dataset: Dataset,
    recipe: ResolvedRecipe,
    base: PretrainedVersion | None,
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
    points = find_split_points(dataset.series, recipe)
    most = most_windows(dataset)
    validation = _spread(
        points, recipe, lambda at: (at.train, at.validation), min(most, _MOST_VALIDATION)
    )
    tail = _spread(points, recipe, lambda at: (at.validation, at.length), most)
    scored = _scored(dataset, validation, recipe, {n: at.train for n, at in points.items()})
    import_tensorflow_quietly()
    deadline = time.monotonic() + recipe.time_limit_s
    trials: list[Trial] = []
    for trial in _trials(
        dataset, recipe, base, points, validation, scored, seed, deadline, on_epoch
    ):
        trials.append(trial)
        say(_in_a_line(trial.candidate))
        if time.monotonic() > deadline:
            say(f"no further candidate is trained: {recipe.time_limit_s:g} s are over")
            break
    best = min(trials, key=lambda trial: _rank(trial.candidate))
    fitted, inputs = best.finish()
    return TrainedNetwork(
        fitted,
        points,
        _scored(dataset, tail, recipe, {n: at.validation for n, at in points.items()}),
        inputs,
        tuple(this for trial in trials for this in trial.candidate.rounds),
        best.parent,
        tuple(trial.candidate.model_copy(update={"chosen": trial is best}) for trial in trials),
    )


def _trials(
    dataset: Dataset,
    recipe: ResolvedRecipe,
    base: PretrainedVersion | None,
    points: Mapping[int, SplitPoints],
    validation: Cutoffs,
    scored: ScoredWindows,
    seed: int,
    deadline: float,
    on_epoch: OnEpoch,
) -> Iterator[Trial]:
    """Make one candidate after the other."""
    if base is None or covariate_inputs(dataset.series):
        yield _new_network(dataset, recipe, scored, seed, deadline, on_epoch)
    if base is not None:
        yield from PretrainedCandidates.prepare(
            base,
            dataset,
            recipe,
            points,
            validation,
            scored,
            seed=seed,
            deadline=deadline,
            on_epoch=on_epoch,
        ).trials()


def _new_network(
    dataset: Dataset,
    recipe: ResolvedRecipe,
    scored: ScoredWindows,
    seed: int,
    deadline: float,
    on_epoch: OnEpoch,
) -> Trial:
    """Train a network from scratch on the same parts of the series."""
    started = time.monotonic()
    name = "covariates" if covariate_inputs(dataset.series) else "lstm"
    shared = recipe.model_dump(include={"test_fraction", "validation_fraction"})
    own = resolve_recipe(
        FitOptions(
            model=name,
            recipe=RECIPES[name].model_copy(update=shared),
            horizon=recipe.horizon,
            season_length=recipe.season_length,
        ),
        dataset.series,
        None,
    )
    rounds: list[TrainingRound] = []

    def on_own_epoch(epoch: int, epochs: int, loss: float, val_loss: float) -> None:
        if math.isfinite(loss) and math.isfinite(val_loss):
            rounds.append(TrainingRound(step=epoch, loss=loss, val_loss=val_loss))
        on_epoch(epoch, epochs, loss, val_loss)

    fitted, parts = train_network(dataset, own, seed=seed, on_epoch=on_own_epoch, deadline=deadline)
    candidate = Candidate(
        name=f"new network, {name}",
        settings={"learning_rate": own.learning_rate, "epochs": len(rounds)},
        validation=scored.score(fitted.forecaster),
        seconds=round(time.monotonic() - started, 1),
        rounds=tuple(rounds),
        stopped=fitted.stopped,
    )
    return Trial(candidate, lambda: (fitted, real_inputs(fitted, parts)))


def _spread(
    points: Mapping[int, SplitPoints],
    recipe: ResolvedRecipe,
    part: Callable[[SplitPoints], tuple[int, int]],
    most: int,
) -> Cutoffs:
    """Choose cutoffs, evenly spaced, of windows whose target lies in a part of each series."""
    ranges = {}
    for position, at in points.items():
        start, end = part(at)
        ranges[position] = range(start, end - recipe.horizon + 1)
    return spread_cutoffs(ranges, most)


def _scored(
    dataset: Dataset, places: Cutoffs, recipe: ResolvedRecipe, known: Mapping[int, int]
) -> ScoredWindows:
    return ScoredWindows.cut(
        dataset,
        places,
        known=known,
        horizon=recipe.horizon,
        season_length=recipe.season_length,
    )


def _rank(candidate: Candidate) -> tuple[float, float]:
    """Return what the best candidate has least of: MASE, or sMAPE where there is no MASE."""
    scores = candidate.validation
    return (
        math.inf if scores.mase is None else scores.mase,
        math.inf if scores.smape is None else scores.smape,
    )


def _in_a_line(candidate: Candidate) -> str:
    mase = candidate.validation.mase
    line = f"{candidate.name}: MASE {'–' if mase is None else f'{mase:.3f}'} on the validation part"
    return f"{line}; stopped because {candidate.stopped}" if candidate.stopped else line

"""One training run, from series to a published version."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

from forecasting.errors import DataFileError, ForecastingError
from forecasting.jobs.fit_options import FitOptions, resolve_recipe
from forecasting.networks.recipe import ZERO_SHOT, ResolvedRecipe
from forecasting.store.lifecycle import prune
from forecasting.store.manifest import Manifest, Scores, TrainingRound
from forecasting.store.store import ModelStore
from training.auto.recipe_trials import tune
from training.auto.search import search
from training.dataset import Dataset
from training.evaluation import ScoredWindows
from training.fitting.base_version import find_pretrained, read_base_version
from training.fitting.train import train_network
from training.fitting.trained import TrainedNetwork, real_inputs
from training.outages import outlast
from training.plot import plot_training
from training.progress import Progress
from training.promotion import (
    PromotionDecision,
    compare_with_production,
    score_version,
    score_zero_shot,
)
from training.publish import Provenance, publish

_PLOTS = (".png", ".svg", ".pdf")


@dataclass(frozen=True, slots=True)
class JobAttempt:
    """What a run needs that belongs to a job of the service."""

    job: str | None = None
    """The id of the job, which the version names."""
    checkpoint: Path | None = None
    """The file from which the fit is resumed, and which it keeps up to date."""
    permission: Callable[[], AbstractContextManager[None]] = nullcontext
    """Gives what is held while the version is published, and raises AttemptOverError if that is
    forbidden."""


_NO_JOB = JobAttempt()


def run_fit(
    options: FitOptions,
    dataset: Dataset,
    store: ModelStore,
    progress: Progress,
    attempt: JobAttempt = _NO_JOB,
    *,
    plot: Path | None = None,
) -> Manifest:
    """Train a network on the dataset, score it on the held-out tail, and publish it.

    The plot of the tail is drawn into the file `plot` too, if one is given. Afterwards the older
    versions are pruned, as `options.keep` says.

    Raises ForecastingError, before anything is published, if the data, the recipe, the name of the
    plot, the model's aliases or the key to sign with are at fault.
    """
    if plot is not None:
        _check_plot(plot)
    store.check_can_publish()
    store.default_version(options.model)  # It raises if the aliases are damaged.
    recipe, trained = _train(options, dataset, store, progress, attempt)
    forecaster = trained.fitted.forecaster
    others = outlast(lambda: _score_others(store, options.model, trained))
    evaluation = trained.tail.evaluate(forecaster).model_copy(update=others)

    def draw(path: Path) -> None:
        plot_training(path, forecaster, dataset, trained, evaluation)

    def decide() -> PromotionDecision:
        return compare_with_production(
            store,
            options.model,
            options.promote,
            evaluation=evaluation,
            tail=trained.tail,
        )

    if plot is not None:
        draw(plot)
    provenance = Provenance(
        recipe=recipe,
        seed=options.seed,
        data=dataset.summary(),
        parent=trained.parent,
        job=attempt.job,
    )
    manifest = publish(
        store,
        options.model,
        trained.fitted,
        provenance=provenance,
        real_inputs=trained.real_inputs,
        candidates=trained.candidates,
        decide=decide,
        draw=draw,
        permission=attempt.permission,
    )
    with suppress(ForecastingError):  # What cannot be deleted now is deleted after the next run.
        prune(store, options.model, options.keep, by=manifest.publisher)
    progress.published(manifest)
    return manifest


def _score_others(
    store: ModelStore, model: str, trained: TrainedNetwork
) -> dict[str, Scores | None]:
    """Return the scores of zero-shot, and of the version that was trained further, if any."""
    zero_shot = score_zero_shot(store, model, trained.tail)
    parent = trained.parent
    if parent is None:
        return {"zero_shot": zero_shot}
    if (
        zero_shot is not None
        and parent.model == ZERO_SHOT
        and parent.version == store.default_version(ZERO_SHOT)
    ):
        return {"zero_shot": zero_shot, "base": zero_shot}
    base = score_version(store, parent.model, parent.version, trained.tail)
    return {"zero_shot": zero_shot, "base": base}


def _train(
    options: FitOptions,
    dataset: Dataset,
    store: ModelStore,
    progress: Progress,
    attempt: JobAttempt,
) -> tuple[ResolvedRecipe, TrainedNetwork]:
    """Return the recipe with nothing left open, and what came of it."""
    if options.recipe.search:
        start = find_pretrained(store, options)
        signature = None if start is None else start.signature
        recipe = resolve_recipe(options, dataset.series, signature)
        return recipe, search(
            dataset,
            recipe,
            start,
            seed=options.seed,
            on_epoch=progress.epoch,
            say=progress.say,
        )
    base = None if options.recipe.base is None else read_base_version(store, options.recipe.base)
    recipe = resolve_recipe(options, dataset.series, None if base is None else base.signature)
    if options.tune is not None:
        return tune(
            dataset,
            options.recipe,
            recipe,
            options.tune,
            seed=options.seed,
            on_epoch=progress.epoch,
            on_trial=progress.trial,
            say=progress.say,
        )
    rounds: list[TrainingRound] = []

    def on_epoch(epoch: int, epochs: int, loss: float, val_loss: float) -> None:
        rounds.append(TrainingRound(step=epoch, loss=loss, val_loss=val_loss))
        progress.epoch(epoch, epochs, loss, val_loss)

    fitted, parts = train_network(
        dataset,
        recipe,
        base=base,
        seed=options.seed,
        on_epoch=on_epoch,
        checkpoint=attempt.checkpoint,
    )
    progress.say(f"training stopped because {fitted.stopped}")
    return recipe, TrainedNetwork(
        fitted,
        parts.points,
        ScoredWindows.of_tail(dataset, parts, recipe.season_length),
        real_inputs(fitted, parts),
        tuple(rounds),
        None if base is None else base.parent,
    )


def _check_plot(path: Path) -> None:
    if path.suffix not in _PLOTS:
        raise DataFileError(f"{path}: the name of a plot must end in one of {', '.join(_PLOTS)}.")
    if not path.parent.is_dir():
        raise DataFileError(f"{path}: there is no folder {path.parent}. Make the folder first.")

"""One training run, from series to a published version."""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path

from forecasting.errors import DataFileError, ForecastingError
from forecasting.jobs.fit_options import FitOptions, resolve_recipe
from forecasting.networks.runtime import import_tensorflow_quietly
from forecasting.store.lifecycle import prune
from forecasting.store.loader import load_version
from forecasting.store.manifest import Manifest
from forecasting.store.store import ModelStore
from training.dataset import Dataset
from training.fitting.base_version import read_base_version
from training.fitting.split import split
from training.progress import Progress

_PLOTS = (".png", ".svg", ".pdf")


@dataclass(frozen=True, slots=True)
class JobAttempt:
    """What a run needs that belongs to a job of the service."""

    job: str | None = None
    """The id of the job, which the version names."""
    checkpoint: Path | None = None
    """The file that the fit goes on from and keeps up to date."""
    permission: AbstractContextManager[None] | None = None
    """What is entered to publish; it raises AttemptOverError if this attempt may not."""


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
    """Split, fit, calibrate, score, compare, draw into `plot`, publish, prune.

    Raises ForecastingError before anything is published if the data, the recipe, the plot's name
    or the model's aliases are at fault.
    """
    if plot is not None:
        _check_plot(plot)
    store.default_version(options.model)
    base = None if options.recipe.base is None else read_base_version(store, options.recipe.base)
    recipe = resolve_recipe(options, dataset.series, None if base is None else base.signature)
    parts = split(dataset, recipe)

    import_tensorflow_quietly()
    from training.evaluation import evaluate, evaluate_other_version
    from training.fitting.train import train_network
    from training.fitting.window_arrays import training_arrays
    from training.plot import plot_held_out
    from training.promotion import PromotionDecision, compare_with_production
    from training.publish import publish

    fitted = train_network(
        dataset,
        parts,
        recipe,
        base=base,
        seed=options.seed,
        on_epoch=progress.epoch,
        checkpoint=attempt.checkpoint,
    )
    forecaster = fitted.forecaster
    evaluation = evaluate(forecaster, dataset, parts)
    if base is not None:
        before = load_version(store, base.parent.model, base.parent.version).forecaster
        scores = evaluate_other_version(before, fitted.signature, dataset, parts)
        evaluation = evaluation.model_copy(update={"base": scores})

    def draw(path: Path) -> None:
        plot_held_out(path, forecaster, dataset, parts)

    def compare() -> PromotionDecision:
        return compare_with_production(
            store,
            options.model,
            options.promote,
            evaluation=evaluation,
            signature=fitted.signature,
            dataset=dataset,
            parts=parts,
        )

    if plot is not None:
        draw(plot)
    manifest = publish(
        store,
        options.model,
        fitted,
        real_inputs=training_arrays(parts.test, fitted.scaler, fitted.signature)[0],
        decide=compare,
        draw=draw,
        recipe=recipe,
        seed=options.seed,
        data=dataset.summary(),
        parent=None if base is None else base.parent,
        job=attempt.job,
        permission=attempt.permission,
    )
    with suppress(ForecastingError):  # what cannot go now goes the next time
        prune(store, options.model, options.keep, by=manifest.publisher)
    progress.published(manifest)
    return manifest


def _check_plot(path: Path) -> None:
    if path.suffix not in _PLOTS:
        raise DataFileError(f"{path}: a plot ends in {', '.join(_PLOTS)}.")
    if not path.parent.is_dir():
        raise DataFileError(f"{path}: there is no folder {path.parent}.")

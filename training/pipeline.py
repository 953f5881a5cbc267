"""One training run, from series to a published version."""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from forecasting.errors import DataFileError, ForecastingError
from forecasting.jobs.fit_options import FitOptions, resolve_recipe
from forecasting.store.lifecycle import prune
from forecasting.store.loader import load_version
from forecasting.store.manifest import Manifest
from forecasting.store.store import ModelStore
from forecasting.types import NetworkFloats
from training.dataset import Dataset
from training.evaluation import evaluate, evaluate_other_version
from training.fitting.base_version import read_base_version
from training.fitting.fit import FittedNetwork
from training.fitting.split import Split
from training.fitting.train import train_network
from training.fitting.window_arrays import training_arrays
from training.plot import plot_held_out
from training.progress import Progress
from training.promotion import PromotionDecision, compare_with_production
from training.publish import Provenance, publish

_MOST_REAL_INPUTS = 1_000
"""The compiled network is compared with Keras on so many windows at most."""
_PLOTS = (".png", ".svg", ".pdf")


@dataclass(frozen=True, slots=True)
class JobAttempt:
    """What a run needs that belongs to a job of the service."""

    job: str | None = None
    """The id of the job, which the version names."""
    checkpoint: Path | None = None
    """The file from which the fit is resumed, and which it keeps up to date."""
    permission: AbstractContextManager[None] | None = None
    """Is held while the version is published. It raises AttemptOverError if that is forbidden."""


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
    plot or the model's aliases are at fault.
    """
    if plot is not None:
        _check_plot(plot)
    store.default_version(options.model)  # It raises if the aliases are damaged.
    base = None if options.recipe.base is None else read_base_version(store, options.recipe.base)
    recipe = resolve_recipe(options, dataset.series, None if base is None else base.signature)
    fitted, parts = train_network(
        dataset,
        recipe,
        base=base,
        seed=options.seed,
        on_epoch=progress.epoch,
        checkpoint=attempt.checkpoint,
    )
    forecaster = fitted.forecaster
    evaluation = evaluate(forecaster, dataset, parts)
    if base is not None:
        base_forecaster = load_version(store, base.parent.model, base.parent.version).forecaster
        scores = evaluate_other_version(base_forecaster, fitted.signature, dataset, parts)
        evaluation = evaluation.model_copy(update={"base": scores})

    def draw(path: Path) -> None:
        plot_held_out(path, forecaster, dataset, parts)

    def decide() -> PromotionDecision:
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
    provenance = Provenance(
        recipe=recipe,
        seed=options.seed,
        data=dataset.summary(),
        parent=None if base is None else base.parent,
        job=attempt.job,
    )
    manifest = publish(
        store,
        options.model,
        fitted,
        provenance=provenance,
        real_inputs=_real_inputs(fitted, dataset, parts),
        decide=decide,
        draw=draw,
        permission=attempt.permission,
    )
    with suppress(ForecastingError):  # What cannot be deleted now is deleted after the next run.
        prune(store, options.model, options.keep, by=manifest.publisher)
    progress.published(manifest)
    return manifest


def _real_inputs(fitted: FittedNetwork, dataset: Dataset, parts: Split) -> NetworkFloats:
    """Return inputs of some windows of the held-out tail, evenly spaced."""
    count = len(parts.test)
    some = parts.test[np.arange(0, count, -(-count // _MOST_REAL_INPUTS))]
    return training_arrays(dataset, some, fitted.scaler, fitted.signature)[0]


def _check_plot(path: Path) -> None:
    if path.suffix not in _PLOTS:
        raise DataFileError(f"{path}: the name of a plot must end in one of {', '.join(_PLOTS)}.")
    if not path.parent.is_dir():
        raise DataFileError(f"{path}: there is no folder {path.parent}. Make the folder first.")

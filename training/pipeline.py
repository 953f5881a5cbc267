"""One training run, from a data file to a published version."""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path

from forecasting.errors import DataFileError, ForecastingError
from forecasting.networks.recipe import Recipe, ResolvedRecipe, resolve, resolve_from_base
from forecasting.networks.runtime import import_tensorflow_quietly
from forecasting.prediction.seasonality import detect_season_length
from forecasting.store.lifecycle import prune
from forecasting.store.loader import load_version
from forecasting.store.manifest import Manifest, PromotePolicy
from forecasting.store.store import ModelStore
from training.dataset import Dataset, read_dataset
from training.fitting.base_version import BaseVersion, read_base_version
from training.fitting.split import split
from training.progress import Progress

_PLOTS = (".png", ".svg", ".pdf")


@dataclass(frozen=True, slots=True)
class FitRequest:
    """`horizon`, `frequency` and `season_length` are read from recipe and data where None.

    `keep`: how many of the newest versions stay, besides those in use; 0 for all.
    """

    file: Path
    model: str
    recipe: Recipe
    horizon: int | None = None
    frequency: str | None = None
    season_length: int | None = None
    plot: Path | None = None
    seed: int = 0
    promote: PromotePolicy = PromotePolicy.IF_BETTER
    keep: int = 0


@dataclass(frozen=True, slots=True)
class JobAttempt:
    """For a run that belongs to a job: a fit that goes on from `checkpoint`, and a version that
    names the job and is published with its `permission` only."""

    job: str | None = None
    checkpoint: Path | None = None
    permission: AbstractContextManager[None] | None = None


_NO_JOB = JobAttempt()


def run_fit(
    request: FitRequest, store: ModelStore, progress: Progress, attempt: JobAttempt = _NO_JOB
) -> Manifest:
    """Read, split, fit, calibrate, score, compare, draw, publish, prune.

    Raises ForecastingError before anything is published where the data, the recipe, the plot's
    name or the model's aliases are at fault.
    """
    if request.plot is not None:
        _check_plot(request.plot)
    store.default_version(request.model)
    dataset = read_dataset(request.file, request.frequency)
    base = None if request.recipe.base is None else read_base_version(store, request.recipe.base)
    recipe = _resolve(request, dataset, base)
    parts = split(dataset, recipe)

    import_tensorflow_quietly()
    from training.evaluation import evaluate, evaluate_other_version
    from training.fitting.fit import fit, training_arrays
    from training.fitting.train import calibrate
    from training.plot import plot_held_out
    from training.promotion import PromotionDecision, compare_with_production
    from training.publish import publish

    fitted = fit(
        dataset,
        parts,
        recipe,
        base=base,
        seed=request.seed,
        on_epoch=progress.epoch,
        checkpoint=attempt.checkpoint,
    )
    fitted = calibrate(fitted, parts, recipe)
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
            request.model,
            request.promote,
            evaluation=evaluation,
            signature=fitted.signature,
            dataset=dataset,
            parts=parts,
        )

    if request.plot is not None:
        draw(request.plot)
    manifest = publish(
        store,
        request.model,
        fitted,
        real_inputs=training_arrays(parts.test, fitted.scaler, fitted.signature)[0],
        decide=compare,
        draw=draw,
        recipe=recipe,
        seed=request.seed,
        data=dataset.summary(),
        parent=None if base is None else base.parent,
        job=attempt.job,
        permission=attempt.permission,
    )
    with suppress(ForecastingError):  # what cannot go now goes the next time
        prune(store, request.model, request.keep, by=manifest.publisher)
    progress.published(manifest)
    return manifest


def _resolve(request: FitRequest, dataset: Dataset, base: BaseVersion | None) -> ResolvedRecipe:
    season_length = request.season_length or dataset.season_length
    if base is None:
        return resolve(request.recipe, horizon=request.horizon, season_length=season_length)
    if season_length == 1 and dataset.frequency is None:
        longest = max((series.values for series in dataset.series), key=len)
        season_length = detect_season_length(longest)
    return resolve_from_base(
        request.recipe, base.signature, horizon=request.horizon, season_length=season_length
    )


def _check_plot(path: Path) -> None:
    if path.suffix not in _PLOTS:
        raise DataFileError(f"{path}: a plot ends in {', '.join(_PLOTS)}.")
    if not path.parent.is_dir():
        raise DataFileError(f"{path}: there is no folder {path.parent}.")

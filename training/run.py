"""One training run, from a data file to a published version."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from forecasting.errors import DataFileError
from forecasting.manifest import Manifest
from forecasting.quiet_tensorflow import import_tensorflow_quietly
from forecasting.recipe import Recipe, resolve
from forecasting.store import ModelStore
from training.dataset import read_dataset
from training.progress import Progress
from training.split import split

_PLOTS = (".png", ".svg", ".pdf")


@dataclass(frozen=True, slots=True)
class FitRequest:
    """`horizon`, `frequency` and `season_length` are read from recipe and data where None."""

    file: Path
    model: str
    recipe: Recipe
    horizon: int | None = None
    frequency: str | None = None
    season_length: int | None = None
    plot: Path | None = None
    seed: int = 0


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
    """Read, split, fit, score, draw, publish. Raises ForecastingError before anything is
    published where the data, the recipe or the plot's name is at fault."""
    if request.plot is not None:
        _check_plot(request.plot)
    dataset = read_dataset(request.file, request.frequency)
    recipe = resolve(
        request.recipe,
        horizon=request.horizon,
        season_length=request.season_length or dataset.season_length,
    )
    parts = split(dataset, recipe)

    import_tensorflow_quietly()
    from training.evaluate import evaluate
    from training.fit import fit, window_arrays
    from training.publish import publish

    fitted = fit(
        dataset,
        parts,
        recipe,
        seed=request.seed,
        on_epoch=progress.epoch,
        checkpoint=attempt.checkpoint,
    )
    forecaster = fitted.forecaster
    evaluation = evaluate(forecaster, dataset, parts)
    if request.plot is not None:
        from training.plot import plot_held_out

        plot_held_out(request.plot, forecaster, dataset, parts)
    manifest = publish(
        store,
        request.model,
        fitted,
        real_inputs=window_arrays(parts.test, fitted.scaler, fitted.signature)[0],
        recipe=recipe,
        seed=request.seed,
        data=dataset.summary(),
        evaluation=evaluation,
        job=attempt.job,
        permission=attempt.permission,
    )
    progress.published(manifest)
    return manifest


def _check_plot(path: Path) -> None:
    if path.suffix not in _PLOTS:
        raise DataFileError(f"{path}: a plot ends in {', '.join(_PLOTS)}.")
    if not path.parent.is_dir():
        raise DataFileError(f"{path}: there is no folder {path.parent}.")

"""One attempt at a job of the service."""

from __future__ import annotations

import traceback
from contextlib import suppress

from forecasting.errors import ForecastingError
from forecasting.jobs.job_folder import BacktestSpec, JobFolder, TrainingSpec
from forecasting.store.atomic_files import disk_full, is_disk_full
from forecasting.store.draft import finish_promotion
from forecasting.store.store import ModelStore
from training.backtest_worker import run_backtest
from training.pipeline import FitRequest, JobAttempt, run_fit
from training.progress import JsonLines


def run_job(folder: JobFolder, attempt: str) -> bool:
    """Do what the folder asks for, from where an attempt before left off, unless one has done it;
    reports on standard output. Whether it succeeded."""
    progress = JsonLines()
    try:
        match folder.read_spec():
            case TrainingSpec() as spec:
                _train(spec, folder, attempt, progress)
            case BacktestSpec() as spec:
                run_backtest(spec, folder, attempt, progress)
    except ForecastingError as error:
        progress.failed(error)
    except Exception as error:  # noqa: BLE001  a job ends with a reason, whatever it is
        progress.failed(_as_reason(error, folder))
        with suppress(OSError):  # the log may be on a full disk
            traceback.print_exc()
    else:
        return True
    return False


def _train(spec: TrainingSpec, folder: JobFolder, attempt: str, progress: JsonLines) -> None:
    """Train, from the checkpoint if there is one, and publish."""
    store = ModelStore(spec.store)
    published = store.published_by(spec.model, spec.id)
    if published is not None:
        finish_promotion(store, published)
        progress.published(published)
        return
    run_fit(
        FitRequest(
            file=folder.training_series,
            model=spec.model,
            recipe=spec.recipe,
            horizon=spec.horizon,
            frequency=spec.frequency,
            season_length=spec.season_length,
            seed=spec.seed,
            promote=spec.promote,
            keep=spec.keep,
        ),
        store,
        progress,
        JobAttempt(spec.id, folder.checkpoint, folder.permission(attempt)),
    )


def _as_reason(error: Exception, folder: JobFolder) -> ForecastingError:
    if isinstance(error, OSError) and is_disk_full(error):
        return disk_full(folder.path)
    return ForecastingError(f"{type(error).__name__}: {error}", code="job_failed")

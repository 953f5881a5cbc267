"""One attempt at a training job of the service."""

from __future__ import annotations

import traceback
from contextlib import suppress

from forecasting.durable import disk_full, is_disk_full
from forecasting.errors import ForecastingError
from forecasting.job import JobFolder
from forecasting.store import ModelStore
from training.progress import JsonLines
from training.run import FitRequest, JobAttempt, run_fit


def run_job(folder: JobFolder, attempt: str) -> bool:
    """Train what the folder asks for, from the checkpoint if there is one, and publish it, unless
    an attempt before has; reports on standard output. Whether it succeeded."""
    progress = JsonLines()
    try:
        _run(folder, attempt, progress)
    except ForecastingError as error:
        progress.failed(error)
    except Exception as error:  # noqa: BLE001  a job ends with a reason, whatever it is
        progress.failed(_as_reason(error, folder))
        with suppress(OSError):  # the log may be on a full disk
            traceback.print_exc()
    else:
        return True
    return False


def _run(folder: JobFolder, attempt: str, progress: JsonLines) -> None:
    spec = folder.read_spec()
    store = ModelStore(spec.store)
    published = store.published_by(spec.model, spec.id)
    if published is not None:
        store.finish_promotion(published)
        progress.published(published)
        return
    run_fit(
        FitRequest(
            file=folder.series,
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
    return ForecastingError(f"{type(error).__name__}: {error}", code="training_failed")

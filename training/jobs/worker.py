"""The process that runs one attempt at a job of the service."""

from __future__ import annotations

import os
import traceback
from contextlib import suppress
from dataclasses import replace
from functools import partial

from forecasting.errors import ForecastingError
from forecasting.jobs.failure import reason_of
from forecasting.jobs.job_folder import JobFolder
from forecasting.jobs.job_spec import BacktestSpec, TrainingSpec
from forecasting.jobs.tracing import traced
from forecasting.store.draft import finish_promotion
from training.dataset import Dataset
from training.jobs.backtest_worker import run_backtest
from training.model_store import open_store
from training.pipeline import JobAttempt, run_fit
from training.progress import JsonLines


def run_job(folder: JobFolder, attempt: str) -> bool:
    """Do what the folder asks for, and return whether that succeeded.

    The job goes on from where an earlier attempt left off; if one has finished it, nothing is
    done again. Progress and the reason of a failure are reported on standard output.
    """
    progress = JsonLines()
    try:
        spec = folder.read_spec()
        with traced(spec, attempt, os.environ, progress.say):
            match spec:
                case TrainingSpec():
                    _train(spec, folder, attempt, progress)
                case BacktestSpec():
                    run_backtest(spec, folder, attempt, progress)
    except ForecastingError as error:
        progress.failed(error)
    except Exception as error:  # noqa: BLE001  A job ends with a reason, whatever that is.
        progress.failed(reason_of(error, folder.path))
        with suppress(OSError):  # The log may be on a full disk.
            traceback.print_exc()
    else:
        return True
    return False


def _train(spec: TrainingSpec, folder: JobFolder, attempt: str, progress: JsonLines) -> None:
    """Train, from the checkpoint if there is one, and publish.

    If an earlier attempt has published, only its promotion is finished.
    """
    store = open_store(spec.store)
    published = store.published_by(spec.options.model, spec.id)
    if published is not None:
        finish_promotion(store, published)
        progress.published(published)
        return
    permission = partial(folder.permission, attempt)
    job = JobAttempt(spec.id, folder.checkpoint, permission)
    run_fit(spec.options, _dataset(folder), store, progress, job)


def _dataset(folder: JobFolder) -> Dataset:
    """Return the job's series; those without an id are named by their position."""
    series = folder.read_series()
    return Dataset(
        tuple(
            replace(item, id=str(position)) if item.id is None else item
            for position, item in enumerate(series)
        )
    )

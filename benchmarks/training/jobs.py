"""Training jobs as the service runs them: what each takes of memory and of time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from forecasting.errors import ForecastingError
from forecasting.jobs.fit_options import FitOptions
from forecasting.jobs.job_folder import JobFolder
from forecasting.jobs.job_spec import TrainingSpec
from forecasting.networks.recipe import choose_recipe
from forecasting.series.series import Series

ROOT = Path(__file__).resolve().parents[2]
_ATTEMPT = "benchmark"


@dataclass(frozen=True, slots=True)
class JobCost:
    """What the process of a job has taken."""

    seconds: float
    peak_mib: float
    """The most resident memory that it had."""


def run_training_job(
    series: Sequence[Series], recipe: str | None = None, horizon: int | None = None
) -> JobCost:
    """Train on series in a process such as the service starts, with a copy of the store.

    `recipe` is the name of one; None stands for the default.

    Raises ForecastingError if the job fails.
    """
    with tempfile.TemporaryDirectory() as scratch:
        store = Path(scratch) / "store"
        shutil.copytree(ROOT / "model_store", store)
        options = FitOptions(model="mine", recipe=choose_recipe(recipe, None), horizon=horizon)
        folder = JobFolder(Path(scratch) / "job")
        folder.create(TrainingSpec(id="job", store=str(store), options=options), series)
        folder.permit(_ATTEMPT)
        command = [sys.executable, "-m", "training", "run", str(folder.path), "--attempt", _ATTEMPT]
        with folder.log.open("wb") as log:
            started = time.monotonic()
            child = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
            _, status, usage = os.wait4(child.pid, 0)
            seconds = time.monotonic() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise ForecastingError(f"the job failed:\n{folder.log.read_text()[-2000:]}")
    return JobCost(seconds, usage.ru_maxrss / 1024)

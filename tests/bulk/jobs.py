"""Bulk jobs in folders of their own, as the service would write them."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bulk import job
from bulk.process import piece_forecaster
from forecasting.jobs.bulk_task import BulkTask
from forecasting.jobs.job_folder import JobFolder
from forecasting.jobs.job_spec import BulkSpec
from tests.support.service import ROOT

ATTEMPT = "a1"


@dataclass(frozen=True)
class BulkJobs:
    """Makes and runs jobs on the tables of a folder."""

    store: Path
    folder: Path
    patch: pytest.MonkeyPatch

    def make(self, source: str, output: str, name: str = "job", **fields: Any) -> JobFolder:
        """Return the folder of a new job on tables of this folder, with two series a part."""
        places = {"source": str(self.folder / source), "destination": str(self.folder / output)}
        return self.make_any(name, allowed=(str(self.folder),), **places, **fields)

    def make_any(self, name: str, **fields: Any) -> JobFolder:
        """Return the folder of a new job on tables anywhere, with two series a part."""
        task = BulkTask(**{"operation": "predict", "horizon": 2, **fields.pop("task", {})})
        spec = BulkSpec(
            **{
                "id": name,
                "store": str(self.store),
                "model": "zero-shot",
                "version": 1,
                "task": task,
                "max_memory_bytes": 2**40,
                "series_a_part": 2,
                **fields,
            }
        )
        folder = JobFolder(self.folder / "jobs" / name)
        folder.create(spec, ())
        folder.permit(ATTEMPT)
        return folder

    def run(self, folder: JobFolder) -> bool:
        """Run a job in this process, without others that forecast."""
        self.patch.setattr(
            job,
            "make_parts",
            lambda pieces, *given: map(piece_forecaster(*given).make_part, pieces),
        )
        return job.run_job(folder, ATTEMPT)

    def start(self, folder: JobFolder, stdout: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        """Start the process of a job."""
        command = [sys.executable, "-m", "bulk", "run", str(folder.path), "--attempt", ATTEMPT]
        return subprocess.Popen(command, cwd=ROOT, stdout=stdout)


def days(name: str | None, rows: int = 30, start: str = "2024-01-01") -> pd.DataFrame:
    generator = np.random.default_rng(rows)
    dates = pd.date_range(start, periods=rows, freq="D")
    values = 20 + 5 * np.sin(np.arange(rows)) + generator.normal(size=rows)
    return pd.DataFrame({"unique_id": name, "ds": dates, "y": values})


def many_days(count: int) -> pd.DataFrame:
    return pd.concat([days(f"s{n}", 30 + n) for n in range(count)], ignore_index=True)

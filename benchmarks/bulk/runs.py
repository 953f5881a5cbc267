"""Running bulk jobs as the service does, and watching them."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.worker.executor import resident_bytes_of_family
from forecasting.jobs.bulk_task import BulkTask
from forecasting.jobs.job_folder import JobFolder
from forecasting.jobs.job_spec import BulkSpec

ROOT = Path(__file__).parent.parent.parent
MODEL, HORIZON, LEVELS = "zero-shot", 14, (80.0,)
_ATTEMPT = "benchmark"


@dataclass(frozen=True, slots=True)
class Run:
    """How long a job took, and what it held."""

    seconds: float
    peak_bytes: int


def make_job(
    table: Path, output: Path, version: int, *, processes: int, series_a_part: int = 2_000
) -> JobFolder:
    """Return the folder of a new job that forecasts a table into a folder of parts."""
    folder = JobFolder(output.with_suffix(".job"))
    for path in (folder.path, output):
        shutil.rmtree(path, ignore_errors=True)
    spec = BulkSpec(
        id="benchmark",
        store=str(ROOT / "model_store"),
        model=MODEL,
        version=version,
        task=BulkTask(operation="predict", horizon=HORIZON, levels=LEVELS),
        source=str(table),
        destination=str(output),
        allowed=(str(table.parent),),
        processes=processes,
        series_a_part=series_a_part,
        max_memory_bytes=2**40,
    )
    folder.create(spec, ())
    folder.permit(_ATTEMPT)
    return folder


def on_cores(cores: Sequence[int], module: str, *given: str) -> list[str]:
    """Return the command that runs a module on some cores."""
    return ["taskset", "-c", ",".join(map(str, cores)), sys.executable, "-m", module, *given]


def start(folder: JobFolder, cores: Sequence[int]) -> subprocess.Popen[bytes]:
    """Start the process of a job on some cores."""
    return subprocess.Popen(
        on_cores(cores, "bulk", "run", str(folder.path), "--attempt", _ATTEMPT),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def run(folder: JobFolder, cores: Sequence[int]) -> Run:
    """Run a job to its end on some cores, and watch what it holds."""
    began = time.perf_counter()
    process = start(folder, cores)
    peak = [0]
    watching = threading.Thread(target=_watch, args=(process, peak))
    watching.start()
    status = process.wait()
    seconds = time.perf_counter() - began
    watching.join()
    if status:
        raise SystemExit(f"the job failed with status {status}: see {folder.log}")
    return Run(seconds, peak[0])


def _watch(process: subprocess.Popen[bytes], peak: list[int]) -> None:
    while process.poll() is None:
        peak[0] = max(peak[0], resident_bytes_of_family(process.pid))
        time.sleep(0.1)

"""`python -m bulk run`, with which the service starts the process of a bulk job."""

from __future__ import annotations

import os

# NumPy's threads wait for each other by spinning, which takes long on a busy machine. It reads the
# variable when it is loaded. The processes that forecast inherit it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import sys
from pathlib import Path

from bulk.job import run_job
from forecasting.jobs.job_folder import JobFolder
from forecasting.jobs.parent_process import begin_job_process


def main() -> int:
    """Run the job in a folder from where it stands, and report progress as JSON lines."""
    parser = argparse.ArgumentParser(prog="python -m bulk")
    run = parser.add_subparsers(required=True).add_parser("run", help="Run a job of the service.")
    run.add_argument("folder", type=Path, help="The job's folder.")
    run.add_argument("--attempt", required=True, help="The id of the attempt.")
    run.add_argument("--parent", type=int, help="The id of the process that starts this one.")
    options = parser.parse_args()
    begin_job_process(options.parent)
    return 0 if run_job(JobFolder(options.folder), options.attempt) else 2


if __name__ == "__main__":
    sys.exit(main())

"""The command run, with which the service starts the process of a job."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from forecasting.jobs.job_folder import JobFolder
from forecasting.jobs.parent_process import end_with_parent


def run(
    folder: Annotated[Path, typer.Argument(help="The job's folder.")],
    attempt: Annotated[str, typer.Option(help="The id of the attempt, which must be current.")],
    parent: Annotated[
        int | None,
        typer.Option(
            help="The id of the process that starts this one. This one then ends with it, and runs "
            "in a process group of its own."
        ),
    ] = None,
) -> None:
    """Run a job of the service from where it stands, and report progress as JSON lines."""
    from training.jobs.worker import run_job

    if parent is not None:
        end_with_parent(parent)
        os.setpgid(0, 0)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    if not run_job(JobFolder(folder), attempt):
        raise typer.Exit(2)

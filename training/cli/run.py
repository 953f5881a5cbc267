"""The command run, with which the service starts the process of a job."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forecasting.jobs.job_folder import JobFolder
from forecasting.jobs.parent_process import begin_job_process


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

    begin_job_process(parent)
    if not run_job(JobFolder(folder), attempt):
        raise typer.Exit(2)

"""The commands below jobs."""

from __future__ import annotations

import json as json_
from dataclasses import asdict
from typing import Annotated

import typer

from forecast_client.cli.shared import AsJson, Url, client_of
from forecast_client.operations.jobs import succeeded
from forecast_client.results.progress import counts_of
from forecast_client.results.records import Job

jobs_cli = typer.Typer(help="List jobs, follow and cancel them.", rich_markup_mode=None)

JobId = Annotated[str, typer.Argument(metavar="JOB", help="Id of the job.")]


@jobs_cli.callback(invoke_without_command=True)
def list_jobs(context: typer.Context, *, json: AsJson = False, url: Url = None) -> None:
    """List jobs, the newest first, or do something with one of them."""
    if context.invoked_subcommand is not None:
        return
    with client_of(url) as client:
        jobs = client.jobs()
    if json:
        typer.echo(json_.dumps([asdict(job) for job in jobs]))
        return
    from forecast_client.cli.tables.rows import show_rows, when

    rows = [
        (job.id, job.kind, job.model, job.state, _progress(job), when(job.created_at[:16]))
        for job in jobs
    ]
    show_rows(("job", "kind", "model", "state", "progress", "asked for"), rows)


@jobs_cli.command()
def show(job: JobId, *, url: Url = None) -> None:
    """Show how a job stands, as JSON."""
    with client_of(url) as client:
        typer.echo(json_.dumps(asdict(client.job(job)), indent=2))


@jobs_cli.command()
def follow(job: JobId, *, url: Url = None) -> None:
    """Follow a job to its end. Ctrl-C stops following, and the job goes on."""
    with client_of(url) as client:
        for event in client.follow(job):
            if event.kind == "log":
                typer.echo(event.data["line"])
            elif event.kind != "end":
                typer.echo(" ".join(f"{name}={value}" for name, value in event.data.items()))
        succeeded(client.job(job))


@jobs_cli.command()
def result(job: JobId, *, json: AsJson = False, url: Url = None) -> None:
    """Show what a backtest has found, or what a bulk job has written."""
    with client_of(url) as client:
        if client.job(job).kind == "bulk":
            typer.echo(json_.dumps(asdict(client.bulk_output(job)), indent=2))
            return
        found = client.result(job)
    if json:
        document = asdict(found)
        typer.echo(json_.dumps({name: document[name] for name in document if name[0] != "_"}))
        return
    from forecast_client.cli.tables.past import show_backtest

    show_backtest(found)


@jobs_cli.command()
def logs(job: JobId, *, url: Url = None) -> None:
    """Write the log of a job."""
    with client_of(url) as client:
        typer.echo(client.logs(job), nl=False)


@jobs_cli.command()
def cancel(job: JobId, *, url: Url = None) -> None:
    """Cancel a job."""
    with client_of(url) as client:
        cancelled = client.cancel(job)
    outcome = f"is {cancelled.state}" if cancelled.ended else "is asked to stop"
    typer.echo(f"The job {job} {outcome}.")


def _progress(job: Job) -> str:
    done, total, unit = counts_of(job.progress or {})
    return f"{done}/{total} {unit}" if unit else ""

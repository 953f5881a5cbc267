"""The command train."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from forecast_client.cli.service_options import with_service_options
from forecast_client.cli.shared import InputFile, Url, client_of, read_input
from forecast_client.options import TrainOptions
from forecast_client.results.records import Job

_SCORED = {
    "model": "this version",
    "production": "production before",
    "zero_shot": "zero-shot",
    "theta": "Theta",
    "seasonal_naive": "seasonal naive",
}


@with_service_options(TrainOptions)
def train(
    *,
    file: InputFile = "-",
    model: Annotated[str, typer.Option(help="Name of the model that gets a new version.")],
    wait: Annotated[
        bool, typer.Option(help="Wait for the end. Ctrl-C then cancels the job.")
    ] = True,
    url: Url = None,
    **options: Any,
) -> None:
    """Train a model on the series of a file, with a live bar."""
    with client_of(url) as client:
        job = client.train(read_input(file), model, **options)
        if wait:
            typer.echo(f"job {job.id}", err=True)
            show_training(client.wait(job))
        else:
            typer.echo(job.id)


def show_training(job: Job) -> None:
    """Show the version that a training has published, its scores, and whether it is served."""
    typer.echo(f"{job.model}, version {job.version}")
    show_scores(job.evaluation or {})
    if job.promotion is not None:
        outcome = "is served" if job.promotion["promoted"] else "is not served by default"
        typer.echo(f"It {outcome}: {job.promotion['reason']}")


def show_scores(evaluation: Mapping[str, Any]) -> None:
    """Show the scores on the held-out tail, if there are any."""
    from forecast_client.cli.tables.rows import number, show_rows

    rows = [
        (name, *(number(evaluation[method].get(score)) for score in ("mase", "smape", "wql")))
        for method, name in _SCORED.items()
        if evaluation.get(method)
    ]
    if rows:
        show_rows(("on the held-out tail", "MASE", "sMAPE", "WQL"), rows)

"""The command bulk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from forecast_client.cli.service_options import with_service_options
from forecast_client.cli.shared import Url, client_of
from forecast_client.options import BulkOptions

_LISTS = ("levels", "quantiles")
_DOCUMENTS = ("repair", "open")


@with_service_options(BulkOptions)
def bulk(
    *,
    source: Annotated[
        str, typer.Argument(metavar="INPUT", help="A file, a folder, or a URL such as s3://….")
    ],
    output: Annotated[
        str, typer.Argument(metavar="OUTPUT", help="Likewise: out.parquet, or a folder of parts.")
    ],
    wait: Annotated[
        bool, typer.Option(help="Wait for the end. Ctrl-C then cancels the job.")
    ] = True,
    url: Url = None,
    **options: Any,
) -> None:
    """Forecast all series of a table that the service can reach, however large, into another one.

    The service reads and writes it itself. Names without a URL are of its machine."""
    asked = {name: _as_json(name, value) for name, value in options.items()}
    with client_of(url) as client:
        job = client.bulk(_location(source), _location(output), **asked)
        if not wait:
            typer.echo(job.id)
            return
        typer.echo(f"job {job.id}", err=True)
        client.wait(job)
        found = client.bulk_output(job)
    typer.echo(f"{found.rows} rows of {found.series - found.failed} series: {found.output}")
    if found.failed:
        typer.echo(f"{found.failed} series failed: {found.failures}", err=True)
    for note in found.notes:
        typer.echo(f"note: {note['message']} ({note['series']} series)", err=True)


def _location(given: str) -> str:
    """Return a location as the service takes it: a URL, or an absolute path."""
    return given if "://" in given else str(Path(given).absolute())


def _as_json(name: str, value: Any) -> Any:
    """Return an option as it is in a JSON document."""
    if name in _LISTS:
        listed = value.strip().removeprefix("[").removesuffix("]")
        return [float(number) for number in listed.split(",")] if listed else []
    if name == "version" and value.isdigit():
        return int(value)
    if name in _DOCUMENTS:
        try:
            return json.loads(value)
        except ValueError:
            raise typer.BadParameter("It is no JSON.", param_hint=f"--{name}") from None
    return value

"""What several commands share: where the service is, what they read, and where they write."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from forecast_client.client import ForecastClient
from forecast_client.http.address import DEFAULT_URL, URL_VARIABLE
from forecast_client.results.notes import Note

_STDIN = "-"
_NAMED = 5

Url = Annotated[
    str | None,
    typer.Option(envvar=URL_VARIABLE, help=f"Address of the service. By default, {DEFAULT_URL}."),
]
InputFile = Annotated[
    str,
    typer.Argument(
        metavar="[FILE]",
        show_default=False,
        help="CSV, Excel, Parquet, Arrow or JSON. By default, standard input, as with -.",
    ),
]
OutputFile = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="File to write. By default, standard output."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON.")]
Plot = Annotated[Path | None, typer.Option(help="Picture to draw: out.png, out.svg or out.pdf.")]


class Format(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"
    ARROW = "arrow"


FormatOption = Annotated[
    Format | None,
    typer.Option(
        "--format",
        "-f",
        help="By default, what the name of the output says; or else a table in a terminal, and "
        "CSV elsewhere.",
    ),
]
MEDIA_TYPES = {
    Format.CSV: "text/csv",
    Format.JSON: "application/json",
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.ARROW: "application/vnd.apache.arrow.stream",
}


def client_of(url: str | None) -> ForecastClient:
    """Return a client of the service; bars are shown in terminals only."""
    return ForecastClient(url, progress=sys.stderr.isatty())


def read_input(file: str) -> Path | bytes:
    """Return the file to send, or what standard input holds."""
    if file != _STDIN:
        return Path(file)
    if sys.stdin.isatty():
        raise typer.BadParameter("Name a file, or pipe one in.", param_hint="FILE")
    return sys.stdin.buffer.read()


def choose_format(given: Format | None, output: Path | None) -> Format:
    """Return how an answer is written."""
    if given is not None:
        return given
    if output is not None:
        suffix = output.suffix.removeprefix(".").lower()
        if suffix not in set(Format) - {Format.TABLE}:
            raise typer.BadParameter(
                f"The name {output} says no format: use .csv, .json, .parquet or .arrow, or "
                "--format.",
                param_hint="--output",
            )
        return Format(suffix)
    return Format.TABLE if sys.stdout.isatty() else Format.CSV


def write(content: bytes, output: Path | None) -> None:
    """Write an answer to a file or to standard output."""
    if output is not None:
        output.write_bytes(content)
        return
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def say(notes: Sequence[Note]) -> None:
    """Write notes to standard error, those of several series together."""
    series: dict[str, list[str]] = {}
    for note in notes:
        series.setdefault(note.message, [])
        if note.unique_id is not None:
            series[note.message].append(note.unique_id)
    for message, names in series.items():
        named = ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")
        typer.echo(f"note: {message}" + (f" ({named})" if names else ""), err=True)

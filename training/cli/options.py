"""Options that several commands share, and how the commands report progress and errors."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from forecasting.errors import ForecastingError
from forecasting.store.manifest import MODEL_NAME, PromotePolicy

if TYPE_CHECKING:
    from training.progress import Progress


class ProgressStyle(StrEnum):
    """How a command shows its progress."""

    BAR = "bar"
    JSON = "json"


def check_model_name(name: str) -> str:
    """Return the name, or stop the command if it cannot be the name of a model."""
    if not re.match(MODEL_NAME, name):
        raise typer.BadParameter(
            f"{name!r}: use lower case letters, digits, '-', '_' and '.', 64 at most.",
            param_hint="--model",
        )
    return name


Store = Annotated[
    str,
    typer.Option(
        "--store",
        envvar="FORECAST_MODEL_STORE",
        help="The model store: a folder, or a URL (s3://…, gs://…, az://…).",
    ),
]
DEFAULT_STORE = "model_store"
NewVersionOf = Annotated[
    str, typer.Option("--model", help="Name of the model that gets the new version.")
]
Model = Annotated[str, typer.Argument(help="Name of the model.")]
OptionalModel = Annotated[
    str | None, typer.Argument(help="Name of the model. The default is all models.")
]
Version = Annotated[int, typer.Argument(min=1, help="Number of the version.")]
Reason = Annotated[
    str | None, typer.Option(help="Why this is done. It is kept in the history of the aliases.")
]
Promote = Annotated[
    PromotePolicy,
    typer.Option(
        help="Whether the version takes the alias production: if its scores are better, always, or "
        "never."
    ),
]
ShowProgress = Annotated[
    ProgressStyle, typer.Option(help="Show a live bar, or print JSON lines for programs.")
]

CHANGED_BY = "cli"
"""On whose behalf versions and aliases are changed, as their history says."""


@contextmanager
def report_errors() -> Iterator[None]:
    """Print a ForecastingError on one line of standard error, and exit with code 2."""
    try:
        yield
    except ForecastingError as error:
        print(f"error: {error.message}", file=sys.stderr)
        raise typer.Exit(2) from error


@contextmanager
def report_progress(style: ProgressStyle, unit: str) -> Iterator[Progress]:
    """Show the progress of a run, counted in `unit`; report a ForecastingError there too.

    The process exits with code 2 after such an error.
    """
    from training.progress import show_progress

    with show_progress(style.value, unit) as progress:
        try:
            yield progress
        except ForecastingError as error:
            progress.failed(error)
            raise typer.Exit(2) from error

"""What the commands share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from forecasting.errors import ForecastingError

Store = Annotated[
    Path,
    typer.Option("--store", envvar="FORECAST_MODEL_STORE", help="The model store, a folder."),
]
DEFAULT_STORE = Path("model_store")


@contextmanager
def clear_errors() -> Iterator[None]:
    """One line on standard error and exit code 2 for what the caller can mend."""
    try:
        yield
    except ForecastingError as error:
        print(f"error: {error.message}", file=sys.stderr)
        raise typer.Exit(2) from error

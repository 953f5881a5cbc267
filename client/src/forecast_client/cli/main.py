"""The commands of `forecast`, assembled."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from forecast_client.cli.bulk import bulk
from forecast_client.cli.exit_codes import ExitCode, exit_code
from forecast_client.cli.forecasts import anomalies, backtest, inspect, predict
from forecast_client.cli.jobs import jobs_cli
from forecast_client.cli.live_accuracy import actuals, performance
from forecast_client.cli.models import models_cli
from forecast_client.cli.training import train
from forecast_client.errors import ForecastError

cli = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
cli.command()(predict)
cli.command()(backtest)
cli.command()(anomalies)
cli.command()(bulk)
cli.command()(inspect)
cli.command()(train)
cli.command()(actuals)
cli.command()(performance)
cli.add_typer(jobs_cli, name="jobs")
cli.add_typer(models_cli, name="models")


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(version("forecasting-service-client"))
        raise typer.Exit


@cli.callback()
def about(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_show_version, help="Show the version of it."
        ),
    ] = False,
) -> None:
    """Forecast the series of files with a forecasting service. An API key is read from
    FORECAST_API_KEY."""


def main() -> None:
    """Run the command line."""
    try:
        cli(prog_name="forecast")
    except ForecastError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(exit_code(error))
    except BrokenPipeError:
        sys.stderr.close()  # Whoever read the output has enough, as `head` does.
    except OSError as error:
        if error.filename is None:
            sys.stdout = None  # Python would write the rest at the end, and fail again.
        written = error.filename or "Standard output"
        typer.echo(f"error: {written} cannot be written: {error.strerror}.", err=True)
        sys.exit(ExitCode.REFUSED)

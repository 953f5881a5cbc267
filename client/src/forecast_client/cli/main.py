"""The commands of `forecast`, assembled."""

from __future__ import annotations

import sys

import typer

from forecast_client.cli.exit_codes import ExitCode, exit_code
from forecast_client.cli.forecasts import anomalies, backtest, inspect, predict
from forecast_client.cli.jobs import jobs_cli
from forecast_client.cli.models import models_cli
from forecast_client.cli.training import train
from forecast_client.errors import ForecastError

cli = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Forecast the series of files with a forecasting service. An API key is read from "
    "FORECAST_API_KEY.",
)
cli.command()(predict)
cli.command()(backtest)
cli.command()(anomalies)
cli.command()(inspect)
cli.command()(train)
cli.add_typer(jobs_cli, name="jobs")
cli.add_typer(models_cli, name="models")


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
        typer.echo(f"error: {error.filename} cannot be written: {error.strerror}.", err=True)
        sys.exit(ExitCode.REFUSED)

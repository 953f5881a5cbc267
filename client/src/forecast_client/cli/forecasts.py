"""The commands predict, backtest, anomalies and inspect."""

from __future__ import annotations

from typing import Any

import typer

from forecast_client.cli.exit_codes import ExitCode
from forecast_client.cli.service_options import with_service_options
from forecast_client.cli.shared import (
    MEDIA_TYPES,
    AsJson,
    Format,
    FormatOption,
    InputFile,
    OutputFile,
    Plot,
    Url,
    choose_format,
    client_of,
    read_input,
    say,
    write,
)
from forecast_client.options import (
    AnomaliesOptions,
    BacktestOptions,
    InspectOptions,
    PredictOptions,
)


@with_service_options(PredictOptions)
def predict(
    *,
    file: InputFile = "-",
    output: OutputFile = None,
    format_: FormatOption = None,
    plot: Plot = None,
    url: Url = None,
    **options: Any,
) -> None:
    """Forecast the series of a file."""
    written_as, data = choose_format(format_, output), read_input(file)
    with client_of(url) as client:
        if written_as is Format.TABLE or plot is not None:
            forecast = client.predict(data, **options)
            say(forecast.notes)
            if plot is not None:
                forecast.plot(plot)
        if written_as is Format.TABLE:
            from forecast_client.cli.tables.forecast import show_forecast

            show_forecast(forecast)
        else:
            write(client.answer("predict", data, MEDIA_TYPES[written_as], **options), output)


@with_service_options(BacktestOptions, leave_out=("job",))
def backtest(
    *,
    file: InputFile = "-",
    output: OutputFile = None,
    format_: FormatOption = None,
    url: Url = None,
    **options: Any,
) -> None:
    """Forecast the past, and score the forecasts beside two baselines.

    A long backtest, and one with --refit, runs as a job in the service. That is followed for a
    table; other formats are refused then, and `forecast jobs result` writes JSON."""
    written_as, data = choose_format(format_, output), read_input(file)
    with client_of(url) as client:
        if written_as is Format.TABLE:
            from forecast_client.cli.tables.past import show_backtest

            found = client.backtest(data, **options)
            say(found.notes)
            show_backtest(found)
        else:
            asked = {**options, "job": False}
            write(client.answer("backtest", data, MEDIA_TYPES[written_as], **asked), output)


@with_service_options(AnomaliesOptions)
def anomalies(
    *,
    file: InputFile = "-",
    output: OutputFile = None,
    format_: FormatOption = None,
    url: Url = None,
    **options: Any,
) -> None:
    """Find the values of the past that were unusual."""
    written_as, data = choose_format(format_, output), read_input(file)
    with client_of(url) as client:
        if written_as is Format.TABLE:
            from forecast_client.cli.tables.past import show_anomalies

            found = client.anomalies(data, **options)
            say(found.notes)
            show_anomalies(found)
        else:
            write(client.answer("anomalies", data, MEDIA_TYPES[written_as], **options), output)


@with_service_options(InspectOptions, leave_out=("values",))
def inspect(
    *,
    file: InputFile = "-",
    output: OutputFile = None,
    json: AsJson = False,
    url: Url = None,
    **options: Any,
) -> None:
    """Show what is understood of a file, without forecasting it."""
    data = read_input(file)
    with client_of(url) as client:
        if json or output is not None:
            write(client.answer("inspect", data, MEDIA_TYPES[Format.JSON], **options), output)
            return
        from forecast_client.cli.tables.past import show_inspection

        found = client.inspect(data, values=True, **{"max_series": 20, **options})
        say(found.notes)
        show_inspection(found)
        if found.error is not None:
            raise typer.Exit(ExitCode.REFUSED)

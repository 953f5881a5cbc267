"""The commands actuals and performance."""

from __future__ import annotations

import json as json_
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from forecast_client.cli.models import ModelName, ServedVersion, served
from forecast_client.cli.service_options import with_service_options
from forecast_client.cli.shared import AsJson, InputFile, Url, client_of, read_input
from forecast_client.options import ActualsOptions

_MOST_SERIES = 20


@with_service_options(ActualsOptions, leave_out=("model",))
def actuals(
    *,
    file: InputFile = "-",
    model: Annotated[
        str | None, typer.Option(help="Only forecasts of this model. By default, of all models.")
    ] = None,
    json: AsJson = False,
    url: Url = None,
    **options: Any,
) -> None:
    """Say what really happened of forecasts that were made with --track."""
    if model is not None:
        options["model"] = model
    with client_of(url) as client:
        answer = client.actuals(read_input(file), **options)
    if json:
        typer.echo(json_.dumps(answer))
        return
    matched = f"Matched {answer['matched']} of {answer['values']} values"
    typer.echo(f"{matched}; forecasts that they belong to: {answer['forecasts']}.")
    for note in [*answer["notes"], *answer["unmatched"]]:
        typer.echo(f"note: {note['message']}", err=True)


def performance(
    model: ModelName, version: ServedVersion = None, *, json: AsJson = False, url: Url = None
) -> None:
    """Show how a version does by what really happened, and whether it is drifting."""
    with client_of(url) as client:
        found = client.performance(model, version or served(client, model))
    if json:
        typer.echo(json_.dumps(found))
        return
    show_performance(found)


def show_performance(found: Mapping[str, Any]) -> None:
    """Show the scores of a version beside those of seasonal naive, overall and by series."""
    from forecast_client.cli.tables.rows import new_console, new_table, number, say, say_rest

    console, overall, drift = new_console(), found["overall"], found["drift"]
    known = f"{found['evaluated']} of {found['forecasts']} forecasts, {overall['values']} values"
    say(console, f"{found['model']}, version {found['version']}: known for {known}")
    levels = list(overall["model"]["coverage"])
    columns = ("values", "MASE", "seasonal naive", "bias", *(f"within {one} %" for one in levels))
    table = new_table("series", *columns)
    series = found["by_series"]
    for name, group in [
        ("all", overall),
        *((one["id"] or one["target"] or "", one) for one in series[:_MOST_SERIES]),
    ]:
        scores, naive = group["model"], group["seasonal_naive"]
        covered = [scores["coverage"].get(level) for level in levels]
        cells = [scores["mase"], naive["mase"], scores["bias"], *covered]
        table.add_row(name, str(group["values"]), *map(number, cells))
    console.print(table)
    say_rest(console, found["series"] - min(len(series), _MOST_SERIES), "series")
    drifting = "It is drifting" if found["drifting"] else "It is not drifting"
    evidence = f"evidence {number(drift['evidence'])} of {number(drift['threshold'])}"
    typer.echo(f"{drifting}: {evidence}, rounds so far: {drift['rounds']}.")

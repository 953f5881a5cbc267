"""The commands below models."""

from __future__ import annotations

import json as json_
from dataclasses import asdict
from typing import Annotated

import typer

from forecast_client.cli.shared import AsJson, Url, client_of
from forecast_client.client import ForecastClient
from forecast_client.errors import ForecastError

models_cli = typer.Typer(
    help="List models, and say which versions are served.", rich_markup_mode=None
)

ModelName = Annotated[str, typer.Argument(metavar="MODEL", help="Name of the model.")]
Version = Annotated[int, typer.Argument(metavar="VERSION", min=1, help="Number of the version.")]
ServedVersion = Annotated[
    int | None,
    typer.Argument(
        metavar="[VERSION]",
        min=1,
        show_default=False,
        help="Number of the version. By default, the one that is served.",
    ),
]
Reason = Annotated[str | None, typer.Option(help="Why; the history keeps it.")]


@models_cli.callback(invoke_without_command=True)
def list_models(context: typer.Context, *, json: AsJson = False, url: Url = None) -> None:
    """List models, or do something with one of them."""
    if context.invoked_subcommand is not None:
        return
    with client_of(url) as client:
        models = client.models()
    if json:
        typer.echo(json_.dumps([asdict(model) for model in models]))
        return
    from forecast_client.cli.tables.rows import show_rows

    rows = [
        (
            model.model,
            ", ".join(map(str, model.versions)),
            ", ".join(f"{alias} = {version}" for alias, version in model.aliases.items()),
            "default" if model.default else "",
        )
        for model in models
    ]
    show_rows(("model", "versions", "aliases", ""), rows)


@models_cli.command()
def show(
    model: ModelName, version: ServedVersion = None, *, json: AsJson = False, url: Url = None
) -> None:
    """Show what a version was trained on, and its scores. With --json, all of its manifest."""
    with client_of(url) as client:
        manifest = client.version(model, version or served(client, model))
    if json:
        typer.echo(json_.dumps(manifest, indent=2))
        return
    from forecast_client.cli.training import show_scores

    data, frequency = manifest["data"], manifest["data"]["frequency"]
    typer.echo(f"{manifest['model']}, version {manifest['version']}, of {manifest['created_at']}")
    trained = f"{data['series']:,} series with {data['observations']:,} values"
    typer.echo(f"trained on {trained}" + (f", {frequency}" if frequency else ""))
    show_scores(manifest["evaluation"] or {})


def served(client: ForecastClient, model: str) -> int:
    """Return the version of a model that is served.

    Raises:
        ForecastError: There is none.
    """
    for known in client.models():
        if known.model == model and known.served is not None:
            return known.served
    raise ForecastError(
        f"There is no model {model!r}: `forecast models` lists those that there are."
    )


@models_cli.command()
def promote(
    model: ModelName,
    version: Version,
    *,
    alias: Annotated[str, typer.Option(help="The alias that is to name it.")] = "production",
    reason: Reason = None,
    url: Url = None,
) -> None:
    """Let an alias name a version; `production` is what is served."""
    with client_of(url) as client:
        moved = client.promote(model, version, alias=alias, reason=reason)
    typer.echo(f"{moved.alias} of {moved.model} is version {moved.version}.")


@models_cli.command()
def rollback(model: ModelName, *, reason: Reason = None, url: Url = None) -> None:
    """Let `production` name the version that it named before."""
    with client_of(url) as client:
        moved = client.rollback(model, reason=reason)
    typer.echo(f"{moved.alias} of {moved.model} is version {moved.version} again.")


@models_cli.command()
def delete(
    model: ModelName,
    version: Version,
    *,
    even_if_served: Annotated[
        bool,
        typer.Option(
            "--even-if-served",
            help="Delete it though it is the newest, and served for want of an alias production.",
        ),
    ] = False,
    url: Url = None,
) -> None:
    """Delete a version that no alias names and that is not served."""
    with client_of(url) as client:
        client.delete(model, version, even_if_served=even_if_served)
    typer.echo(f"Version {version} of {model} is deleted.")

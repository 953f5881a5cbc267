"""The commands below models."""

from __future__ import annotations

import json as json_
from dataclasses import asdict
from typing import Annotated

import typer

from forecast_client.cli.shared import AsJson, Url, client_of

models_cli = typer.Typer(
    help="List models, and say which versions are served.", rich_markup_mode=None
)

ModelName = Annotated[str, typer.Argument(metavar="MODEL", help="Name of the model.")]
Version = Annotated[int, typer.Argument(metavar="VERSION", min=1, help="Number of the version.")]
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
    from forecast_client.cli.tables import show_rows

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
def show(model: ModelName, version: Version, *, url: Url = None) -> None:
    """Show the manifest of a version, as JSON: its data, its recipe and its scores."""
    with client_of(url) as client:
        typer.echo(json_.dumps(client.version(model, version), indent=2))


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
def delete(model: ModelName, version: Version, *, url: Url = None) -> None:
    """Delete a version that no alias names."""
    with client_of(url) as client:
        client.delete(model, version)
    typer.echo(f"Version {version} of {model} is deleted.")

"""The commands that show what is in the store: list, show."""

from __future__ import annotations

from typing import Annotated

import typer

from training.cli.options import DEFAULT_STORE, Model, Store, report_errors
from training.model_store import open_store


def list_(store: Store = DEFAULT_STORE) -> None:
    """List the models and their versions."""
    from training.report import list_line

    with report_errors():
        model_store = open_store(store)
        for model in model_store.models():
            for version in model_store.versions(model):
                print(list_line(model_store, model, version))


def show(
    model: Model,
    version: Annotated[
        int | None, typer.Argument(help="Number of the version. The default is the newest.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the manifest as it is, in JSON.")
    ] = False,
    store: Store = DEFAULT_STORE,
) -> None:
    """Show a version: what it is and how it scored."""
    from training.report import describe

    with report_errors():
        model_store = open_store(store)
        newest = max(model_store.versions(model), default=1)
        manifest = model_store.manifest(model, version or newest)
        print(manifest.model_dump_json(indent=2) if as_json else describe(manifest))

"""The commands that move versions between stores: export, import-version."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forecasting.store import archive
from forecasting.store.manifest import PromotePolicy
from forecasting.store.signing import SigningKey
from training.cli.options import (
    DEFAULT_STORE,
    Model,
    Promote,
    Store,
    Version,
    check_model_name,
    report_errors,
)
from training.model_store import open_store


def export(
    model: Model,
    version: Version,
    output: Annotated[
        Path | None,
        typer.Option(help="The file; MODEL-VERSION.tar if it is left out.", show_default=False),
    ] = None,
    sign_with: Annotated[
        Path | None,
        typer.Option(
            help="The file of the private key to sign with. If it is left out, the version is "
            "signed as it is in the store, or not at all.",
            show_default=False,
        ),
    ] = None,
    store: Store = DEFAULT_STORE,
) -> None:
    """Write a version into one file, with which import-version publishes it in another store."""
    with report_errors():
        path = output or Path(f"{model}-{version}.tar")
        key = None if sign_with is None else SigningKey.read(sign_with)
        archive.export_version(open_store(store), model, version, path, key)
        print(path)


def import_version(
    file: Annotated[Path, typer.Argument(help="What export has written.")],
    model: Annotated[
        str | None,
        typer.Option(help="The model that gets the version; its own if it is left out."),
    ] = None,
    promote: Promote = PromotePolicy.IF_BETTER,
    store: Store = DEFAULT_STORE,
) -> None:
    """Publish a version that export has written, as the next one of its model.

    Each file is compared with its digest. With FORECAST_TRUSTED_KEYS, one of those keys must have
    signed the version, which then keeps its name and its number. The version has no scores on data
    of this store: unless it is the model's first one, it takes the alias production only with
    --promote always.
    """
    from training.promotion import decide_without_scores
    from training.report import describe

    with report_errors():
        name = None if model is None else check_model_name(model)
        model_store = open_store(store)
        published = archive.import_version(
            model_store,
            file,
            name,
            lambda model: decide_without_scores(model_store, model, promote).promotion,
        )
        print(describe(published))

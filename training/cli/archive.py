"""The commands that move versions between stores: export, import-version, copy-models."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from forecasting.errors import DataFileError, NotFoundError
from forecasting.store import archive
from forecasting.store.manifest import PromotePolicy, Promotion
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
    """Write a version into a new file, with which import-version publishes it in another store."""
    with report_errors():
        path = output or Path(f"{model}-{version}.tar")
        if path.exists():
            raise DataFileError(f"{path} is there already. Name another file, or remove it.")
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


def copy_models(
    source: Annotated[
        str, typer.Argument(help="The store with the models: a folder, or the URL of a bucket.")
    ],
    store: Store = DEFAULT_STORE,
) -> None:
    """Publish in a store the served version of each model of another one, to fill a new bucket.

    Models that the store has already are left as they are, so that the command may be run again.
    With FORECAST_TRUSTED_KEYS, only versions that one of those keys has signed are copied.
    """
    from training.promotion import decide_without_scores
    from training.report import describe

    def decide(model: str) -> Promotion:
        return decide_without_scores(target, model, PromotePolicy.IF_BETTER).promotion

    with report_errors(), TemporaryDirectory() as scratch:
        origin, target = open_store(source), open_store(store)
        file = Path(scratch, "version.tar")
        there, models = set(target.models()), origin.models()
        if not models:
            raise NotFoundError(f"{source} holds no models to copy.", code="model_not_found")
        for model in models:
            version = origin.default_version(model)
            if model in there or version is None:
                continue
            archive.export_version(origin, model, version, file)
            print(describe(archive.import_version(target, file, model, decide)))

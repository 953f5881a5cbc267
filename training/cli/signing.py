"""The commands about signatures: key create, key show, sign."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from forecasting.store.environment import store_cache
from forecasting.store.lifecycle import sign_version
from forecasting.store.signing import SigningKey
from forecasting.store.store import ModelStore
from training.cli.options import DEFAULT_STORE, Model, Store, Version, report_errors
from training.model_store import SIGNING_KEY

KeyFile = Annotated[Path, typer.Argument(metavar="FILE", help="The file of the private key.")]
SignWith = Annotated[
    Path, typer.Option(envvar=SIGNING_KEY, help="The file of the private key to sign with.")
]

key_cli = typer.Typer(no_args_is_help=True, help="Keys with which versions are signed.")


@key_cli.command("create")
def create(file: KeyFile) -> None:
    """Make a private key in a new file, and print its public key for FORECAST_TRUSTED_KEYS."""
    with report_errors():
        print(SigningKey.create(file).public)


@key_cli.command("show")
def show_key(file: KeyFile) -> None:
    """Print the public key of a private one, for FORECAST_TRUSTED_KEYS."""
    with report_errors():
        print(SigningKey.read(file).public)


def sign(
    model: Model, version: Version, *, sign_with: SignWith, store: Store = DEFAULT_STORE
) -> None:
    """Sign a version in the store, and so vouch for it. An earlier signature is replaced.

    Example: python -m training sign zero-shot 2 --sign-with release.key
    """
    with report_errors():
        opened = ModelStore(store, cache=store_cache(os.environ))
        sign_version(opened, model, version, SigningKey.read(sign_with))

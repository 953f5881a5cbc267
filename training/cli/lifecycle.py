"""The commands that take versions out of use: rollback, delete, prune."""

from __future__ import annotations

from typing import Annotated

import typer

from forecasting.store import lifecycle
from training.cli.alias import alias_line
from training.cli.options import (
    CHANGED_BY,
    DEFAULT_STORE,
    Model,
    OptionalModel,
    Reason,
    Store,
    Version,
    report_errors,
)
from training.model_store import open_store


def rollback(model: Model, reason: Reason = None, store: Store = DEFAULT_STORE) -> None:
    """Let production name the version that it named before. Each further call goes further back."""
    with report_errors():
        moved = lifecycle.roll_back(open_store(store), model, by=CHANGED_BY, reason=reason)
        over = ", ".join(map(str, moved.passed_over))
        passed = f"  passed over, because deleted or damaged: {over}" if over else ""
        print(alias_line(moved) + passed)


def delete(
    model: Model,
    version: Version,
    reason: Reason = None,
    *,
    even_if_served: Annotated[
        bool,
        typer.Option(
            "--even-if-served",
            help="Delete it though it is the newest, and served for want of an alias production.",
        ),
    ] = False,
    store: Store = DEFAULT_STORE,
) -> None:
    """Delete a version that no alias names and that is not served. Its number is never given out
    again."""
    with report_errors():
        lifecycle.delete_version(
            open_store(store),
            model,
            version,
            by=CHANGED_BY,
            reason=reason,
            even_if_served=even_if_served,
        )
        print(_deleted_line(model, version))


def prune(
    model: OptionalModel = None,
    *,
    keep: Annotated[
        int,
        typer.Option(
            min=0,
            envvar="FORECAST_KEEP_VERSIONS",
            help="How many of the newest versions are kept; 0 keeps all.",
        ),
    ],
    store: Store = DEFAULT_STORE,
) -> None:
    """Delete all but the newest versions, those that an alias names, and the one that a rollback
    would go to."""
    with report_errors():
        model_store = open_store(store)
        for name in model_store.models() if model is None else [model]:
            for version in lifecycle.prune(model_store, name, keep, by=CHANGED_BY):
                print(_deleted_line(name, version))


def _deleted_line(model: str, version: int) -> str:
    return f"{model:24}{version:>5}  deleted"

"""The commands for versions that are published: alias, rollback, delete, prune."""

from __future__ import annotations

from typing import Annotated

import typer

from forecasting.store import lifecycle
from forecasting.store.aliases import Alias, AliasMove
from forecasting.store.store import ModelStore
from training.cli.options import DEFAULT_STORE, Store, clear_errors

Model = Annotated[str, typer.Argument(help="Name of the model.")]
Version = Annotated[int, typer.Argument(min=1, help="Number of the version.")]
Name = Annotated[str, typer.Argument(metavar="ALIAS", help="Such as production or staging.")]
Reason = Annotated[str | None, typer.Option(help="Why: it is kept in the history.")]
_BY = "cli"

alias = typer.Typer(no_args_is_help=True, help="Names for versions: production is what is served.")


@alias.command("set")
def set_(
    model: Model,
    name: Name,
    version: Version,
    reason: Reason = None,
    store: Store = DEFAULT_STORE,
) -> None:
    """Have an alias name a version.

    Example: python -m training alias set sales production 3 --reason "checked by hand"
    """
    with clear_errors():
        found = lifecycle.set_alias(ModelStore(store), model, name, version, by=_BY, reason=reason)
        print(_line(found))


@alias.command("remove")
def remove(model: Model, name: Name, reason: Reason = None, store: Store = DEFAULT_STORE) -> None:
    """Remove an alias; its history stays. Without production, the newest version is served."""
    with clear_errors():
        lifecycle.remove_alias(ModelStore(store), model, name, by=_BY, reason=reason)


@alias.command("list")
def list_(
    model: Annotated[str | None, typer.Argument(help="Default: all models.")] = None,
    store: Store = DEFAULT_STORE,
) -> None:
    """List the aliases."""
    with clear_errors():
        versions = ModelStore(store)
        for one in versions.models() if model is None else [model]:
            for found in versions.aliases_and_history(one).all():
                if found.version is not None:
                    print(f"{one:24}{_line(found)}")


@alias.command()
def history(
    model: Model,
    name: Annotated[str | None, typer.Argument(metavar="ALIAS", help="Default: all.")] = None,
    store: Store = DEFAULT_STORE,
) -> None:
    """Show how the aliases of a model moved: when, from, to, who, why."""
    with clear_errors():
        for move in ModelStore(store).aliases_and_history(model).history:
            if name in (None, move.alias):
                print(_move_line(move))


def rollback(model: Model, reason: Reason = None, store: Store = DEFAULT_STORE) -> None:
    """Have production name what it named before; again, and it goes one further back."""
    with clear_errors():
        print(_line(lifecycle.roll_back(ModelStore(store), model, by=_BY, reason=reason)))


def delete(
    model: Model, version: Version, reason: Reason = None, store: Store = DEFAULT_STORE
) -> None:
    """Delete a version that no alias names. Its number is never given out again."""
    with clear_errors():
        lifecycle.delete_version(ModelStore(store), model, version, by=_BY, reason=reason)


def prune(
    model: Annotated[str | None, typer.Argument(help="Default: all models.")] = None,
    *,
    keep: Annotated[
        int,
        typer.Option(
            min=0, envvar="FORECAST_KEEP_VERSIONS", help="Newest versions that are kept; 0: all."
        ),
    ],
    store: Store = DEFAULT_STORE,
) -> None:
    """Delete all but the newest versions, those that an alias names, and the one that a rollback
    would go to."""
    with clear_errors():
        versions = ModelStore(store)
        for one in versions.models() if model is None else [model]:
            for version in lifecycle.prune(versions, one, keep, by=_BY):
                print(f"{one:24}{version:>5}  deleted")


def _line(found: Alias) -> str:
    return f"{found.name:16}{found.version:>5}"


def _move_line(move: AliasMove) -> str:
    before, after = (
        "–" if version is None else str(version) for version in (move.from_version, move.to_version)
    )
    line = f"{move.at:%Y-%m-%d %H:%M}  {move.alias:16}{before:>5} → {after:<5}"
    line += f"{move.action:10}{move.by:22}{move.reason or ''}"
    return line.rstrip()

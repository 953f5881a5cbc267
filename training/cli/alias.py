"""The commands for aliases: alias set, alias remove, alias list, alias history."""

from __future__ import annotations

from typing import Annotated

import typer

from forecasting.store import lifecycle
from forecasting.store.aliases import Alias, AliasMove
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

Name = Annotated[str, typer.Argument(metavar="ALIAS", help="Such as production or staging.")]

alias_cli = typer.Typer(
    no_args_is_help=True, help="Names for versions: production is what is served."
)


@alias_cli.command("set")
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
    with report_errors():
        moved = lifecycle.set_alias(
            open_store(store), model, name, version, by=CHANGED_BY, reason=reason
        )
        print(alias_line(moved))


@alias_cli.command("remove")
def remove(model: Model, name: Name, reason: Reason = None, store: Store = DEFAULT_STORE) -> None:
    """Remove an alias; its history stays. Without production, the newest version is served."""
    with report_errors():
        lifecycle.remove_alias(open_store(store), model, name, by=CHANGED_BY, reason=reason)


@alias_cli.command("list")
def list_(model: OptionalModel = None, store: Store = DEFAULT_STORE) -> None:
    """List the aliases."""
    with report_errors():
        model_store = open_store(store)
        for name in model_store.models() if model is None else [model]:
            for alias in model_store.aliases_and_history(name).all():
                if alias.version is not None:
                    print(f"{name:24}{alias_line(alias)}")


@alias_cli.command()
def history(
    model: Model,
    name: Annotated[
        str | None, typer.Argument(metavar="ALIAS", help="The alias. The default is all aliases.")
    ] = None,
    store: Store = DEFAULT_STORE,
) -> None:
    """Show how the aliases of a model moved: when, from, to, who, why."""
    with report_errors():
        for move in open_store(store).aliases_and_history(model).history:
            if name in (None, move.alias):
                print(_move_line(move))


def alias_line(alias: Alias) -> str:
    """Return the line that says which version an alias names."""
    return f"{alias.name:16}{alias.version:>5}"


def _move_line(move: AliasMove) -> str:
    before, after = (
        "–" if version is None else str(version) for version in (move.from_version, move.to_version)
    )
    line = f"{move.at:%Y-%m-%d %H:%M}  {move.alias:16}{before:>5} → {after:<5}"
    line += f"{move.action:10}{move.by:22}{move.reason or ''}"
    return line.rstrip()

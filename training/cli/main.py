"""The commands of `python -m training`, assembled."""

from __future__ import annotations

import typer

from training.cli.alias import alias_cli
from training.cli.archive import copy_models, export, import_version
from training.cli.fit import fit
from training.cli.import_ import import_
from training.cli.inspect_ import inspect_
from training.cli.lifecycle import delete, prune, rollback
from training.cli.pretrain import pretrain
from training.cli.run import run
from training.cli.show import list_, show
from training.cli.signing import key_cli, sign

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Make model versions, look at them, and say which are served. Nothing is published unless "
    "all of it succeeds.",
)
cli.command()(rollback)
cli.command()(delete)
cli.command()(prune)
cli.command()(fit)
cli.command()(pretrain)
cli.command(hidden=True)(run)
cli.command("import")(import_)
cli.command()(export)
cli.command()(import_version)
cli.command()(copy_models)
cli.command("inspect")(inspect_)
cli.command("list")(list_)
cli.command()(show)
cli.command()(sign)
cli.add_typer(alias_cli, name="alias")
cli.add_typer(key_cli, name="key")

"""The commands of `python -m training`, with their arguments and options."""

from __future__ import annotations

from collections.abc import Iterator

import typer
from typer.cli import get_docs_for_click
from typer.core import TyperGroup
from typer.main import get_command

from training.cli.main import cli


def describe_commands() -> str:
    """Return a section for each command, as its `--help` describes it."""
    group = get_command(cli)
    assert isinstance(group, TyperGroup)
    return "\n".join(_sections(group, "python -m training"))


def _sections(group: TyperGroup, prefix: str) -> Iterator[str]:
    context = typer.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, TyperGroup):
            yield from _sections(command, f"{prefix} {name}")
        elif not command.hidden:
            yield get_docs_for_click(
                obj=command, ctx=typer.Context(command), indent=1, call_prefix=prefix
            )

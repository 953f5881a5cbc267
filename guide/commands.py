"""The commands of `python -m training` and of `forecast`, with their arguments and options."""

from __future__ import annotations

from collections.abc import Iterator

import typer
from typer.cli import get_docs_for_click
from typer.core import TyperGroup
from typer.main import get_command

from forecast_client.cli.main import cli as forecast_cli
from training.cli.main import cli as training_cli


def describe_training() -> str:
    """Return a section for each command of `python -m training`, as its `--help` describes it."""
    return _describe(training_cli, "python -m training")


def describe_forecast() -> str:
    """Return a section for each command of `forecast`, as its `--help` describes it."""
    return _describe(forecast_cli, "forecast")


def _describe(cli: typer.Typer, prefix: str) -> str:
    group = get_command(cli)
    assert isinstance(group, TyperGroup)
    return "\n".join(_sections(group, prefix))


def _sections(group: TyperGroup, prefix: str) -> Iterator[str]:
    context = typer.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, TyperGroup) and not command.invoke_without_command:
            yield from _sections(command, f"{prefix} {name}")
        elif not command.hidden:
            yield get_docs_for_click(
                obj=command, ctx=typer.Context(command), indent=1, call_prefix=prefix
            )

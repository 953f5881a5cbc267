"""Tables in the terminal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

MOST_ROWS = 40
_LEAST_WIDTH = 110


def new_console() -> Console:
    """Return the console; it is wide enough for ids, which a narrow terminal then breaks."""
    console = Console()
    return console if console.width >= _LEAST_WIDTH else Console(width=_LEAST_WIDTH)


def new_table(*columns: str, texts: Collection[str] = ()) -> Table:
    """Return a table without rows. The first column and those in `texts` stand to the left."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for place, column in enumerate(columns):
        is_text = place == 0 or column in texts
        table.add_column(column, justify="left" if is_text else "right", no_wrap=is_text)
    return table


def say(console: Console, line: str) -> None:
    """Write a line that is about a table."""
    console.print(Text(line, style="dim"))


def say_rest(console: Console, count: int, what: str) -> None:
    """Write how many rows were left out, if any were."""
    if count > 0:
        say(console, f"… and {count} more {what}; --format csv lists all.")


def show_rows(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Show rows of texts."""
    table = new_table(*columns, texts=columns)
    for row in rows:
        table.add_row(*row)
    new_console().print(table)


def number(value: float | None) -> str:
    """Return a number with four digits that matter, or all before the point; nothing for None."""
    if value is None:
        return ""
    if abs(value) >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def when(time: Any) -> str:
    """Return a time without what says nothing: midnight."""
    return str(time).replace("T", " ").removesuffix(" 00:00:00")

"""What was counted, beside what it must reach."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the table; it must not be above `most`."""

    name: str
    got: float
    most: float
    note: str = ""
    """What it was counted over."""

    @property
    def reached(self) -> bool:
        """Whether the figure is as it must be."""
        return self.got <= self.most


def print_table(figures: list[Figure]) -> None:
    """Print the figures as a table in Markdown."""
    print("\n| what | got | at most | over |\n| --- | --- | --- | --- |")
    for figure in figures:
        verdict = "" if figure.reached else " **missed**"
        print(f"| {figure.name} | {figure.got:,.3g}{verdict} | {figure.most:g} | {figure.note} |")

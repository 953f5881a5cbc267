"""What was done to a series or its forecast that the owner should know."""

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Note:
    """`code` is stable and meant for programs; `count` says how many values it is about."""

    code: str
    message: str
    count: int


def merge_notes(notes: Iterable[Note]) -> list[Note]:
    """One of each code, of all values together."""
    by_code: dict[str, Note] = {}
    for note in notes:
        known = by_code.get(note.code)
        count = note.count + (0 if known is None else known.count)
        by_code[note.code] = replace(note, count=count)
    return list(by_code.values())

"""What was done to a series or to its forecast that the series' owner should know."""

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Note:
    """A remark on a series, sent along with its forecast."""

    code: str
    """A stable name of the remark, meant for programs."""
    message: str
    """The same for people: a whole sentence."""
    count: int
    """How many values the remark is about."""


def merge_notes(notes: Iterable[Note]) -> list[Note]:
    """Return one note for each code, in order of first appearance, with the counts added up."""
    by_code: dict[str, Note] = {}
    for note in notes:
        earlier = by_code.get(note.code)
        count = note.count + (0 if earlier is None else earlier.count)
        by_code[note.code] = replace(note, count=count)
    return list(by_code.values())

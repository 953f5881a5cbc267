"""How notes stand in answers."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, Field

from forecasting.notes import Note


class NoteObject(BaseModel):
    """What was done to a series, or what a caller should know about its forecast."""

    code: str = Field(description="A stable name of the note, for programs.")
    message: str
    count: int = Field(description="The number of values that the note is about.")


def note_objects(notes: Iterable[Note]) -> list[NoteObject]:
    """Return notes as they stand in answers."""
    return [NoteObject.model_validate(note, from_attributes=True) for note in notes]

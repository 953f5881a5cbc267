"""Notes on what was assumed or done, and series that failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Note:
    """What was assumed to read the data, or done to a series."""

    code: str
    message: str
    count: int
    unique_id: str | None = None
    """The series that it is about; None if it is about all of the data."""

    @classmethod
    def of(cls, document: Mapping[str, Any], unique_id: str | None = None) -> Self:
        """Read a note of an answer."""
        named = document.get("unique_id", unique_id)
        return cls(document["code"], document["message"], document["count"], named)


@dataclass(frozen=True)
class SeriesError:
    """Why a series could not be forecast, with `on_error="partial"`."""

    code: str
    detail: str
    pointer: str
    unique_id: str | None


def notes_of(answer: Mapping[str, Any], series: Iterable[Mapping[str, Any]]) -> list[Note]:
    """Return the notes of an answer in JSON: those on its table, then those on each series."""
    notes = [Note.of(note) for note in answer["notes"]]
    for entry in series:
        notes += [Note.of(note, entry["id"]) for note in entry.get("notes", ())]
    return notes


def errors_of(series: Iterable[Mapping[str, Any]]) -> list[SeriesError]:
    """Return the errors among the series of an answer in JSON."""
    return [
        SeriesError(
            entry["error"]["code"], entry["error"]["detail"], entry["error"]["pointer"], entry["id"]
        )
        for entry in series
        if entry.get("error") is not None
    ]

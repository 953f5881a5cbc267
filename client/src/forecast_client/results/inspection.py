"""What the service understands of series, without forecasting them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from forecast_client.results.notes import Note


@dataclass(frozen=True)
class Inspection:
    """What was understood of the data."""

    model: str
    version: int
    """The version that would forecast it."""
    count: int
    """The number of series."""
    unreadable: int
    """How many of them cannot be forecast as they are."""
    frequencies: dict[str, int]
    """How many have each frequency."""
    notes: list[Note]
    """What was assumed to read the data."""
    table: Mapping[str, Any] | None
    """How a file is written, and what each of its columns was taken for."""
    error: Mapping[str, Any] | None
    """Why no series can be read from a file, and what to do."""
    training: Mapping[str, Any]
    """Whether it makes sense to train a model."""
    series: list[Mapping[str, Any]]
    """What was understood of each of the first series; with `values=True`, also its history."""

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> Self:
        """Read an answer of `/inspect`."""
        return cls(
            model=answer["model"],
            version=answer["version"],
            count=answer["count"],
            unreadable=answer["unreadable"],
            frequencies=answer["frequencies"],
            notes=[Note.of(note) for note in answer["notes"]],
            table=answer["table"],
            error=answer["error"],
            training=answer["training"],
            series=answer["series"],
        )

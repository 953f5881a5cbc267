"""Series of a request that cannot be answered, where the others are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.exception_handlers import error_detail
from forecasting.errors import ForecastingError


@dataclass(frozen=True, slots=True)
class Failure:
    """One of them, and its place among all."""

    place: int
    id: str | None
    error: ForecastingError


def insert_failures(answers: list[dict[str, Any]], failures: Sequence[Failure] | None) -> None:
    """Put those that failed, rising in their places, there among the answers, as FailedObjects."""
    for failure in failures or ():
        answers.insert(failure.place, document_of(failure))


def document_of(failure: Failure) -> dict[str, Any]:
    """A FailedObject."""
    return {"id": failure.id, "error": error_detail(failure.error).model_dump()}

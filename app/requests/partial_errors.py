"""Series of a request that cannot be answered while the others are, with `on_error: partial`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.exception_handlers import error_detail
from forecasting.errors import ForecastingError


@dataclass(frozen=True, slots=True)
class SeriesFailure:
    """A series that cannot be answered, and why."""

    position: int
    """Its position among all series of the request."""
    id: str | None
    error: ForecastingError

    def document(self) -> dict[str, Any]:
        """Return what the answer has in the place of the series, in the shape of FailedObject."""
        return {"id": self.id, "error": error_detail(self.error).model_dump()}


def insert_failures(
    answers: list[dict[str, Any]], failures: Sequence[SeriesFailure] | None
) -> None:
    """Insert the failures, whose positions rise, in their places among the answers."""
    for failure in failures or ():
        answers.insert(failure.position, failure.document())

"""The numbers of versions that were deleted, so that none is given out again.

<model>/deleted.jsonl    a line a version: when, which, who, why
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from forecasting.store import atomic_files as durable

_DELETED = "deleted.jsonl"


class Deletion(BaseModel):
    model_config = ConfigDict(frozen=True)

    at: datetime
    version: int
    by: str
    reason: str | None


def read_deletions(home: Path) -> list[Deletion]:
    """Oldest first. Raises BrokenVersionError where the file is damaged."""
    return durable.read_lines(home / _DELETED, Deletion)


def record_deletions(home: Path, new: Iterable[Deletion]) -> None:
    """Before the versions go, while holding the store's lock. Raises OSError."""
    durable.replace({home / _DELETED: durable.as_lines([*read_deletions(home), *new])})

"""Which kept forecasts a caller sees, for a database to choose by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from app.access.caller import current


@dataclass(frozen=True, slots=True)
class Seen:
    """What `Caller.sees_work` says, for the database to choose by; by default, everything."""

    models: str = ""
    """What the names of the models begin with whose forecasts are seen."""
    owner: str | None = None
    """Whose other forecasts are seen."""
    since: float = 0.0
    """From when on they are seen, in seconds since 1970."""

    @classmethod
    def by_caller(cls) -> Self:
        """Return what the caller of this moment sees; the thread of the database has no caller."""
        caller = current.get()
        if caller.key is None:
            return cls(caller.models)
        return cls(caller.models, caller.key.name, caller.key.created_at.timestamp())

    @property
    def where(self) -> tuple[str, str, str, str | None, float]:
        """A condition in SQL, and its values."""
        condition = "(substr(model, 1, length(?)) = ? OR (owner = ? AND made_at >= ?))"
        return condition, self.models, self.models, self.owner, self.since

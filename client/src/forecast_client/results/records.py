"""Jobs, models and aliases, as the service lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self


class Record:
    """A value that is read from a JSON document; what this client does not know is left out."""

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Read a document."""
        names = {known.name for known in fields(cls)}  # type: ignore[arg-type]  # all are dataclasses
        return cls(**{name: value for name, value in document.items() if name in names})


@dataclass(frozen=True)
class Job(Record):
    """A training, a backtest or a bulk job that runs in the background."""

    id: str
    kind: str
    """`training`, `backtest` or `bulk`."""
    state: str
    """`queued`, `running`, `succeeded`, `failed` or `cancelled`."""
    model: str
    created_at: str
    version: int | None = None
    """The version that a training has published, a backtest tests, or a bulk job forecasts with."""
    progress: Mapping[str, Any] | None = None
    evaluation: Mapping[str, Any] | None = None
    """The scores of the version on the held-out tail, beside those of others."""
    promotion: Mapping[str, Any] | None = None
    """Whether the version took the alias `production`, and why."""
    candidates: list[Mapping[str, Any]] | None = None
    error: Mapping[str, Any] | None = None

    @property
    def ended(self) -> bool:
        """Whether the job never changes again."""
        return self.state not in {"queued", "running"}


@dataclass(frozen=True)
class Event:
    """Something that happened to a job."""

    kind: str
    """`state`, `epoch`, `window`, `series`, `log` or `end`."""
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Model(Record):
    """A model, its versions and its aliases."""

    model: str
    versions: list[int]
    aliases: dict[str, int]
    default: bool
    """Whether it answers if nobody names a model."""

    @property
    def served(self) -> int | None:
        """The version that answers if nobody names one: `production`, or else the latest."""
        return self.aliases.get("production", max(self.versions, default=None))


@dataclass(frozen=True)
class Alias(Record):
    """An alias, the version that it names, and how it moved, the newest move first."""

    model: str
    alias: str
    version: int | None
    history: list[Mapping[str, Any]]

"""What is on record of a model, besides the files of its versions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Self

from pydantic import BaseModel, ConfigDict

from forecasting.store.aliases import Aliases


class Deletion(BaseModel):
    """A version was deleted, and its number is never given out again."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    version: int
    by: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Addition:
    """A version that a draft becomes."""

    version: int
    manifest: bytes
    """The content of its manifest.json."""
    signature: bytes | None
    """The content of its manifest.sig."""


@dataclass(frozen=True, slots=True)
class Records:
    """The versions of a model, its aliases and its deleted versions, as they are at one moment."""

    versions: frozenset[int]
    aliases: Aliases
    deletions: tuple[Deletion, ...]
    added: Addition | None = None
    """The version that a change of the records adds to them."""

    @property
    def taken(self) -> frozenset[int]:
        """The numbers that no further version may get: those of deleted versions too."""
        return self.versions.union(deletion.version for deletion in self.deletions)

    def with_added(self, addition: Addition, aliases: Aliases) -> Self:
        """Return the records once a draft has become a version, with the aliases as given."""
        versions = self.versions | {addition.version}
        return replace(self, versions=versions, aliases=aliases, added=addition)

    def with_aliases(self, aliases: Aliases) -> Self:
        """Return the records with other aliases."""
        return replace(self, aliases=aliases)

    def without(self, versions: Iterable[int], *, by: str, reason: str | None) -> Self:
        """Return the records once versions are deleted; `by` says on whose behalf."""
        now = datetime.now(UTC)
        deletions = tuple(Deletion(at=now, version=n, by=by, reason=reason) for n in versions)
        if not deletions:
            return self
        left = self.versions.difference(deletion.version for deletion in deletions)
        return replace(self, versions=left, deletions=(*self.deletions, *deletions))

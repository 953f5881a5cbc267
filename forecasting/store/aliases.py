"""Aliases name versions of a model, above all `production`; each has a history of its moves."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from itertools import takewhile
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from forecasting.errors import BrokenVersionError
from forecasting.store.manifest import MODEL_NAME

PRODUCTION = "production"
"""The alias whose version is served if nobody names a version."""
LATEST = "latest"
"""Always means the newest version, so no alias can have this name."""

ABSENT, ANY = "absent", "*"
"""Tags to expect of an alias: that it is not there, and that it is there, wherever it points."""


class Action(StrEnum):
    """The ways in which an alias can move."""

    SET = "set"
    ROLLBACK = "rollback"
    REMOVE = "remove"


class AliasMove(BaseModel):
    """A line of the history."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    alias: str
    action: Action
    from_version: int | None = Field(description="Null if there was no such alias.")
    to_version: int | None = Field(description="Null if the alias was removed.")
    by: str = Field(
        description="`http`, `http <holder of the key>`, `cli`, `job <id>`, or `unknown`."
    )
    reason: str | None


@dataclass(frozen=True, slots=True)
class Alias:
    """An alias of a model as it is now, and how it came there."""

    name: str
    version: int | None
    """The version that it names; None if it was removed or never set."""
    history: tuple[AliasMove, ...]
    """Its moves, the oldest first."""

    @property
    def tag(self) -> str:
        """A tag of its present state, which is new after every move, even one back to before."""
        return ABSENT if self.version is None else f"{len(self.history)}-{self.version}"

    @property
    def tags(self) -> frozenset[str]:
        """All tags that fit its present state; a caller may expect any of them."""
        return frozenset((self.tag,) if self.version is None else (self.tag, ANY))

    @property
    def versions(self) -> set[int]:
        """Every version that it has ever named."""
        return {move.to_version for move in self.history if move.to_version is not None}

    @property
    def before(self) -> list[int]:
        """The versions that a rollback may go to, the latest first.

        A rollback undoes moves, so that the next one goes further back.
        """
        path: list[int] = []
        for move in self.history:
            if move.to_version is None:
                continue
            if move.action is Action.ROLLBACK and move.to_version in path:
                while path[-1] != move.to_version:
                    path.pop()
            else:
                path.append(move.to_version)
        return [version for version in reversed(path) if version != self.version]

    @property
    def passed_over(self) -> list[int]:
        """The versions that its last move went past, if that was a rollback, the latest first."""
        *earlier, last = self.history
        if last.action is not Action.ROLLBACK:
            return []
        before = replace(self, version=last.from_version, history=tuple(earlier)).before
        return list(dict.fromkeys(takewhile(lambda version: version != self.version, before)))


@dataclass(frozen=True, slots=True)
class Aliases:
    """All aliases of a model. `moved` returns them with one moved."""

    versions: dict[str, int]
    """The version that each alias names now."""
    history: tuple[AliasMove, ...]
    """The moves of all aliases, the oldest first."""

    def with_unknown_moves(self, at: datetime) -> Aliases:
        """Return the aliases with a move by `unknown` for each change that the history lacks."""
        history = list(self.history)
        recorded = {move.alias: move.to_version for move in history}
        for name in sorted(recorded.keys() | self.versions.keys()):
            before, now = recorded.get(name), self.versions.get(name)
            if before != now:
                move = AliasMove(
                    at=at,
                    alias=name,
                    action=Action.REMOVE if now is None else Action.SET,
                    from_version=before,
                    to_version=now,
                    by="unknown",
                    reason=None,
                )
                history.append(move)
        return replace(self, history=tuple(history))

    def __getitem__(self, name: str) -> Alias:
        """Return the alias of this name, even if it is not there."""
        history = tuple(move for move in self.history if move.alias == name)
        return Alias(name, self.versions.get(name), history)

    def all(self) -> list[Alias]:
        """Return the aliases sorted by name, removed ones included."""
        names = {move.alias for move in self.history}
        return [self[name] for name in sorted(names)]

    def naming(self, version: int) -> list[str]:
        """Return the names of the aliases that name a version, sorted."""
        return sorted(name for name, named in self.versions.items() if named == version)

    def moved(
        self, name: str, to: int | None, *, by: str, reason: str | None, action: Action = Action.SET
    ) -> Aliases:
        """Return the aliases after moving the one called `name` to a version, or removing it."""
        versions = {alias: version for alias, version in self.versions.items() if alias != name}
        if to is not None:
            versions[name] = to
        move = AliasMove(
            at=datetime.now(UTC),
            alias=name,
            action=action,
            from_version=self.versions.get(name),
            to_version=to,
            by=by,
            reason=reason,
        )
        return replace(self, versions=versions, history=(*self.history, move))

    def before(self, version: int) -> Aliases:
        """Return the aliases before their last move if that was one to the version."""
        if not self.history or self.history[-1].to_version != version:
            return self
        *earlier, last = self.history
        versions = {alias: named for alias, named in self.versions.items() if alias != last.alias}
        if last.from_version is not None:
            versions[last.alias] = last.from_version
        return Aliases(versions, tuple(earlier))


def check_aliases(name: str, aliases: Any) -> dict[str, int]:
    """Return what was read from the file `name` if it maps aliases to version numbers.

    Raises:
        BrokenVersionError: if it does not.
    """
    if not isinstance(aliases, dict) or not all(
        re.match(MODEL_NAME, name) and type(version) is int and version > 0
        for name, version in aliases.items()
    ):
        raise BrokenVersionError(f"{name} must map aliases to version numbers.")
    return aliases

"""Aliases: names for versions of a model, `production` first of all, and how they moved.

    <model>/aliases.json    {"production": 3}: what holds
    <model>/history.jsonl   a line a move: when, which alias, from, to, who, why

`aliases.json` decides, and a move writes it first. A change without a line, because somebody edited
the file or the machine stopped between the two, shows in the history as made by `unknown`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from forecasting.errors import BrokenVersionError
from forecasting.store.atomic_files import (
    read_json_lines,
    to_json_lines,
    write_files_atomically,
)
from forecasting.store.manifest import MODEL_NAME

PRODUCTION = "production"
LATEST = "latest"
"""Not an alias: it always means the newest version."""

ABSENT, ANY = "absent", "*"
"""Tags that no alias has: there is none of that name; there is one, wherever it points."""

_ALIASES, _HISTORY = "aliases.json", "history.jsonl"


class Action(StrEnum):
    SET = "set"
    ROLLBACK = "rollback"
    REMOVE = "remove"


class AliasMove(BaseModel):
    """One line of the history."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    alias: str
    action: Action
    from_version: int | None = Field(description="Null where there was no such alias.")
    to_version: int | None = Field(description="Null where the alias was removed.")
    by: str = Field(description="`http`, `cli`, `job <id>`, or `unknown`.")
    reason: str | None


@dataclass(frozen=True, slots=True)
class Alias:
    """`version` is None for an alias that was removed; `history` is oldest first."""

    name: str
    version: int | None
    history: tuple[AliasMove, ...]

    @property
    def tag(self) -> str:
        """Another one after every move, back to where it was included."""
        return ABSENT if self.version is None else f"{len(self.history)}-{self.version}"

    @property
    def tags(self) -> frozenset[str]:
        """What a caller may expect of it."""
        return frozenset((self.tag,) if self.version is None else (self.tag, ANY))

    @property
    def versions(self) -> set[int]:
        """What it has ever named."""
        return {move.to_version for move in self.history if move.to_version is not None}

    @property
    def before(self) -> list[int]:
        """What it was before what it is now, the latest first; rollbacks undo moves."""
        taken: list[int] = []
        for move in self.history:
            if move.to_version is None:
                continue
            if move.action is Action.ROLLBACK and move.to_version in taken:
                while taken[-1] != move.to_version:
                    taken.pop()
            else:
                taken.append(move.to_version)
        return [version for version in reversed(taken) if version != self.version]


@dataclass(frozen=True, slots=True)
class Aliases:
    """All aliases of a model; `moved` says how they would be, `write` makes it so."""

    home: Path
    versions: dict[str, int]
    history: tuple[AliasMove, ...]

    @classmethod
    def read(cls, home: Path) -> Self:
        """Raises BrokenVersionError where a file is damaged."""
        history = read_json_lines(home / _HISTORY, AliasMove)
        versions = read_aliases(home)
        recorded = {move.alias: move.to_version for move in history}
        for name in sorted(recorded.keys() | versions.keys()):
            before, now = recorded.get(name), versions.get(name)
            if before != now:
                move = AliasMove(
                    at=_changed_at(home),
                    alias=name,
                    action=Action.REMOVE if now is None else Action.SET,
                    from_version=before,
                    to_version=now,
                    by="unknown",
                    reason=None,
                )
                history.append(move)
        return cls(home, versions, tuple(history))

    def __getitem__(self, name: str) -> Alias:
        own = tuple(move for move in self.history if move.alias == name)
        return Alias(name, self.versions.get(name), own)

    def all(self) -> list[Alias]:
        """By name, removed ones too."""
        names = {move.alias for move in self.history}
        return [self[name] for name in sorted(names)]

    def naming(self, version: int) -> list[str]:
        return sorted(name for name, named in self.versions.items() if named == version)

    def moved(
        self, name: str, to: int | None, *, by: str, reason: str | None, action: Action = Action.SET
    ) -> Aliases:
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

    def write(self) -> None:
        """Only while holding the store's lock. Raises OSError, and then nothing has changed."""
        write_files_atomically(
            {
                self.home / _ALIASES: (json.dumps(self.versions, sort_keys=True) + "\n").encode(),
                self.home / _HISTORY: to_json_lines(self.history),
            }
        )


def read_aliases(home: Path) -> dict[str, int]:
    """Raises BrokenVersionError where aliases.json is damaged."""
    try:
        aliases = json.loads((home / _ALIASES).read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise BrokenVersionError(f"{home.name}/{_ALIASES} cannot be read: {error}") from error
    if not isinstance(aliases, dict) or not all(
        re.match(MODEL_NAME, name) and type(version) is int and version > 0
        for name, version in aliases.items()
    ):
        raise BrokenVersionError(f"{home.name}/{_ALIASES} must map aliases to version numbers.")
    return aliases


def _changed_at(home: Path) -> datetime:
    try:
        return datetime.fromtimestamp((home / _ALIASES).stat().st_mtime, UTC)
    except FileNotFoundError:
        return datetime.now(UTC)

"""Aliases are names for versions of a model, above all `production`, with a history of their moves.

    <model>/aliases.json    the version that each alias names now: {"production": 3}
    <model>/history.jsonl   a line for each move: when, which alias, from, to, by whom, and why

`aliases.json` decides, and a move writes it first. If a change has no line in the history, because
somebody edited the file or the machine stopped between the two writes, the history shows it as made
by `unknown`.
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
"""The alias whose version is served if nobody names a version."""
LATEST = "latest"
"""Always means the newest version, so no alias can have this name."""

ABSENT, ANY = "absent", "*"
"""Tags to expect of an alias: that it is not there, and that it is there, wherever it points."""

_ALIASES, _HISTORY = "aliases.json", "history.jsonl"


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


@dataclass(frozen=True, slots=True)
class Aliases:
    """All aliases of a model. `moved` returns them with one moved, `write` puts that on disk."""

    home: Path
    """The model's folder."""
    versions: dict[str, int]
    """The version that each alias names now."""
    history: tuple[AliasMove, ...]
    """The moves of all aliases, the oldest first."""

    @classmethod
    def read(cls, home: Path) -> Self:
        """Return the aliases of the model in the folder `home`.

        Raises:
            BrokenVersionError: if aliases.json or history.jsonl is damaged.
        """
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

    def write(self) -> None:
        """Write both files. Call it only while `ModelStore.changing`.

        Raises:
            OSError: if they cannot be written; then nothing has changed.
        """
        aliases = json.dumps(self.versions, sort_keys=True) + "\n"
        write_files_atomically(
            {
                self.home / _ALIASES: aliases.encode(),
                self.home / _HISTORY: to_json_lines(self.history),
            }
        )


def read_aliases(home: Path) -> dict[str, int]:
    """Return the version that each alias of the model in the folder `home` names.

    Raises:
        BrokenVersionError: if aliases.json is damaged.
    """
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
    """Return when aliases.json was last written, or now if there is no such file."""
    try:
        return datetime.fromtimestamp((home / _ALIASES).stat().st_mtime, UTC)
    except FileNotFoundError:
        return datetime.now(UTC)

"""API keys, and the file that holds their digests.

A key is `fk_<id>_<secret>`. The id finds its entry in the file. The secret is 32 random bytes, so
that its SHA-256 digest needs neither salt nor stretching, which protect what people make up.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.access.scopes import Scope
from forecasting.store.atomic_files import exclusive_lock, write_files_atomically

_log = logging.getLogger("app")

_KEY = re.compile(r"fk_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")
_LOOK_EVERY_SECONDS = 1.0

KeyName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$")]
ModelPrefix = Annotated[str, Field(pattern=r"^([a-z0-9][a-z0-9_-]{0,62}[_-])?$")]


class KeysError(Exception):
    """The keys cannot be read or changed; the message says why and what to do."""


class ApiKey(BaseModel):
    """What is known of a key. The key itself is known to its holder alone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: KeyName
    """Who holds it, as histories and the audit log say."""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    scopes: frozenset[Scope] = Field(min_length=1)
    models: ModelPrefix = ""
    """What the names of the models begin with that it may see and change; empty means all."""
    created_at: datetime


class _KeyFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    keys: list[ApiKey] = []

    @model_validator(mode="after")
    def _are_told_apart(self) -> Self:
        for kind in ("id", "name"):
            values = [getattr(key, kind) for key in self.keys]
            if twice := {value for value in values if values.count(value) > 1}:
                raise ValueError(f"there are several keys with the {kind} {min(twice)}")
        return self


def read_keys(path: Path) -> list[ApiKey]:
    """Return the keys in a file. Raises KeysError if it cannot be read."""
    try:
        return _KeyFile.model_validate_json(path.read_bytes()).keys
    except FileNotFoundError as error:
        raise KeysError(
            f"FORECAST_API_KEYS_FILE={path}: there is no such file. Make a key, and the file with "
            "it: python -m app keys add --name … --scope predict,train,admin"
        ) from error
    except (OSError, ValidationError, ValueError) as error:
        raise KeysError(f"FORECAST_API_KEYS_FILE={path} cannot be read: {error}") from error


def add_key(path: Path, name: str, scopes: Sequence[Scope], models: str = "") -> str:
    """Add a key to a file, which is made if need be, and return the key.

    Raises KeysError if the name is taken, or if the file cannot be read or written.
    """
    id_ = secrets.token_hex(6)
    key = f"fk_{id_}_{secrets.token_urlsafe(32)}"

    def with_new(keys: list[ApiKey]) -> list[ApiKey]:
        if any(known.name == name for known in keys):
            raise KeysError(
                f"there is a key named {name!r} already. Remove it first, or take another name."
            )
        added = ApiKey(
            id=id_,
            name=name,
            sha256=_digest(key),
            scopes=frozenset(scopes),
            models=models,
            created_at=datetime.now(UTC),
        )
        return [*keys, added]

    _change(path, with_new)
    return key


def remove_key(path: Path, name: str) -> None:
    """Remove a key from a file. Raises KeysError if there is no such key."""

    def without(keys: list[ApiKey]) -> list[ApiKey]:
        kept = [key for key in keys if key.name != name]
        if len(kept) == len(keys):
            names = ", ".join(key.name for key in keys) or "none"
            raise KeysError(f"there is no key named {name!r}; there are: {names}.")
        return kept

    _change(path, without)


def _change(path: Path, change: Callable[[list[ApiKey]], list[ApiKey]]) -> None:
    try:
        with exclusive_lock(path.with_name(f".{path.name}.lock")):
            keys = change(read_keys(path) if path.exists() else [])
            write_files_atomically({path: _KeyFile(keys=keys).model_dump_json(indent=1).encode()})
    except OSError as error:
        raise KeysError(f"{path} cannot be written: {error}") from error


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


class KeyRing:
    """The keys of a file, read again when it changes.

    If the file cannot be read any more, the keys that were read last stay valid, and the log says
    so: a slip of an editor locks nobody out.
    """

    def __init__(self, path: Path) -> None:
        """Read the file. Raises KeysError if it cannot be read."""
        self._path = path
        self._read_state = self._state()
        self._keys = {key.id: key for key in read_keys(path)}
        self._looked_at = time.monotonic()

    def find(self, presented: str) -> ApiKey | None:
        """Return what is known of a key, or None if it is not one of the file's."""
        self._look()
        match = _KEY.fullmatch(presented)
        known = None if match is None else self._keys.get(match[1])
        if known is None or not hmac.compare_digest(known.sha256, _digest(presented)):
            return None
        return known

    def _look(self) -> None:
        now = time.monotonic()
        if now - self._looked_at < _LOOK_EVERY_SECONDS:
            return
        self._looked_at = now
        state = self._state()
        if state == self._read_state:
            return
        self._read_state = state
        try:
            self._keys = {key.id: key for key in read_keys(self._path)}
        except KeysError as error:
            _log.error("the keys stay as they were: %s", error)
        else:
            _log.info("%d keys read from %s", len(self._keys), self._path)

    def _state(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

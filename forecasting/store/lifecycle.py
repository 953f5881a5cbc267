"""What may happen to versions that are published: aliases move, versions go.

Each of these is one step for everybody who uses the store, in whatever process. `by` says on whose
behalf it is done: `http`, `cli` or `job <id>`.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from forecasting.errors import (
    AliasMovedError,
    BrokenVersionError,
    ConflictError,
    NotFoundError,
    RequestError,
    VersionUnavailableError,
)
from forecasting.store.aliases import LATEST, PRODUCTION, Action, Alias
from forecasting.store.loader import check_version
from forecasting.store.store import ModelStore

_ALIAS_NAME = r"[a-z][a-z0-9._-]{0,63}"


def show_alias(store: ModelStore, model: str, name: str) -> Alias:
    """Raises NotFoundError where there is no such alias, also where there was one."""
    alias = store.aliases_and_history(model)[name]
    if alias.version is None:
        known = ", ".join(sorted(store.aliases(model))) or "none"
        raise NotFoundError(
            f"model {model!r} has no alias {name!r}; it has: {known}.", code="alias_not_found"
        )
    return alias


def set_alias(
    store: ModelStore,
    model: str,
    name: str,
    version: int,
    *,
    by: str,
    reason: str | None = None,
    expected: Collection[str] | None = None,
) -> Alias:
    """Have an alias name a version, one that can be served.

    Raises AliasMovedError where none of the `expected` tags is the alias' own; NotFoundError;
    ConflictError for a version that is broken; RequestError for a name that cannot be one.
    """
    if not re.fullmatch(_ALIAS_NAME, name) or name == LATEST:
        raise RequestError(
            f"{name!r} cannot be an alias: use lower case letters, digits, '-', '_' and '.', a "
            f"letter first, 64 at most; {LATEST!r} always means the newest version.",
            code="alias_invalid",
        )
    with store.changing():
        aliases = store.aliases_and_history(model)
        _expect(aliases[name], expected)
        try:
            check_version(store, model, version)
        except VersionUnavailableError:
            raise
        except BrokenVersionError as error:
            raise ConflictError(
                f"version {version} of model {model!r} cannot be served: {error.message}",
                code=error.code,
            ) from error
        if aliases[name].version != version:
            aliases = aliases.moved(name, version, by=by, reason=reason)
            aliases.write()
        return aliases[name]


def remove_alias(
    store: ModelStore,
    model: str,
    name: str,
    *,
    by: str,
    reason: str | None = None,
    expected: Collection[str] | None = None,
) -> Alias:
    """Its history stays. Raises NotFoundError, or AliasMovedError as `set_alias` does."""
    with store.changing():
        _expect(show_alias(store, model, name), expected)
        aliases = store.aliases_and_history(model)
        aliases = aliases.moved(name, None, by=by, reason=reason, action=Action.REMOVE)
        aliases.write()
        return aliases[name]


def roll_back(
    store: ModelStore,
    model: str,
    *,
    by: str,
    reason: str | None = None,
    expected: Collection[str] | None = None,
) -> Alias:
    """Have `production` name what it named before; again, and it goes one further back.

    Versions that are deleted or broken by now are passed over. Raises ConflictError where nothing
    is left to go back to, NotFoundError, or AliasMovedError as `set_alias` does.
    """
    with store.changing():
        aliases = store.aliases_and_history(model)
        alias = aliases[PRODUCTION]
        _expect(alias, expected)
        target = _version_before(store, model, alias)
        if target is None:
            raise ConflictError(
                f"model {model!r} has had no other {PRODUCTION} version that can still be served.",
                code="nothing_to_roll_back_to",
            )
        aliases = aliases.moved(PRODUCTION, target, by=by, reason=reason, action=Action.ROLLBACK)
        aliases.write()
        return aliases[PRODUCTION]


def delete_version(
    store: ModelStore, model: str, version: int, *, by: str, reason: str | None = None
) -> None:
    """It is gone at once and whole, and its number is never given out again.

    Raises NotFoundError, or ConflictError where an alias names it.
    """
    with store.changing():
        store.folder(model, version)
        names = store.aliases_and_history(model).naming(version)
        if names:
            raise ConflictError(
                f"version {version} of model {model!r} is named by: {', '.join(names)}. Move or "
                "remove the alias first.",
                code="version_in_use",
            )
        store.remove(model, [version], by=by, reason=reason)


def prune(store: ModelStore, model: str, keep: int, *, by: str) -> list[int]:
    """Delete all but the `keep` newest versions, those that an alias names, and the one that a
    rollback would go to; returns what went. Raises NotFoundError."""
    with store.changing():
        aliases = store.aliases_and_history(model)
        versions = store.versions(model)
        kept = {*versions[-keep:], *aliases.versions.values()}
        kept.add(_version_before(store, model, aliases[PRODUCTION]) or 0)
        going = [version for version in versions if version not in kept]
        store.remove(model, going, by=by, reason=f"the newest {keep} are kept")
        return going


def _version_before(store: ModelStore, model: str, alias: Alias) -> int | None:
    for version in alias.before:
        try:
            check_version(store, model, version)
        except (NotFoundError, BrokenVersionError):
            continue
        return version
    return None


def _expect(alias: Alias, expected: Collection[str] | None) -> None:
    if expected is not None and alias.tags.isdisjoint(expected):
        now = "is not there" if alias.version is None else f"names version {alias.version} by now"
        raise AliasMovedError(f"the alias {alias.name!r} {now}. Read it again, then decide anew.")

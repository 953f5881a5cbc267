"""What may happen to published versions: aliases move, and versions are signed or deleted.

Each function here is a single step for everybody who uses the store, in whatever process. `by` says
on whose behalf it is done: `http`, `http <holder of the key>`, `cli` or `job <id>`. `expected`
holds tags of an alias: unless one of them fits its present state (see `Alias.tags`), nothing is
changed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from forecasting.errors import (
    AliasMovedError,
    BrokenVersionError,
    ConflictError,
    NotFoundError,
    RequestError,
    VersionUnavailableError,
)
from forecasting.store.aliases import LATEST, PRODUCTION, Action, Alias, Aliases
from forecasting.store.loader import check_version
from forecasting.store.signing import SigningKey
from forecasting.store.storage.records import Records
from forecasting.store.store import ModelStore

_ALIAS_NAME = r"[a-z][a-z0-9._-]{0,63}"


def show_alias(store: ModelStore, model: str, name: str) -> Alias:
    """Return an alias of a model.

    Raises:
        NotFoundError: if there is no such model, or no such alias now.
        BrokenVersionError: if the model's aliases are damaged.
    """
    return _existing(store.aliases_and_history(model), model, name)


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
    """Let an alias name a version that can be served, and return the alias.

    Raises:
        RequestError: if `name` cannot be the name of an alias.
        NotFoundError: if there is no such model or version.
        ConflictError: if the version is damaged.
        AliasMovedError: if none of the `expected` tags fits.
        VersionUnavailableError: if the version cannot be read at the moment.
        StoreError: if the store cannot be written.
    """
    if not re.fullmatch(_ALIAS_NAME, name) or name == LATEST:
        raise RequestError(
            f"{name!r} cannot be an alias: use lower case letters, digits, '-', '_' and '.', a "
            f"letter first, 64 at most; {LATEST!r} always means the newest version.",
            code="alias_invalid",
        )

    def move(records: Records) -> Records:
        aliases = _aliases(store, model, records)
        _check_expected(aliases[name], expected)
        try:
            check_version(store, model, version)
        except VersionUnavailableError:
            raise
        except BrokenVersionError as error:
            raise ConflictError(
                f"version {version} of model {model!r} cannot be served: {error.message}",
                code=error.code,
            ) from error
        if aliases[name].version == version:
            return records
        return records.with_aliases(aliases.moved(name, version, by=by, reason=reason))

    return store.storage.change(model, move).aliases[name]


def remove_alias(
    store: ModelStore,
    model: str,
    name: str,
    *,
    by: str,
    reason: str | None = None,
    expected: Collection[str] | None = None,
) -> Alias:
    """Remove an alias and return it; its history stays.

    Raises:
        NotFoundError: if there is no such model or alias.
        AliasMovedError: if none of the `expected` tags fits.
        StoreError: if the store cannot be written.
    """

    def remove(records: Records) -> Records:
        aliases = _aliases(store, model, records)
        _check_expected(_existing(aliases, model, name), expected)
        moved = aliases.moved(name, None, by=by, reason=reason, action=Action.REMOVE)
        return records.with_aliases(moved)

    return store.storage.change(model, remove).aliases[name]


def roll_back(
    store: ModelStore,
    model: str,
    *,
    by: str,
    reason: str | None = None,
    expected: Collection[str] | None = None,
) -> Alias:
    """Let `production` name the version that it named before, and return it.

    Each further rollback goes one version further back. Versions that have been deleted or damaged
    since are passed over.

    Raises:
        NotFoundError: if there is no such model.
        ConflictError: if no version is left to go back to.
        AliasMovedError: if none of the `expected` tags fits.
        StoreError: if the store cannot be written.
    """

    def go_back(records: Records) -> Records:
        aliases = _aliases(store, model, records)
        alias = aliases[PRODUCTION]
        _check_expected(alias, expected)
        target = _version_before(store, model, alias)
        if target is None:
            raise ConflictError(
                f"model {model!r} has had no other {PRODUCTION} version that can still be served.",
                code="nothing_to_roll_back_to",
            )
        return records.with_aliases(
            aliases.moved(PRODUCTION, target, by=by, reason=reason, action=Action.ROLLBACK)
        )

    return store.storage.change(model, go_back).aliases[PRODUCTION]


def sign_version(store: ModelStore, model: str, version: int, key: SigningKey) -> None:
    """Sign a version, in place of whoever has signed it before.

    Raises:
        NotFoundError: if there is no such version.
        BrokenVersionError: if the version is damaged.
        StoreError: if the store cannot be written.
    """
    store.storage.sign(model, version, lambda: key.sign(store.manifest(model, version)))


def delete_version(
    store: ModelStore,
    model: str,
    version: int,
    *,
    by: str,
    reason: str | None = None,
    even_if_served: bool = False,
) -> None:
    """Delete a version at once and whole; its number is never given out again.

    Raises:
        NotFoundError: if there is no such version.
        ConflictError: if an alias names it, or if it is served as the newest one, which
            `even_if_served` allows.
        StoreError: if the store cannot be written.
    """

    def delete(records: Records) -> Records:
        store.check_there(model, version)
        names = records.aliases.naming(version)
        if names:
            raise ConflictError(
                f"version {version} of model {model!r} is named by: {', '.join(names)}. Move or "
                "remove the alias first.",
                code="version_in_use",
            )
        if not even_if_served and PRODUCTION not in records.aliases.versions:
            newest_first = sorted(records.versions, reverse=True)
            _check_not_served(store, model, version, newest_first)
        return records.without([version], by=by, reason=reason)

    store.storage.change(model, delete)


def prune(store: ModelStore, model: str, keep: int, *, by: str) -> list[int]:
    """Delete old versions of a model, and return their numbers.

    The `keep` newest versions stay (all of them if `keep` is 0), the versions that an alias names,
    and the one that a rollback would go to.

    Raises:
        NotFoundError: if there is no such model.
        StoreError: if the store cannot be written.
    """
    deleted: list[int] = []

    def delete(records: Records) -> Records:
        aliases = _aliases(store, model, records)
        versions = sorted(records.versions)
        kept = {*versions[-keep:], *aliases.versions.values()}
        kept.add(_version_before(store, model, aliases[PRODUCTION]) or 0)
        deleted[:] = [version for version in versions if version not in kept]
        return records.without(deleted, by=by, reason=f"the newest {keep} are kept")

    store.storage.change(model, delete)
    return deleted


def _aliases(store: ModelStore, model: str, records: Records) -> Aliases:
    """Return the aliases on record of a model. Raises NotFoundError if there is no such model."""
    if not records.versions:
        raise store.unknown(model)
    return records.aliases


def _existing(aliases: Aliases, model: str, name: str) -> Alias:
    """Return an alias. Raises NotFoundError if it is not there."""
    alias = aliases[name]
    if alias.version is None:
        names = ", ".join(sorted(aliases.versions)) or "none"
        raise NotFoundError(
            f"model {model!r} has no alias {name!r}; it has: {names}.", code="alias_not_found"
        )
    return alias


def _version_before(store: ModelStore, model: str, alias: Alias) -> int | None:
    """Return the version that a rollback goes to, or None if there is none that can be served."""
    return next((found for found in alias.before if _is_sound(store, model, found)), None)


def _is_sound(store: ModelStore, model: str, version: int) -> bool:
    """Return whether a version is there and can be served."""
    try:
        check_version(store, model, version)
    except (NotFoundError, BrokenVersionError):
        return False
    return True


def _check_not_served(
    store: ModelStore, model: str, version: int, newest_first: Sequence[int]
) -> None:
    """Raise ConflictError if a version is the newest that can be served, as no alias decides."""
    sound = (found for found in newest_first if _is_sound(store, model, found))
    if next(sound, None) != version:
        return
    then = next((f"version {found} would be served" for found in sound), "the model would be gone")
    raise ConflictError(
        f"version {version} of model {model!r} is served, because it is the newest one and no "
        f"alias {PRODUCTION!r} names another. Without it, {then}. Set even_if_served "
        "(--even-if-served) to delete it all the same.",
        code="version_served",
    )


def _check_expected(alias: Alias, expected: Collection[str] | None) -> None:
    if expected is not None and alias.tags.isdisjoint(expected):
        now = "is not there" if alias.version is None else f"names version {alias.version} by now"
        raise AliasMovedError(f"the alias {alias.name!r} {now}. Read it again, then decide anew.")

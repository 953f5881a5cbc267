"""A look at the store: which versions there are, what has changed, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from app.serving.refusals import VersionKey
from forecasting.errors import BrokenVersionError, NotFoundError
from forecasting.store.loader import check_version, errors_as_broken_version
from forecasting.store.store import ModelStore, Problem


def look_at(
    store: ModelStore,
) -> tuple[ModelStore, dict[VersionKey, Hashable], list[Problem]]:
    """Return the store as it is now, each version with a tag that changes when its files do, and
    the models whose aliases are at fault."""
    store = store.snapshot()
    tags: dict[VersionKey, Hashable] = {}
    problems = []
    for model in store.models():
        try:
            versions = store.tags(model)
            tags |= {(model, version): tag for version, tag in versions.items()}
            missing = set(store.aliases(model).values()).difference(versions)
        except BrokenVersionError as error:
            problems.append(Problem(model, None, error.message))
        else:
            if missing:
                reason = f"aliases name versions that are not there: {sorted(missing)}"
                problems.append(Problem(model, None, reason))
    return store, tags, problems


def check_versions(
    store: ModelStore, keys: Iterable[VersionKey]
) -> dict[VersionKey, BrokenVersionError | None]:
    """Return the error of each version that is refused by its check, or None for a sound one."""
    errors: dict[VersionKey, BrokenVersionError | None] = {}
    for model, version in sorted(keys):
        errors[model, version] = None
        try:
            with errors_as_broken_version(store, model, version):
                check_version(store, model, version)
        except NotFoundError:
            pass  # it was deleted after the folders were listed
        except BrokenVersionError as error:
            errors[model, version] = error
    return errors

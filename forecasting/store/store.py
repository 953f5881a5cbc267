"""The model store: models, each of them with numbered versions, in a folder or an object store.

What lies where is said in forecasting/store/storage/. New versions are made by
forecasting/store/draft.py, and what may happen to published ones is in
forecasting/store/lifecycle.py.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from forecasting.errors import (
    BrokenVersionError,
    NotFoundError,
    RecipeError,
    SigningKeyError,
)
from forecasting.store.aliases import PRODUCTION, Aliases
from forecasting.store.manifest import (
    MANIFEST,
    MODEL_NAME,
    Manifest,
    Parent,
    manifest_in,
    parse_manifest,
)
from forecasting.store.signing import SigningKey, TrustedKeys
from forecasting.store.storage.cache import VersionCache
from forecasting.store.storage.location import open_storage

_FILL_IT = (
    "The store holds no model yet: `python -m training copy-models FOLDER` brings those of another "
    "store, such as the folder model_store that comes with this project."
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the store that is not served, and the reason."""

    model: str
    version: int | None
    """The version at fault, or None if the model's aliases are."""
    reason: str


class ModelStore:
    """Reads what is in a model store.

    If it is an object store, every method may raise StoreUnreachableError.
    """

    def __init__(
        self,
        location: Path | str,
        trusted_keys: TrustedKeys | None = None,
        signing_key: SigningKey | None = None,
        cache: VersionCache | None = None,
    ) -> None:
        """Open the store in a folder, which need not exist yet, or at a URL such as s3://bucket.

        With `trusted_keys`, versions that none of them has signed count as damaged. What is
        published is signed with `signing_key`, if there is one. `cache` keeps copies of what lies
        in an object store.

        Raises:
            StoreError: if such a URL cannot be opened here.
        """
        self.storage = open_storage(str(location), cache)
        self.trusted_keys = trusted_keys
        self.signing_key = signing_key

    @property
    def location(self) -> str:
        """The absolute path of the folder, or the URL."""
        return self.storage.location

    def snapshot(self) -> Self:
        """Return the store as it is now; of an object store, reading that takes few requests."""
        taken = copy.copy(self)
        taken.storage = self.storage.snapshot()
        return taken

    def models(self) -> list[str]:
        """Return the names of the models that have at least one version, sorted."""
        return self.storage.models()

    def versions(self, model: str) -> list[int]:
        """Return the version numbers of a model in rising order, damaged versions included.

        The list is empty if there is no such model.
        """
        return sorted(self.tags(model))

    def tags(self, model: str) -> Mapping[int, Hashable]:
        """Return the versions of a model, each with a tag that changes when its files do."""
        return self.storage.versions(model) if re.match(MODEL_NAME, model) else {}

    def check_there(self, model: str, version: int) -> None:
        """Raise NotFoundError if there is no such model or version."""
        versions = self.versions(model)
        if not versions:
            raise self.unknown(model)
        if version not in versions:
            raise NotFoundError(
                f"model {model!r} has no version {version}{self._when_deleted(model, version)}; "
                f"it has: {', '.join(map(str, versions))}.",
                code="version_not_found",
            )

    def unknown(self, model: str) -> NotFoundError:
        """Return the error that says that there is no such model, and which models there are."""
        names = ", ".join(self.models())
        holds = f"; the store holds: {names}." if names else f". {_FILL_IT}"
        return NotFoundError(f"there is no model {model!r}{holds}", code="model_not_found")

    @contextmanager
    def opened(self, model: str, version: int) -> Iterator[Path]:
        """Give the folder with the files of a version; it may be gone after the block.

        Raises:
            NotFoundError: if there is no such model or version.
            BrokenVersionError: if it cannot be fetched as it was published.
        """
        self.check_there(model, version)
        with self.storage.opened(model, version) as folder:
            yield folder

    def manifest(self, model: str, version: int) -> Manifest:
        """Return the manifest of a version, after comparing every file with its digest.

        Raises:
            NotFoundError: if there is no such version.
            BrokenVersionError: if the manifest or a file is missing, damaged, or not the one that
                was published, or if no trusted key has signed them.
        """
        with self.opened(model, version) as folder:
            manifest = manifest_in(folder)
            if (manifest.model, manifest.version) != (model, version):
                raise BrokenVersionError(
                    f"manifest.json is that of {manifest.model}/{manifest.version}, "
                    f"but it is in the folder {model}/{version}."
                )
            manifest.check_files(folder)
        if self.trusted_keys is not None:
            self.trusted_keys.check(manifest, self.storage.signature(model, version))
        return manifest

    def read_file(self, model: str, version: int, name: str) -> bytes:
        """Return the content of one of the files that were published with a version.

        Raises:
            NotFoundError: if there is no such version, or it was published without this file.
            BrokenVersionError: if the file is missing or not the one that was published.
        """
        self.check_there(model, version)
        entry = self._described(model, version).files.get(name)
        if entry is None:
            raise NotFoundError(
                f"version {version} of model {model!r} was published without {name}.",
                code="file_not_found",
            )
        content = self.storage.read(model, version, name)
        entry.check(name, content)
        return content

    def aliases(self, model: str) -> dict[str, int]:
        """Return the version that each alias of a model names.

        Raises:
            BrokenVersionError: if they are damaged.
        """
        return self.storage.aliases(model)

    def aliases_and_history(self, model: str) -> Aliases:
        """Return the aliases of a model and how they moved.

        Raises:
            NotFoundError: if there is no such model.
            BrokenVersionError: if the aliases or their history is damaged.
        """
        if not self.versions(model):
            raise self.unknown(model)
        return self.storage.records(model).aliases

    def default_version(self, model: str) -> int | None:
        """Return the version that is served if nobody names one: `production`, or else the latest.

        It is None if the model has no version.

        Raises:
            BrokenVersionError: if the aliases are damaged.
        """
        latest = max(self.versions(model), default=None)
        return self.aliases(model).get(PRODUCTION, latest)

    def find_base(self, name: str) -> Parent:
        """Return the version from which a fine-tuned one is to go on.

        `name` is `model/3`, or `model` for the version that this model serves by default.

        Raises:
            RecipeError: if there is no such version.
            BrokenVersionError: if the aliases are damaged.
        """
        model, _, number = name.partition("/")
        version = int(number) if number else self.default_version(model)
        try:
            if version is None:
                raise self.unknown(model)
            self.check_there(model, version)
        except NotFoundError as error:
            raise RecipeError(error.message, code="base_not_found", path=("base",)) from error
        return Parent(model=model, version=version)

    def published_by(self, model: str, job: str) -> Manifest | None:
        """Return the manifest of the version that a training job published, or None."""
        for version in reversed(self.versions(model)):
            with suppress(BrokenVersionError):
                manifest = self._described(model, version)
                if manifest.job == job:
                    return manifest
        return None

    def check_can_publish(self) -> None:
        """Raise SigningKeyError if versions that are published here would not be trusted."""
        if self.trusted_keys is None:
            return
        if self.signing_key is None:
            raise SigningKeyError(
                "only signed versions are trusted here, and there is no key to sign a new one "
                "with: set FORECAST_SIGNING_KEY."
            )
        if self.signing_key.public not in self.trusted_keys.keys:
            raise SigningKeyError(
                f"the key of FORECAST_SIGNING_KEY, {self.signing_key.public}, is not one of "
                "FORECAST_TRUSTED_KEYS, so that its versions would not be trusted."
            )

    def _described(self, model: str, version: int) -> Manifest:
        """Return a manifest without comparing any file with its digest."""
        return parse_manifest(self.storage.read(model, version, MANIFEST))

    def _when_deleted(self, model: str, version: int) -> str:
        """Return words for the error message if the version has been deleted, or else nothing."""
        with suppress(BrokenVersionError):
            for deletion in self.storage.records(model).deletions:
                if deletion.version == version:
                    return f": it was deleted on {deletion.at:%Y-%m-%d %H:%M} UTC by {deletion.by}"
        return ""

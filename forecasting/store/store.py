"""The model store: a folder of models, each of them a folder of numbered versions.

    <store>/<model>/<version>/manifest.json, model.keras, scaler.pkl …
    <store>/<model>/<version>/manifest.sig         if it is signed: forecasting/store/signing.py
    <store>/<model>/aliases.json, history.jsonl    see forecasting/store/aliases.py
    <store>/<model>/deleted.jsonl                  a line for each deleted version
    <store>/.lock                                  held by whoever changes something

A version appears whole, by one rename (see forecasting/store/draft.py), never changes, and goes
whole, by one rename. What may happen to published versions is in forecasting/store/lifecycle.py.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from forecasting.errors import (
    BrokenVersionError,
    NotFoundError,
    RecipeError,
    SigningKeyError,
)
from forecasting.store.aliases import PRODUCTION, Aliases, read_aliases
from forecasting.store.atomic_files import (
    clear_write_errors,
    exclusive_lock,
    fsync_path,
    read_json_lines,
    to_json_lines,
    write_files_atomically,
)
from forecasting.store.manifest import (
    MODEL_NAME,
    FileEntry,
    Manifest,
    Parent,
    read_manifest,
    read_version_file,
)
from forecasting.store.signing import SigningKey, TrustedKeys, read_signature

_DELETED = "deleted.jsonl"
_REMOVED = ".removed-"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the store that is not served, and the reason."""

    model: str
    version: int | None
    """The version at fault, or None if the model's aliases are."""
    reason: str


class Deletion(BaseModel):
    """A line of deleted.jsonl: its version was deleted, and its number is never given out again."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    version: int
    by: str
    reason: str | None


class ModelStore:
    """Reads what is in a model store, and deletes versions from it."""

    def __init__(
        self,
        root: Path,
        trusted_keys: TrustedKeys | None = None,
        signing_key: SigningKey | None = None,
    ) -> None:
        """Open the store in the folder `root`, which need not exist yet.

        With `trusted_keys`, versions that none of them has signed count as damaged. What is
        published is signed with `signing_key`, if there is one.
        """
        self.root = root
        self.trusted_keys = trusted_keys
        self.signing_key = signing_key

    def models(self) -> list[str]:
        """Return the names of the models that have at least one version folder, sorted."""
        if not self.root.is_dir():
            return []
        return sorted(
            entry.name
            for entry in self.root.iterdir()
            if re.match(MODEL_NAME, entry.name) and entry.is_dir() and self.versions(entry.name)
        )

    def versions(self, model: str) -> list[int]:
        """Return the version numbers of a model in rising order, damaged versions included.

        The list is empty if there is no such model.
        """
        folder = self.root / model
        if not re.match(MODEL_NAME, model) or not folder.is_dir():
            return []
        return sorted(
            int(entry.name)
            for entry in folder.iterdir()
            if re.fullmatch(r"[1-9]\d{0,8}", entry.name) and entry.is_dir()
        )

    def folder(self, model: str, version: int) -> Path:
        """Return the folder of a version.

        Raises:
            NotFoundError: if there is no such model or version.
        """
        versions = self.versions(model)
        if not versions:
            raise self.unknown(model)
        if version not in versions:
            raise NotFoundError(
                f"model {model!r} has no version {version}{self._when_deleted(model, version)}; "
                f"it has: {', '.join(map(str, versions))}.",
                code="version_not_found",
            )
        return self.root / model / str(version)

    def unknown(self, model: str) -> NotFoundError:
        """Return the error that says that there is no such model, and which models there are."""
        names = ", ".join(self.models()) or "none"
        return NotFoundError(
            f"there is no model {model!r}; the store holds: {names}.", code="model_not_found"
        )

    def changed_at(self, model: str, version: int) -> int:
        """Return when the version's folder last changed, in nanoseconds, or 0 if it is gone."""
        try:
            return (self.root / model / str(version)).stat().st_mtime_ns
        except OSError:
            return 0

    def manifest(self, model: str, version: int) -> Manifest:
        """Return the manifest of a version, after comparing every file with its digest.

        Raises:
            NotFoundError: if there is no such version.
            BrokenVersionError: if the manifest or a file is missing, damaged, or not the one that
                was published, or if no trusted key has signed them.
        """
        folder = self.folder(model, version)
        manifest = read_manifest(folder)
        if (manifest.model, manifest.version) != (model, version):
            raise BrokenVersionError(
                f"manifest.json is that of {manifest.model}/{manifest.version}, "
                f"but it is in the folder {model}/{version}."
            )
        for name, entry in manifest.files.items():
            if not re.match(MODEL_NAME, name):
                raise BrokenVersionError(f"manifest.json names the file {name!r}.")
            _check_digest(name, read_version_file(folder / name), entry)
        if self.trusted_keys is not None:
            self.trusted_keys.check(manifest, read_signature(folder))
        return manifest

    def read_file(self, model: str, version: int, name: str) -> bytes:
        """Return the content of one of the files that were published with a version.

        Raises:
            NotFoundError: if there is no such version, or it was published without this file.
            BrokenVersionError: if the file is missing or not the one that was published.
        """
        folder = self.folder(model, version)
        entry = read_manifest(folder).files.get(name)
        if entry is None:
            raise NotFoundError(
                f"version {version} of model {model!r} was published without {name}.",
                code="file_not_found",
            )
        content = read_version_file(folder / name)
        _check_digest(name, content, entry)
        return content

    def aliases(self, model: str) -> dict[str, int]:
        """Return the version that each alias of a model names.

        Raises:
            BrokenVersionError: if aliases.json is damaged.
        """
        return read_aliases(self.root / model)

    def aliases_and_history(self, model: str) -> Aliases:
        """Return the aliases of a model and how they moved.

        Raises:
            NotFoundError: if there is no such model.
            BrokenVersionError: if aliases.json or history.jsonl is damaged.
        """
        if not self.versions(model):
            raise self.unknown(model)
        return Aliases.read(self.root / model)

    def default_version(self, model: str) -> int | None:
        """Return the version that is served if nobody names one: `production`, or else the latest.

        It is None if the model has no version.

        Raises:
            BrokenVersionError: if aliases.json is damaged.
        """
        latest = max(self.versions(model), default=None)
        return self.aliases(model).get(PRODUCTION, latest)

    def find_base(self, name: str) -> Parent:
        """Return the version from which a fine-tuned one is to go on.

        `name` is `model/3`, or `model` for the version that this model serves by default.

        Raises:
            RecipeError: if there is no such version.
            BrokenVersionError: if aliases.json is damaged.
        """
        model, _, number = name.partition("/")
        version = int(number) if number else self.default_version(model)
        try:
            if version is None:
                raise self.unknown(model)
            self.folder(model, version)
        except NotFoundError as error:
            raise RecipeError(error.message, code="base_not_found", path=("base",)) from error
        return Parent(model=model, version=version)

    def published_by(self, model: str, job: str) -> Manifest | None:
        """Return the manifest of the version that a training job published, or None."""
        for version in reversed(self.versions(model)):
            with suppress(BrokenVersionError):
                manifest = read_manifest(self.root / model / str(version))
                if manifest.job == job:
                    return manifest
        return None

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Keep everybody else from publishing, deleting and moving aliases inside the block.

        Raises:
            StoreError: if the store cannot be written.
        """
        with clear_write_errors(self.root), exclusive_lock(self.root / ".lock"):
            yield

    def numbers_taken(self, model: str) -> set[int]:
        """Return the numbers of a model's versions, deleted ones too. Call it while `changing`."""
        return {*self.versions(model), *(deletion.version for deletion in self._deletions(model))}

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

    def remove(self, model: str, versions: Iterable[int], *, by: str, reason: str | None) -> None:
        """Delete versions for good. Call it only while `changing`.

        The deletion is recorded before the versions go, so that their numbers are never given out
        again. `by` says on whose behalf it is done.
        """
        home = self.root / model
        now = datetime.now(UTC)
        deletions = [Deletion(at=now, version=n, by=by, reason=reason) for n in versions]
        if not deletions:
            return
        rows = to_json_lines([*self._deletions(model), *deletions])
        write_files_atomically({home / _DELETED: rows})
        for deletion in deletions:
            aside = Path(tempfile.mkdtemp(prefix=_REMOVED, dir=home))
            (home / str(deletion.version)).rename(aside / str(deletion.version))
        fsync_path(home)
        for aside in home.glob(f"{_REMOVED}*"):  # also what a process that was killed left behind
            shutil.rmtree(aside, ignore_errors=True)

    def _deletions(self, model: str) -> list[Deletion]:
        return read_json_lines(self.root / model / _DELETED, Deletion)

    def _when_deleted(self, model: str, version: int) -> str:
        """Return words for the error message if the version has been deleted, or else nothing."""
        with suppress(BrokenVersionError):
            for deletion in self._deletions(model):
                if deletion.version == version:
                    return f": it was deleted on {deletion.at:%Y-%m-%d %H:%M} UTC by {deletion.by}"
        return ""


def _check_digest(name: str, content: bytes, entry: FileEntry) -> None:
    if FileEntry.of(content) != entry:
        raise BrokenVersionError(f"{name} is not the file that was published.")

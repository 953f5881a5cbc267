"""The model store: a folder of models, each a folder of numbered versions.

    <store>/<model>/<version>/manifest.json, model.keras, scaler.pkl …
    <store>/<model>/aliases.json

A version appears whole, by one rename, and never changes afterwards.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from forecasting.errors import BrokenVersionError, NotFoundError
from forecasting.manifest import MODEL_NAME, FileEntry, Manifest

_MANIFEST = "manifest.json"
_ALIASES = "aliases.json"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the store that is not served, and why; version None for a model's aliases."""

    model: str
    version: int | None
    reason: str


class ModelStore:
    def __init__(self, root: Path) -> None:
        self.root = root

    def models(self) -> list[str]:
        """Names of the models that have at least one version folder, sorted."""
        if not self.root.is_dir():
            return []
        return sorted(
            entry.name
            for entry in self.root.iterdir()
            if re.match(MODEL_NAME, entry.name) and entry.is_dir() and self.versions(entry.name)
        )

    def versions(self, model: str) -> list[int]:
        """Version numbers of a model, rising; broken ones too. Empty for an unknown model."""
        folder = self.root / model
        if not re.match(MODEL_NAME, model) or not folder.is_dir():
            return []
        return sorted(
            int(entry.name)
            for entry in folder.iterdir()
            if re.fullmatch(r"[1-9]\d{0,8}", entry.name) and entry.is_dir()
        )

    def folder(self, model: str, version: int) -> Path:
        """Raises NotFoundError."""
        known = self.versions(model)
        if not known:
            raise self.unknown(model)
        if version not in known:
            raise NotFoundError(
                f"model {model!r} has no version {version}; it has: {_listed(known)}.",
                code="version_not_found",
            )
        return self.root / model / str(version)

    def unknown(self, model: str) -> NotFoundError:
        names = ", ".join(self.models()) or "none"
        return NotFoundError(
            f"there is no model {model!r}; the store holds: {names}.", code="model_not_found"
        )

    def changed_at(self, model: str, version: int) -> int:
        """When the version's folder last changed, in nanoseconds; 0 where it is gone."""
        try:
            return (self.root / model / str(version)).stat().st_mtime_ns
        except OSError:
            return 0

    def manifest(self, model: str, version: int) -> Manifest:
        """Raises NotFoundError, or BrokenVersionError for a folder whose manifest or files are
        missing, damaged, or not those that were published."""
        folder = self.folder(model, version)
        manifest = _read_manifest(folder)
        if (manifest.model, manifest.version) != (model, version):
            raise BrokenVersionError(
                f"{_MANIFEST} says {manifest.model}/{manifest.version}, "
                f"the folder {model}/{version}."
            )
        for name, entry in manifest.files.items():
            if not re.match(MODEL_NAME, name):
                raise BrokenVersionError(f"{_MANIFEST} names the file {name!r}.")
            if _describe(folder / name) != entry:
                raise BrokenVersionError(f"{name} is not the file that was published.")
        return manifest

    def aliases(self, model: str) -> dict[str, int]:
        """Raises BrokenVersionError where aliases.json is damaged."""
        try:
            aliases = json.loads((self.root / model / _ALIASES).read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            raise BrokenVersionError(f"{model}/{_ALIASES} cannot be read: {error}") from error
        if not isinstance(aliases, dict) or not all(
            re.match(MODEL_NAME, name) and type(version) is int and version > 0
            for name, version in aliases.items()
        ):
            raise BrokenVersionError(f"{model}/{_ALIASES} must map aliases to version numbers.")
        return aliases

    def published_by(self, model: str, job: str) -> Manifest | None:
        """The manifest of the version that a training job published, if it has."""
        for version in reversed(self.versions(model)):
            with suppress(BrokenVersionError):
                manifest = _read_manifest(self.root / model / str(version))
                if manifest.job == job:
                    return manifest
        return None

    def discard_drafts(self, model: str, job: str) -> None:
        """Remove what a training job that was killed left unpublished."""
        home = self.root / model
        for folder in home.glob(f"{_draft_prefix(job)}*"):
            shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):  # a model that has something in it stays
            home.rmdir()

    @contextmanager
    def publishing(self, model: str, job: str | None = None) -> Iterator[Draft]:
        """A draft to write a version's files into; `Draft.publish` makes them a version.

        Whatever was not published when the block ends is removed.
        """
        if not re.match(MODEL_NAME, model):
            raise ValueError(f"{model!r} is no model name: it must match {MODEL_NAME}")
        home = self.root / model
        home.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=_draft_prefix(job), dir=home))
        try:
            yield Draft(self, model, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            if not any(home.iterdir()):
                home.rmdir()


@dataclass(frozen=True, slots=True)
class Draft:
    store: ModelStore
    model: str
    folder: Path

    def publish(
        self,
        describe: Callable[[int, dict[str, FileEntry]], Manifest],
        permission: AbstractContextManager[None] | None = None,
    ) -> Manifest:
        """Make the draft the next version: manifest last, all of it on disk, then one rename.

        `describe` writes the manifest for a version number and the files. Where another publisher
        takes the number first, the next one is tried. The rename happens inside `permission`; what
        that raises is raised, and nothing is published.
        """
        files = {path.name: _describe(path) for path in sorted(self.folder.iterdir())}
        self.folder.chmod(0o755)
        for path in self.folder.iterdir():
            _sync(path)
        with permission or nullcontext():
            while True:
                version = max(self.store.versions(self.model), default=0) + 1
                manifest = describe(version, files)
                written = self.folder / _MANIFEST
                written.write_text(manifest.model_dump_json(indent=2) + "\n")
                _sync(written)
                _sync(self.folder)
                target = self.store.root / self.model / str(version)
                try:
                    self.folder.rename(target)
                except OSError:
                    if target.exists():
                        continue
                    raise
                _sync(target.parent)
                return manifest


def _read_manifest(folder: Path) -> Manifest:
    try:
        return Manifest.model_validate_json((folder / _MANIFEST).read_bytes())
    except FileNotFoundError as error:
        raise BrokenVersionError(f"there is no {_MANIFEST}.") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise BrokenVersionError(f"{_MANIFEST}: {place}: {first['msg']}.") from error
    except OSError as error:
        raise BrokenVersionError(f"{_MANIFEST} cannot be read: {error}.") from error


def _describe(path: Path) -> FileEntry:
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise BrokenVersionError(f"{path.name} is missing.") from error
    except OSError as error:
        raise BrokenVersionError(f"{path.name} cannot be read: {error}.") from error
    return FileEntry(sha256=hashlib.sha256(content).hexdigest(), size=len(content))


def _draft_prefix(job: str | None) -> str:
    return ".draft-" if job is None else f".draft-{job}-"


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _listed(versions: list[int]) -> str:
    return ", ".join(map(str, versions))

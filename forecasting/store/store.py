"""The model store: a folder of models, each a folder of numbered versions.

    <store>/<model>/<version>/manifest.json, model.keras, scaler.pkl …
    <store>/<model>/aliases.json, history.jsonl    see forecasting/store/aliases.py
    <store>/<model>/deleted.jsonl                  see forecasting/store/deletions.py
    <store>/.lock                                  held by whoever changes something

A version appears whole, by one rename, never changes, and goes whole, by one rename.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from forecasting.errors import AliasMovedError, BrokenVersionError, NotFoundError
from forecasting.store.aliases import PRODUCTION, Aliases, read_aliases
from forecasting.store.atomic_files import clear_write_errors, locked, sync
from forecasting.store.deletions import Deletion, read_deletions, record_deletions
from forecasting.store.manifest import MODEL_NAME, FileEntry, Manifest, Promotion

_MANIFEST = "manifest.json"
_REMOVED = ".removed-"


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
                f"model {model!r} has no version {version}{self._deleted(model, version)}; "
                f"it has: {', '.join(map(str, known))}.",
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

    def read_file(self, model: str, version: int, name: str) -> bytes:
        """One of the files that were published with a version. Raises NotFoundError, or
        BrokenVersionError where it is not what was published."""
        folder = self.folder(model, version)
        entry = _read_manifest(folder).files.get(name)
        if entry is None:
            raise NotFoundError(
                f"version {version} of model {model!r} was published without {name}.",
                code="file_not_found",
            )
        content = _read(folder / name)
        if _entry(content) != entry:
            raise BrokenVersionError(f"{name} is not the file that was published.")
        return content

    def aliases(self, model: str) -> dict[str, int]:
        """Raises BrokenVersionError where aliases.json is damaged."""
        return read_aliases(self.root / model)

    def aliases_and_history(self, model: str) -> Aliases:
        """Raises NotFoundError, or BrokenVersionError where a file is damaged."""
        if not self.versions(model):
            raise self.unknown(model)
        return Aliases.read(self.root / model)

    def default_version(self, model: str) -> int | None:
        """What is served when nobody names a version: `production`, or else the latest.

        Raises BrokenVersionError where aliases.json is damaged.
        """
        latest = max(self.versions(model), default=None)
        return self.aliases(model).get(PRODUCTION, latest)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """For as long as this is held, nobody else publishes, deletes or moves an alias.

        Raises StoreError where the store cannot be written.
        """
        with clear_write_errors(self.root), locked(self.root / ".lock"):
            yield

    def remove(self, model: str, versions: Iterable[int], *, by: str, reason: str | None) -> None:
        """Take versions away; their numbers are never given out again. Only while `changing`."""
        home = self.root / model
        now = datetime.now(UTC)
        going = [Deletion(at=now, version=v, by=by, reason=reason) for v in versions]
        if not going:
            return
        record_deletions(home, going)
        for deletion in going:
            aside = Path(tempfile.mkdtemp(prefix=_REMOVED, dir=home))
            (home / str(deletion.version)).rename(aside / str(deletion.version))
        sync(home)
        for aside in home.glob(f"{_REMOVED}*"):  # also what a process that was killed left
            shutil.rmtree(aside, ignore_errors=True)

    def finish_promotion(self, manifest: Manifest) -> None:
        """Move `production` to a version as its manifest says, if its publisher was killed before
        it could, and nothing else has moved it since."""
        with self.changing():
            aliases = Aliases.read(self.root / manifest.model)
            if manifest.version not in aliases[PRODUCTION].versions:
                _promote(aliases, manifest)

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
        with suppress(OSError), locked(self.root / ".lock"):
            home.rmdir()  # unless there is something in it

    @contextmanager
    def publishing(self, model: str, job: str | None = None) -> Iterator[Draft]:
        """A draft to write a version's files into; `Draft.publish` makes them a version.

        Whatever was not published when the block ends is removed.
        """
        if not re.match(MODEL_NAME, model):
            raise ValueError(f"{model!r} is no model name: it must match {MODEL_NAME}")
        home = self.root / model
        with clear_write_errors(home):
            with locked(self.root / ".lock"):
                home.mkdir(exist_ok=True)
                folder = Path(tempfile.mkdtemp(prefix=_draft_prefix(job), dir=home))
            try:
                yield Draft(self, model, folder)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
                with suppress(OSError), locked(self.root / ".lock"):
                    home.rmdir()  # unless there is something in it

    def _next_number(self, model: str) -> int:
        deleted = [deletion.version for deletion in read_deletions(self.root / model)]
        return max([*self.versions(model), *deleted], default=0) + 1

    def _deleted(self, model: str, version: int) -> str:
        with suppress(BrokenVersionError):
            for deletion in read_deletions(self.root / model):
                if deletion.version == version:
                    return f": it was deleted on {deletion.at:%Y-%m-%d %H:%M} UTC by {deletion.by}"
        return ""


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

        `describe` writes the manifest for a version number and the files. Where it decides on a
        promotion, `production` moves in the same step; or stays, also where the version served
        until then had no alias. All of it happens inside `permission`; what that raises is raised,
        and nothing is published.

        Raises AliasMovedError where another version is served by now than the one that was
        decided on; then nothing is published, and the draft may be published anew.
        """
        files = {}
        for path in sorted(self.folder.iterdir()):
            if path.name != _MANIFEST:
                files[path.name] = _entry(_read(path))
                sync(path)
        self.folder.chmod(0o755)
        home = self.store.root / self.model
        with permission or nullcontext(), self.store.changing():
            manifest = describe(self.store._next_number(self.model), files)  # noqa: SLF001  its own
            aliases = Aliases.read(home)
            if manifest.promotion is not None:
                aliases = self._hold(aliases, manifest.promotion, by=manifest.publisher)
            written = self.folder / _MANIFEST
            written.write_text(manifest.model_dump_json(indent=2) + "\n")
            sync(written)
            sync(self.folder)
            self.folder.rename(home / str(manifest.version))
            sync(home)
            _promote(aliases, manifest)
            return manifest

    def _hold(self, aliases: Aliases, promotion: Promotion, *, by: str) -> Aliases:
        """Have the version that is served by default keep its place when a newer one appears."""
        serving = self.store.default_version(self.model)
        if serving != promotion.incumbent:
            raise AliasMovedError(f"{self.model}: version {serving} is served by now.")
        if serving is not None and PRODUCTION not in aliases.versions:
            reason = "the latest until a newer version was published"
            aliases = aliases.moved(PRODUCTION, serving, by=by, reason=reason)
            aliases.write()
        return aliases


def _promote(aliases: Aliases, manifest: Manifest) -> None:
    promotion = manifest.promotion
    if promotion is None or not promotion.promoted:
        return
    if aliases.versions.get(PRODUCTION) == promotion.incumbent:
        aliases.moved(
            PRODUCTION, manifest.version, by=manifest.publisher, reason=promotion.reason
        ).write()


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
    return _entry(_read(path))


def _entry(content: bytes) -> FileEntry:
    return FileEntry(sha256=hashlib.sha256(content).hexdigest(), size=len(content))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise BrokenVersionError(f"{path.name} is missing.") from error
    except OSError as error:
        raise BrokenVersionError(f"{path.name} cannot be read: {error}.") from error


def _draft_prefix(job: str | None) -> str:
    return ".draft-" if job is None else f".draft-{job}-"

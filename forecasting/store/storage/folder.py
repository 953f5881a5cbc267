"""Versions in a folder.

    <root>/<model>/<version>/manifest.json, model.keras, scaler.pkl …
    <root>/<model>/<version>/manifest.sig    if it is signed: forecasting/store/signing.py
    <root>/<model>/aliases.json              the version that each alias names: {"production": 3}
    <root>/<model>/history.jsonl             a line for each move: when, from, to, by whom, why
    <root>/<model>/deleted.jsonl             a line for each deleted version
    <root>/<model>/.draft-…/                 a version that is being made
    <root>/.lock                             held by whoever changes something

A version appears whole, by one rename, never changes, and goes whole, by one rename; where a folder
cannot be renamed, its manifest goes first, without which it can no longer be served. A draft names
the training job that writes it, if there is one, so that what a killed job has left can be removed.
Whoever writes a draft holds a lock on it, and the next draft is made after those are removed that
nobody holds and that are a day old: the locks of other machines may not be seen on a shared disk.

`aliases.json` decides, and a move writes it first. If a change has no line in the history, because
somebody edited the file or the machine stopped between the two writes, the history shows it as made
by `unknown`.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from forecasting.errors import BrokenVersionError
from forecasting.store.aliases import Aliases, AliasMove, check_aliases
from forecasting.store.atomic_files import (
    can_rename,
    clear_write_errors,
    exclusive_lock,
    fsync_path,
    is_locked,
    read_json_lines,
    to_json_lines,
    write_files_atomically,
)
from forecasting.store.manifest import MANIFEST, MODEL_NAME, read_version_file
from forecasting.store.signing import SIGNATURE
from forecasting.store.storage.records import Addition, Deletion, Records
from forecasting.store.storage.storage import Step

ALIASES, HISTORY, DELETED = "aliases.json", "history.jsonl", "deleted.jsonl"
_DRAFT, _REMOVED = ".draft-", ".removed-"
_DAY = 86_400


class FolderStorage:
    """Versions in a folder, which need not exist yet. See `Storage`."""

    is_remote = False
    poll_seconds = 1.0

    def __init__(self, root: Path) -> None:
        self.root = root
        self.location = str(root.absolute())

    def models(self) -> list[str]:
        """Return the models with at least one version folder, damaged ones included."""
        return [model for model in self.models_on_record() if self.versions(model)]

    def models_on_record(self) -> list[str]:
        """Return the names of all folders of models."""
        if not self.root.is_dir():
            return []
        return sorted(
            entry.name
            for entry in self.root.iterdir()
            if re.match(MODEL_NAME, entry.name) and entry.is_dir()
        )

    def versions(self, model: str) -> dict[int, int]:
        """Return when each version's folder last changed, in nanoseconds."""
        versions = {}
        try:
            with os.scandir(self.root / model) as entries:
                for entry in entries:
                    if re.fullmatch(r"[1-9]\d{0,8}", entry.name) and entry.is_dir():
                        with suppress(FileNotFoundError):
                            versions[int(entry.name)] = entry.stat().st_mtime_ns
        except (FileNotFoundError, NotADirectoryError):
            pass
        return versions

    def aliases(self, model: str) -> dict[str, int]:
        """Return what aliases.json says."""
        name = f"{model}/{ALIASES}"
        try:
            return check_aliases(name, json.loads((self.root / model / ALIASES).read_bytes()))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            raise BrokenVersionError(f"{name} cannot be read: {error}") from error

    def records(self, model: str) -> Records:
        """Return all that is on record of a model."""
        home = self.root / model
        history = tuple(read_json_lines(home / HISTORY, AliasMove))
        aliases = Aliases(self.aliases(model), history).with_unknown_moves(_changed_at(home))
        deletions = tuple(read_json_lines(home / DELETED, Deletion))
        return Records(frozenset(self.versions(model)), aliases, deletions)

    def snapshot(self) -> FolderStorage:
        """Return the storage itself: reading a folder is cheap."""
        return self

    @contextmanager
    def opened(self, model: str, version: int) -> Iterator[Path]:
        """Give the folder where the version lies."""
        yield self.root / model / str(version)

    def read(self, model: str, version: int, name: str) -> bytes:
        """Return the content of a file of a version."""
        return read_version_file(self.root / model / str(version) / name)

    def signature(self, model: str, version: int) -> bytes | None:
        """Return the content of manifest.sig, or None if there is none."""
        path = self.root / model / str(version) / SIGNATURE
        return read_version_file(path) if path.exists() else None

    def sign(self, model: str, version: int, sign: Callable[[], bytes]) -> None:
        """Write manifest.sig."""
        with self.changing():
            write_files_atomically({self.root / model / str(version) / SIGNATURE: sign()})

    @contextmanager
    def drafting(self, model: str, job: str | None) -> Iterator[Path]:
        """Give a hidden folder beside the versions."""
        home = self.root / model
        with clear_write_errors(home):
            with exclusive_lock(self.root / ".lock"):
                self._remove_abandoned_drafts()
                home.mkdir(exist_ok=True)
                folder = Path(tempfile.mkdtemp(prefix=_draft_prefix(job), dir=home))
                held = os.open(folder, os.O_RDONLY)
                with suppress(OSError):  # Some shared disks have no locks.
                    fcntl.flock(held, fcntl.LOCK_SH)
            try:
                yield folder
            finally:
                os.close(held)
                shutil.rmtree(folder, ignore_errors=True)
                self._remove_if_empty(home)

    def seal(self, model: str, draft: Path) -> None:
        """Wait until the files of a draft are on disk."""
        for path in sorted(draft.iterdir()):
            fsync_path(path)
        draft.chmod(0o755)

    def change(self, model: str, step: Step, draft: Path | None = None) -> Records:
        """Change the records while nobody else can."""
        home = self.root / model
        with self.changing():
            before = self.records(model)
            after = step(before)
            aliases = before.aliases
            if after.deletions != before.deletions:
                write_files_atomically({home / DELETED: to_json_lines(after.deletions)})
            if after.added is not None and draft is not None:
                aliases = _write_aliases(home, aliases, after.aliases.before(after.added.version))
                _place(draft, after.added, home)
            _write_aliases(home, aliases, after.aliases)
            _remove(home, before.versions - after.versions)
        return after

    def discard_drafts(self, model: str, job: str) -> None:
        """Remove the hidden folders that a job has left."""
        home = self.root / model
        for folder in home.glob(f"{_draft_prefix(job)}*"):
            shutil.rmtree(folder, ignore_errors=True)
        self._remove_if_empty(home)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Keep everybody else from changing anything inside the block. Raises StoreError."""
        with clear_write_errors(self.root), exclusive_lock(self.root / ".lock"):
            yield

    def _remove_abandoned_drafts(self) -> None:
        for draft in self.root.glob(f"*/{_DRAFT}*"):
            if _is_abandoned(draft):
                shutil.rmtree(draft, ignore_errors=True)
                with suppress(OSError):
                    draft.parent.rmdir()

    def _remove_if_empty(self, home: Path) -> None:
        """Remove a model's folder, unless there is something in it."""
        with suppress(OSError), exclusive_lock(self.root / ".lock"):
            home.rmdir()


def _place(draft: Path, added: Addition, home: Path) -> None:
    """Make a draft a version: the manifest comes last, all is on disk, then one rename follows."""
    if added.signature is not None:
        _write(draft / SIGNATURE, added.signature)
    _write(draft / MANIFEST, added.manifest)
    fsync_path(draft)
    draft.rename(home / str(added.version))
    fsync_path(home)


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    fsync_path(path)


def files_of(records: Records) -> dict[str, bytes]:
    """Return the files in a model's folder that are not those of its versions, by name."""
    files: dict[str, bytes] = {}
    if records.aliases.history:
        files |= _alias_files(records.aliases)
    if records.deletions:
        files[DELETED] = to_json_lines(records.deletions)
    return files


def _alias_files(aliases: Aliases) -> dict[str, bytes]:
    versions = json.dumps(aliases.versions, sort_keys=True) + "\n"
    return {ALIASES: versions.encode(), HISTORY: to_json_lines(aliases.history)}


def _write_aliases(home: Path, before: Aliases, after: Aliases) -> Aliases:
    if after != before:
        files = _alias_files(after)
        write_files_atomically({home / name: content for name, content in files.items()})
    return after


def _remove(home: Path, versions: Iterable[int]) -> None:
    """Delete folders of versions, each by one rename, or the manifest first."""
    gone = sorted(versions)
    if not gone:
        return
    for version in gone:
        aside = Path(tempfile.mkdtemp(prefix=_REMOVED, dir=home))
        folder = home / str(version)
        if not can_rename(folder, aside / folder.name):
            (folder / MANIFEST).unlink(missing_ok=True)
            fsync_path(folder)
            shutil.rmtree(folder)
    fsync_path(home)
    for aside in home.glob(f"{_REMOVED}*"):  # also what a process that was killed left behind
        shutil.rmtree(aside, ignore_errors=True)


def _changed_at(home: Path) -> datetime:
    """Return when aliases.json was last written, or now if there is no such file."""
    try:
        return datetime.fromtimestamp((home / ALIASES).stat().st_mtime, UTC)
    except FileNotFoundError:
        return datetime.now(UTC)


def _draft_prefix(job: str | None) -> str:
    return _DRAFT if job is None else f"{_DRAFT}{job}-"


def _is_abandoned(draft: Path) -> bool:
    """Return whether a draft is old, and nobody who lives writes it."""
    try:
        return time.time() - draft.stat().st_mtime >= _DAY and not is_locked(draft)
    except OSError:
        return False

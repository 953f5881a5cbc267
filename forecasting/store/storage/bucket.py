"""Versions in an object store, which has no locks and no renames, but conditional writes.

See forecasting/store/storage/index.py for what lies where. A change reads the index, and writes the
next one only if nobody has written another meanwhile; otherwise it begins again.
"""

from __future__ import annotations

import random
import re
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from forecasting.errors import BrokenVersionError, StoreError, StoreUnreachableError
from forecasting.store.manifest import (
    MANIFEST,
    MODEL_NAME,
    FileEntry,
    manifest_in,
    parse_manifest,
    read_version_file,
)
from forecasting.store.signing import SIGNATURE
from forecasting.store.storage.cache import VersionCache
from forecasting.store.storage.folder import FolderStorage
from forecasting.store.storage.index import (
    INDEXES,
    Held,
    Index,
    IndexedVersion,
    draft_key,
    drafts_key,
    index_key,
    manifest_name,
    model_of,
    read_index,
)
from forecasting.store.storage.objects import Objects
from forecasting.store.storage.records import Addition, Records
from forecasting.store.storage.storage import Step

_TRIES = 200
_LONGEST_PAUSE_SECONDS = 1.0
_WRITES = 3
"""How often an index is written to which no answer comes."""
_LEFT_FOR = timedelta(days=1)
"""Drafts that are older, and that no index names, are removed."""


class BucketStorage:
    """Versions below a prefix of a bucket. See `Storage`."""

    is_remote = True
    poll_seconds = 5.0

    def __init__(self, location: str, objects: Objects, cache: VersionCache) -> None:
        self.location = location
        self.objects = objects
        self.cache = cache
        self._listed: dict[str, tuple[str, Index | BrokenVersionError]] = {}
        """What was read of each model, and how its index was listed then."""

    def models(self) -> list[str]:
        """Return the models with at least one version, and those whose index is damaged."""
        return self.snapshot().models()

    def models_on_record(self) -> list[str]:
        """Return the models that have an index."""
        return self.snapshot().models_on_record()

    def versions(self, model: str) -> dict[int, str]:
        """Return where the files of each version lie. Raises BrokenVersionError."""
        found = self._held(model).index.versions
        return {version: entry.tag for version, entry in found.items()}

    def aliases(self, model: str) -> dict[str, int]:
        """Return the version that each alias names."""
        return self._held(model).index.aliases

    def records(self, model: str) -> Records:
        """Return what the index says."""
        return self._held(model).index.records()

    def snapshot(self) -> BucketStorage:
        """Return what answers from the indexes as they are now; only new ones are read."""
        listed = {}
        for entry in self.objects.entries(INDEXES):
            model = model_of(entry.key)
            if not re.match(MODEL_NAME, model):
                continue
            known = self._listed.get(model)
            if known is None or known[0] != entry.listed_as:
                try:
                    known = entry.listed_as, self._held(model).index
                except BrokenVersionError as error:
                    known = entry.listed_as, error
            listed[model] = known
        self._listed = listed
        found = {model: index for model, (_, index) in listed.items()}
        return _Snapshot(self.location, self.objects, self.cache, found)

    @contextmanager
    def opened(self, model: str, version: int) -> Iterator[Path]:
        """Give a copy in the cache, whose files are compared with their digests."""
        entry = self._entry(model, version)

        def fetch(folder: Path) -> None:
            manifest = self._read_checked(model, entry, MANIFEST, entry.manifest)
            (folder / MANIFEST).write_bytes(manifest)
            for name, expected in parse_manifest(manifest).files.items():
                content = self._read_checked(model, entry, name, expected)
                (folder / name).write_bytes(content)

        with self.cache.opened(entry.draft, fetch) as folder:
            if _is_sound(folder, entry.manifest):
                yield folder
                return
        self.cache.discard(entry.draft)
        with self.cache.opened(entry.draft, fetch) as folder:
            yield folder

    def read(self, model: str, version: int, name: str) -> bytes:
        """Return the content of a file of a version, without a copy of the rest."""
        entry = self._entry(model, version)
        if name == MANIFEST:
            return self._read_checked(model, entry, name, entry.manifest)
        return self._read(model, entry, name)

    def signature(self, model: str, version: int) -> bytes | None:
        """Return the signature in the index."""
        signature = self._entry(model, version).signature
        return None if signature is None else signature.encode()

    def sign(self, model: str, version: int, sign: Callable[[], bytes]) -> None:
        """Put a signature into the index. Versions never change, so it fits whenever it comes."""
        signature = sign()

        def signed(held: Held) -> Index:
            _entry_of(held, model, version)
            return held.index.signed(version, signature)

        self._change(model, signed)

    @contextmanager
    def drafting(self, model: str, job: str | None) -> Iterator[Path]:
        """Give a folder on the local disk, whose name tells the draft from all others."""
        with tempfile.TemporaryDirectory(prefix="draft-") as folder:
            draft = Path(folder, f"{job or 'by-hand'}-{uuid.uuid4().hex}")
            draft.mkdir()
            yield draft

    def seal(self, model: str, draft: Path) -> None:
        """Upload the files of a draft."""
        self._upload(model, draft.name, draft)

    def change(self, model: str, step: Step, draft: Path | None = None) -> Records:
        """Change the records; what was deleted is removed once that is decided."""
        deleted: list[IndexedVersion] = []
        after: list[Records] = []

        def changed(held: Held) -> Index:
            deleted.clear()
            before = held.index.records()
            version = None if draft is None else held.index.version_of(draft.name)
            if version is None:
                records = step(before)
            else:  # an earlier try has arrived whose answer did not
                records = replace(before, added=self._addition(model, version))
            after[:] = [records]
            if records is before or version is not None:
                return held.index
            if records.added is not None and draft is not None:
                self._write_manifest(model, draft.name, records.added.manifest)
            gone = before.versions - records.versions
            deleted.extend(held.index.versions[version] for version in gone)
            return held.index.changed(records, None if draft is None else draft.name)

        self._change(model, changed)
        with suppress(StoreError):  # what stays is removed with what is deleted later
            for entry in deleted:
                self._delete_below(draft_key(model, entry.draft))
            if deleted:
                self._sweep(model)
        return after[0]

    def discard_drafts(self, model: str, job: str) -> None:
        """Remove drafts that are too old to become versions; a recent one may still do so."""
        self._sweep(model)

    def restore(self, home: Path) -> None:
        """Let a model be what a folder says; raises BrokenVersionError as `kept_in` does."""
        model = home.name
        records, versions = kept_in(home)
        for version, entry in versions.items():
            folder = home / str(version)
            self._upload(model, entry.draft, folder)
            self._write_manifest(model, entry.draft, read_version_file(folder / MANIFEST))
        self._overwrite(model, Index().replaced(records, versions))

    def forget(self, model: str) -> None:
        """Let a model have nothing on record."""
        self._overwrite(model, Index())

    def _overwrite(self, model: str, index: Index) -> None:
        """Write an index, whatever is there, a damaged one too."""
        self.objects.write(index_key(model), index.content)

    def _change(self, model: str, next_index: Callable[[Held], Index]) -> None:
        """Write the next index, made from the present one, unless both are the same."""
        pause = 0.01
        for _ in range(_TRIES):
            held = self._held(model)
            index = next_index(held)
            if index is held.index or self._write(model, index, held.tag):
                return
            time.sleep(random.uniform(0, pause))  # noqa: S311  it need not be secret
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        raise StoreError(f"too many others change {model!r} in {self.location}. Try again.")

    def _write(self, model: str, index: Index, tag: str | None) -> bool:
        """Write an index if the one with the tag is still there, and return whether it was.

        If no answer comes, the same is written again. If another index is there then, that tells
        whether the first write has arrived.
        """
        key, content = index_key(model), index.content
        for last in (*[False] * (_WRITES - 1), True):
            try:
                return self.objects.replace(key, content, tag) or self._has(model, index)
            except StoreUnreachableError:
                if last:
                    raise
        raise AssertionError

    def _has(self, model: str, index: Index) -> bool:
        return index.changes[-1] in self._held(model).index.changes

    def _addition(self, model: str, version: int) -> Addition:
        manifest = self.read(model, version, MANIFEST)
        return Addition(version, manifest, self.signature(model, version))

    def _held(self, model: str) -> Held:
        found = self.objects.read(index_key(model))
        if found is None:
            return Held(Index(), None)
        return Held(read_index(model, found.content), found.tag)

    def _entry(self, model: str, version: int) -> IndexedVersion:
        return _entry_of(self._held(model), model, version)

    def _read(self, model: str, entry: IndexedVersion, name: str) -> bytes:
        stored = manifest_name(entry.manifest) if name == MANIFEST else name
        found = self.objects.read(draft_key(model, entry.draft, stored))
        if found is None:
            raise BrokenVersionError(f"{name} is missing.")
        return found.content

    def _read_checked(
        self, model: str, entry: IndexedVersion, name: str, expected: FileEntry
    ) -> bytes:
        content = self._read(model, entry, name)
        expected.check(name, content)
        return content

    def _upload(self, model: str, draft: str, folder: Path) -> None:
        for path in sorted(folder.glob("[!.]*")):
            if path.name not in {MANIFEST, SIGNATURE}:
                self.objects.write(draft_key(model, draft, path.name), path)

    def _write_manifest(self, model: str, draft: str, manifest: bytes) -> None:
        name = manifest_name(FileEntry.of(manifest))
        self.objects.write(draft_key(model, draft, name), manifest)

    def _delete_below(self, prefix: str) -> None:
        keys = [entry.key for entry in self.objects.entries(prefix)]
        if keys:
            self.objects.delete(keys)

    def _sweep(self, model: str) -> None:
        """Remove drafts that never became versions, and what deletions have left."""
        kept = {entry.draft for entry in self._held(model).index.versions.values()}
        newest: dict[str, datetime] = {}
        for entry in self.objects.entries(drafts_key(model)):
            draft = entry.key.split("/")[2]
            newest[draft] = max(newest.get(draft, entry.written_at), entry.written_at)
        for draft in newest.keys() - kept:
            if datetime.now(UTC) - newest[draft] > _LEFT_FOR:
                self._delete_below(draft_key(model, draft))


class _Snapshot(BucketStorage):
    """Versions in an object store as they were at one moment. It changes nothing."""

    def __init__(
        self,
        location: str,
        objects: Objects,
        cache: VersionCache,
        indexes: dict[str, Index | BrokenVersionError],
    ) -> None:
        super().__init__(location, objects, cache)
        self._indexes = indexes

    def models(self) -> list[str]:
        return sorted(
            model
            for model, index in self._indexes.items()
            if isinstance(index, BrokenVersionError) or index.versions
        )

    def models_on_record(self) -> list[str]:
        return sorted(self._indexes)

    def snapshot(self) -> BucketStorage:
        return self

    def _held(self, model: str) -> Held:
        index = self._indexes.get(model, Index())
        if isinstance(index, BrokenVersionError):
            raise index
        return Held(index, None)


def kept_in(home: Path) -> tuple[Records, dict[int, IndexedVersion]]:
    """Return what is on record of a model that FolderStorage has kept in a folder of its name, and
    the entries of its versions in an index, each with a draft of its own.

    Raises BrokenVersionError if the records or a version are damaged: a bucket cannot hold those.
    """
    records = FolderStorage(home.parent).records(home.name)
    versions = {}
    for version in sorted(records.versions):
        folder = home / str(version)
        try:
            manifest_in(folder).check_files(folder)
            signature = folder / SIGNATURE
            versions[version] = IndexedVersion.of(
                f"restored-{uuid.uuid4().hex}",
                read_version_file(folder / MANIFEST),
                read_version_file(signature) if signature.exists() else None,
            )
        except (BrokenVersionError, UnicodeDecodeError) as error:
            raise BrokenVersionError(
                f"version {version} of {home.name} is damaged: {error}"
            ) from error
    return records, versions


def _entry_of(held: Held, model: str, version: int) -> IndexedVersion:
    entry = held.index.versions.get(version)
    if entry is None:
        raise BrokenVersionError(f"version {version} of {model} is gone.")
    return entry


def _is_sound(folder: Path, manifest: FileEntry) -> bool:
    """Return whether the files of a copy are those that were published."""
    try:
        manifest.check(MANIFEST, read_version_file(folder / MANIFEST))
        manifest_in(folder).check_files(folder)
    except BrokenVersionError:
        return False
    return True

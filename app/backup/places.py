"""The places that a restore fills: the folder of the jobs, and the store, in a folder or a bucket.

What is to take a place is first written below its `stage`. `finish` does no harm if it is done
again.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Protocol

from app.backup.archive import BackupError
from forecasting.errors import BrokenVersionError
from forecasting.store.atomic_files import can_rename, fsync_path
from forecasting.store.storage.bucket import BucketStorage, kept_in
from forecasting.store.storage.folder import FolderStorage
from forecasting.store.store import ModelStore

STAGE = ".restore"


class Place(Protocol):
    """Where a part of a backup goes."""

    stage: Path
    """A hidden folder on the local disk."""

    def __str__(self) -> str:
        """Return what people call it."""
        ...

    def entries(self) -> list[str]:
        """Return the names of what is there now."""
        ...

    def check(self) -> None:
        """Raise BackupError if something that is staged cannot be put there."""
        ...

    def finish(self, names: set[str]) -> None:
        """Let nothing be there but what has these names, as staged where it is staged."""
        ...

    def alone(self) -> AbstractContextManager[None]:
        """Keep others from changing it inside the block, as far as that is possible."""
        ...


class FolderPlace:
    """A folder, whose entries are renamed into place. See `Place`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stage = folder / STAGE

    def __str__(self) -> str:
        return str(self.folder)

    def entries(self) -> list[str]:
        """Return the names of what is in the folder."""
        return [entry.name for entry in _entries(self.folder)]

    def check(self) -> None:
        """A folder holds anything, damaged versions too, which no service will serve."""

    def finish(self, names: set[str]) -> None:
        """Move what is there aside, and what is staged to where it belongs."""
        if not self.stage.exists():
            return
        new, old = self.stage / "new", self.stage / "old"
        old.mkdir(exist_ok=True)
        waiting = {entry.name for entry in _entries(new)}
        for entry in list(_entries(self.folder)):
            is_replaced = entry.name in waiting or entry.name not in names
            if is_replaced and not can_rename(entry, old / entry.name):
                shutil.rmtree(entry)
        for name in sorted(waiting):
            (new / name).rename(self.folder / name)
        fsync_path(self.folder)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Make the folder if it is not there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        yield


class StoreFolderPlace(FolderPlace):
    """A model store in a folder. See `Place`."""

    def __init__(self, storage: FolderStorage) -> None:
        super().__init__(storage.root)
        self._storage = storage

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let nobody publish meanwhile."""
        with super().alone(), self._storage.changing():
            yield


class BucketPlace:
    """A model store in a bucket, into which each model comes at once. See `Place`."""

    def __init__(self, storage: BucketStorage, jobs: Path) -> None:
        """Stage below the folder of the jobs."""
        self._storage = storage
        self.stage = jobs / f"{STAGE}-store"

    def __str__(self) -> str:
        return self._storage.location

    def entries(self) -> list[str]:
        """Return the models on record."""
        return self._storage.models_on_record()

    def check(self) -> None:
        """Make sure that `finish` will find nothing that a bucket cannot hold."""
        for home in _entries(self.stage / "new"):
            try:
                kept_in(home)
            except BrokenVersionError as error:
                raise BackupError(
                    f"{error.message.rstrip('.')}. {self} cannot hold that, so that nothing of the "
                    "backup is brought there. Restore into a folder, mend or delete it there, and "
                    "back that up."
                ) from error

    def finish(self, names: set[str]) -> None:
        """Upload what is staged; each model that is there is moved aside at once."""
        if not self.stage.exists():
            return
        uploaded = self.stage / "uploaded"
        uploaded.mkdir(exist_ok=True)
        for home in list(_entries(self.stage / "new")):
            self._storage.restore(home)
            home.rename(uploaded / home.name)
        for model in self._storage.models_on_record():
            if model not in names:
                self._storage.forget(model)

    def alone(self) -> AbstractContextManager[None]:
        """Nobody can be kept from changing a bucket."""
        return nullcontext()


def store_place(store: ModelStore, jobs: Path) -> Place:
    """Return the place of a store."""
    match store.storage:
        case FolderStorage() as storage:
            return StoreFolderPlace(storage)
        case BucketStorage() as storage:
            return BucketPlace(storage, jobs)
    raise AssertionError


def _entries(folder: Path) -> Iterator[Path]:
    return folder.glob("[!.]*")
